//! Decision records as `tracing` events.

use std::io;
use std::sync::Arc;

use super::{DecisionRecord, DecisionSink, Outcome, Record};
use crate::scope::ScopeSet;

/// Logs each record as a `tracing` event with fields, with the target `mcp_guard::decision`.
///
/// Refused requests are warnings, others have the level `INFO`. The events replace the `DEBUG` events of refusals. No
/// refusal is logged twice: refused tokens, which are counted, are in the warnings with their usual cause.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TracingSink;

impl TracingSink {
    /// Returns the sink.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl DecisionSink for TracingSink {
    fn write(&mut self, records: &[Arc<Record>]) -> io::Result<()> {
        for record in records {
            match record.as_ref() {
                Record::Decision(record) => log(record),
                Record::Refusals(refusals) if refusals.rule.has_warning() => {}
                Record::Refusals(refusals) => tracing::warn!(
                    target: "mcp_guard::decision",
                    rule = %refusals.rule,
                    network = refusals.network,
                    count = refusals.count,
                    seconds = refusals.interval.as_secs(),
                    "requests without a valid token refused"
                ),
                Record::Lost(lost) => tracing::error!(
                    target: "mcp_guard::decision",
                    count = lost.count,
                    reason = ?lost.reason,
                    "decision records lost"
                ),
            }
        }
        Ok(())
    }
}

fn log(record: &DecisionRecord) {
    // A text of a client or a token may contain line breaks or escape sequences of terminals.
    let escaped =
        |text: &Option<String>| text.as_ref().map(|text| tracing::field::display(text.escape_debug().to_string()));
    let scopes = |scopes: &ScopeSet| (!scopes.is_empty()).then(|| tracing::field::display(scopes.to_string()));
    let actors = (!record.actors.is_empty())
        .then(|| tracing::field::display(record.actors.join(" ").escape_debug().to_string()));
    macro_rules! event {
        ($level:expr, $message:literal) => {
            tracing::event!(
                target: "mcp_guard::decision",
                $level,
                request_id = %record.request_id.escape_debug(),
                trace_id = record.trace_id,
                revision = escaped(&record.revision),
                kind = record.kind.map(|kind| kind.as_str()),
                operation = escaped(&record.operation),
                arguments = record.arguments,
                required = scopes(&record.required),
                granted = scopes(&record.granted),
                missing = scopes(&record.missing),
                late = scopes(&record.late),
                outcome = %record.outcome,
                rule = record.rule.map(|rule| rule.as_str()),
                status = record.status,
                issuer = escaped(&record.issuer),
                subject = escaped(&record.subject),
                client = escaped(&record.client),
                actors,
                session = record.session,
                duration_us = u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX),
                $message
            )
        };
    }
    match record.outcome {
        Outcome::Allowed => event!(tracing::Level::INFO, "request allowed"),
        Outcome::Refused => event!(tracing::Level::WARN, "request refused"),
        Outcome::WouldBeRefused => event!(tracing::Level::WARN, "request allowed that enforcement would refuse"),
    }
}
