//! Golden tokens in the documented form of each provider, and invalid variants with one change each. A mock of the
//! provider's endpoints publishes the keys.
//!
//! The tokens are data in `testdata/providers/*.json`, for reuse by other projects. `{base}` is the URL of the mock.
//! Times are set when a token is signed.

mod golden;
mod mock_provider;
mod opaque;
mod settings;
