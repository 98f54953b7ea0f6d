//! Golden tokens: in the shape that each provider documents, minted with keys that a stand-in for its endpoints publishes, and spoiled in one way each.
//!
//! They are data, `testdata/providers/*.json`, for others to adopt: `{base}` is the stand-in, and times are set when a token is minted.

mod golden;
mod opaque;
mod settings;
mod stand_in;
