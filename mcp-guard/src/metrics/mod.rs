//! The metrics of a server, through the facade of the crate `metrics`. `docs/metrics.md` lists them.
//!
//! 1. Their number is bounded, whatever clients send: a label has a value of a fixed set, or the name of an operation or
//!    of an issuer of this server. An operation that the server does not have is `unknown`.
//! 2. A label never names a client, a subject or an argument.
//! 3. Without the feature `metrics`, the functions of this module do nothing.

#[cfg(not(feature = "metrics"))]
mod off;
#[cfg(feature = "metrics")]
mod on;
#[cfg(feature = "prometheus")]
mod prometheus;

#[cfg(feature = "prometheus")]
pub(crate) use prometheus::Exporter;

#[cfg(not(feature = "metrics"))]
use off as recording;
#[cfg(feature = "metrics")]
use on as recording;

pub(crate) use recording::{
    OpenStream, ValidationTimer, asked_cache, closed_session, decided, fetched, fetched_keys, lost_records,
    opened_session, queued_record, wrote_records,
};

/// The exporter of metrics, which needs the feature `prometheus`.
#[cfg(not(feature = "prometheus"))]
#[derive(Clone, Debug)]
pub(crate) enum Exporter {}

/// The operation in a decision that names none.
pub(crate) const NO_OPERATION: &str = "none";
/// An operation that the server does not have.
pub(crate) const UNKNOWN_OPERATION: &str = "unknown";

/// Returns whether metrics are recorded.
pub(crate) const fn are_enabled() -> bool {
    cfg!(feature = "metrics")
}

/// The result of a validation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Validation {
    Valid,
    Invalid,
    Unavailable,
}

/// A document that is requested from an issuer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Document {
    Metadata,
    Keys,
    Introspection,
}
