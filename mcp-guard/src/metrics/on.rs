//! Records metrics through the facade.

use std::time::{Instant, SystemTime};

#[cfg(feature = "prometheus")]
use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use ::metrics::{counter, gauge, histogram};

use super::{Document, Validation};

const DECISIONS: &str = "mcp_guard_decisions_total";
pub(super) const TOKEN_VALIDATION: &str = "mcp_guard_token_validation_seconds";
const TOKEN_CACHE: &str = "mcp_guard_token_cache_total";
const FETCHES: &str = "mcp_guard_fetches_total";
const KEYS_FETCHED: &str = "mcp_guard_keys_fetched_timestamp_seconds";
const SESSIONS: &str = "mcp_guard_sessions";
const STREAMS: &str = "mcp_guard_streams";
const QUEUED_RECORDS: &str = "mcp_guard_decision_queue_records";
const LOST_RECORDS: &str = "mcp_guard_decision_records_lost_total";

/// Describes the metrics to the recorder.
#[cfg(feature = "prometheus")]
pub(super) fn describe() {
    describe_counter!(DECISIONS, "Authorization decisions.");
    describe_histogram!(TOKEN_VALIDATION, Unit::Seconds, "The time of the validation of an access token.");
    describe_counter!(TOKEN_CACHE, "Lookups in the cache of validated tokens.");
    describe_counter!(FETCHES, "Requests to issuers.");
    describe_gauge!(KEYS_FETCHED, Unit::Seconds, "The time of the last fetch of an issuer's keys.");
    describe_gauge!(SESSIONS, "Open legacy sessions.");
    describe_gauge!(STREAMS, "Open event streams of authenticated callers.");
    describe_gauge!(QUEUED_RECORDS, "Decision records that wait for their sink.");
    describe_counter!(LOST_RECORDS, "Decision records that no sink received.");
}

/// Measures the time of a validation.
pub(crate) struct ValidationTimer(Instant);

/// An open stream, until it is dropped.
pub(crate) struct OpenStream(());

impl ValidationTimer {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn stop(self, result: Validation) {
        let outcome = match result {
            Validation::Valid => "valid",
            Validation::Invalid => "invalid",
            Validation::Unavailable => "unavailable",
        };
        histogram!(TOKEN_VALIDATION, "outcome" => outcome).record(self.0.elapsed());
    }
}

impl OpenStream {
    pub(crate) fn count() -> Self {
        gauge!(STREAMS).increment(1);
        Self(())
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        gauge!(STREAMS).decrement(1);
    }
}

/// Counts a decision. `operation` is one of the server, or a constant.
pub(crate) fn decided(kind: &'static str, operation: String, outcome: &'static str, rule: &'static str) {
    counter!(DECISIONS, "kind" => kind, "operation" => operation, "outcome" => outcome, "rule" => rule).increment(1);
}

/// Counts a lookup in a cache of tokens.
pub(crate) fn asked_cache(is_hit: bool) {
    counter!(TOKEN_CACHE, "result" => if is_hit { "hit" } else { "miss" }).increment(1);
}

/// Counts a request to an issuer.
pub(crate) fn fetched(document: Document, failure: Option<&'static str>) {
    let document = match document {
        Document::Metadata => "metadata",
        Document::Keys => "keys",
        Document::Introspection => "introspection",
    };
    counter!(FETCHES, "document" => document, "outcome" => failure.unwrap_or("ok")).increment(1);
}

/// Stores the time of the last fetch of an issuer's keys.
pub(crate) fn fetched_keys(issuer: &str) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    gauge!(KEYS_FETCHED, "issuer" => issuer.to_owned()).set(now);
}

pub(crate) fn opened_session() {
    gauge!(SESSIONS).increment(1);
}

pub(crate) fn closed_session() {
    gauge!(SESSIONS).decrement(1);
}

pub(crate) fn queued_record() {
    gauge!(QUEUED_RECORDS).increment(1);
}

pub(crate) fn wrote_records(count: usize) {
    gauge!(QUEUED_RECORDS).decrement(count as f64);
}

pub(crate) fn lost_records(count: u64, reason: &'static str) {
    counter!(LOST_RECORDS, "reason" => reason).increment(count);
}
