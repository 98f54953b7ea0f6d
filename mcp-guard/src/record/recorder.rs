//! Passes records to the sinks.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::digest::DigestKey;
use super::queue::{Place, SinkQueue};
use super::refusals::Network;
use super::report::Report;
use super::{
    AuditKey, DecisionRecord, Decisions, JsonLines, OperationKind, Outcome, Record, ReportedCalls, SubjectForm,
    WhenFull,
};
use crate::rule::Rule;
use crate::since::Since;

/// The maximum time for writing the remaining records when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Passes records to the sinks of a server.
pub(crate) struct Recorder {
    queues: Vec<SinkQueue>,
    when_full: WhenFull,
    pub(super) subjects: SubjectForm,
    pub(super) key: DigestKey,
    report: Report,
}

/// The places of one record, in the queue of each sink. A sink without a place does not receive the record.
pub(super) struct Reservation(Vec<Option<Place>>);

/// The reason why a recorder does not start.
#[derive(Debug)]
pub(crate) enum StartError {
    Key(io::Error),
    Log(io::Error),
    Thread(io::Error),
}

/// No place was reserved, and the request must be refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueFull;

impl Recorder {
    /// Starts the threads of the sinks. `None` if there is no sink, and no requirement is report-only.
    ///
    /// # Errors
    ///
    /// The log file cannot be opened, or a thread cannot be started.
    pub(crate) fn start(decisions: Decisions, reports: bool) -> Result<Option<Arc<Self>>, StartError> {
        let Decisions { mut sinks, when_full, capacity, subjects, log, key } = decisions;
        let key = match (key, &log) {
            (None, Some(log)) => Some(AuditKey::next_to(log).map_err(StartError::Key)?),
            (key, _) => key,
        };
        if let (Some(log), Some(key)) = (log, &key) {
            sinks.push(Box::new(JsonLines::open(log, key.clone()).map_err(StartError::Log)?));
        }
        if sinks.is_empty() && !reports {
            return Ok(None);
        }
        let start = |sink| SinkQueue::start(sink, capacity).map_err(StartError::Thread);
        let queues = sinks.into_iter().map(start).collect::<Result<_, _>>()?;
        let key = key.map_or_else(DigestKey::random, |key| key.digests());
        Ok(Some(Arc::new(Self { queues, when_full, subjects, key, report: Report::default() })))
    }

    /// Reserves a place in each queue.
    ///
    /// # Errors
    ///
    /// A queue is full, and requests without a record must be refused.
    pub(super) async fn reserve(&self, is_anonymous: bool) -> Result<Reservation, QueueFull> {
        let mut places = Vec::with_capacity(self.queues.len());
        for queue in &self.queues {
            let place = match (queue.try_reserve(is_anonymous), self.when_full) {
                // No place comes after the sinks are stopped.
                (None, WhenFull::Wait) if !is_anonymous => Some(queue.reserve().await.ok_or(QueueFull)?),
                (None, WhenFull::Refuse) if !is_anonymous => return Err(QueueFull),
                (place, _) => place,
            };
            places.push(place);
        }
        Ok(Reservation(places))
    }

    /// Passes a record to the sinks for which it has a place.
    pub(super) fn record(&self, record: DecisionRecord, Reservation(places): Reservation) {
        if record.outcome == Outcome::WouldBeRefused {
            self.report.add(&record);
        }
        let record = Arc::new(Record::Decision(Box::new(record)));
        for (queue, place) in self.queues.iter().zip(places) {
            match place {
                Some(place) => queue.send(Arc::clone(&record), place),
                None => queue.count_lost(),
            }
        }
    }

    /// Counts a refused request that gets no record of its own.
    pub(super) fn count(&self, rule: Rule, network: Network) {
        for queue in &self.queues {
            queue.state().refusals.add(rule, network);
        }
    }

    /// Returns the calls that enforcement would refuse.
    pub(super) fn report(&self) -> Vec<ReportedCalls> {
        self.report.calls()
    }

    /// Logs the calls that enforcement would refuse.
    pub(crate) fn log_report(&self) {
        for ReportedCalls { client, kind, operation, missing, count } in self.report() {
            tracing::info!(
                client = client.map(|client| display(client.escape_debug().to_string())),
                kind = kind.map(OperationKind::as_str),
                operation = operation.map(|operation| display(operation.escape_debug().to_string())),
                missing = %missing,
                count,
                "report-only: enforcement would have refused these calls"
            );
        }
    }

    /// Lets the sinks open their files again.
    pub(crate) fn reopen(&self) {
        self.queues.iter().for_each(SinkQueue::reopen);
    }

    /// Writes all records and makes them durable. Later requests have no place in the queues.
    pub(crate) async fn stop(&self) {
        self.log_report();
        let stopped = join_all(self.queues.iter().map(SinkQueue::stop));
        if tokio::time::timeout(STOP_TIMEOUT, stopped).await.is_err() {
            let left = self.queues.iter().map(SinkQueue::depth).sum::<usize>();
            tracing::error!(left, "decision records are not written: a sink does not finish");
        }
    }

    /// Returns whether each sink works.
    pub(crate) fn sinks(&self) -> impl Iterator<Item = Since> {
        self.queues.iter().map(SinkQueue::works)
    }

    /// Returns whether requests are refused, or wait, or soon will, because a sink does not work.
    pub(crate) fn is_blocked(&self) -> bool {
        let is_blocked = |queue: &SinkQueue| !queue.works().is_ready && queue.is_half_full();
        self.when_full != WhenFull::Drop && self.queues.iter().any(is_blocked)
    }
}

opaque_debug!(Recorder);
