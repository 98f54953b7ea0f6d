//! What is written on the wire: challenges, metadata, and refusals as HTTP responses and as JSON-RPC errors.

pub(crate) mod answer;
mod challenge;
mod metadata;
mod refusal;

pub use challenge::BearerError;
pub use challenge::Challenger;

pub(crate) use metadata::Described;
pub(crate) use metadata::MetadataDocument;
