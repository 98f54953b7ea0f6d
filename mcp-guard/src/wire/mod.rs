//! The wire formats: challenges, metadata, and rejections as HTTP responses and JSON-RPC errors.

pub(crate) mod answer;
mod challenge;
mod metadata;
mod metadata_service;
mod refusal;
pub(crate) mod rest;

pub use challenge::{ChallengeError, Challenger};
pub use metadata_service::MetadataService;

pub(crate) use metadata::{MetadataDocument, ServerDescription};
