//! Passes records to the sinks.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::join_all;

use super::digest::DigestKey;
use super::queue::{Place, SinkQueue};
use super::refusals::Network;
use super::report::Report;
use super::{DecisionRecord, Decisions, OperationKind, Outcome, Record, ReportedCalls, SubjectForm, WhenFull};
use crate::rule::Rule;

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

/// No place was reserved, and the request must be refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueFull;

impl Recorder {
    /// Starts the threads of the sinks. `None` if there is no sink, and no requirement is report-only.
    ///
    /// # Errors
    ///
    /// A thread cannot be started.
    pub(crate) fn start(decisions: Decisions, reports: bool) -> io::Result<Option<Arc<Self>>> {
        let Decisions { sinks, when_full, capacity, subjects } = decisions;
        if sinks.is_empty() && !reports {
            return Ok(None);
        }
        let queues = sinks.into_iter().map(|sink| SinkQueue::start(sink, capacity)).collect::<io::Result<_>>()?;
        Ok(Some(Arc::new(Self { queues, when_full, subjects, key: DigestKey::random(), report: Report::default() })))
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
                (None, WhenFull::Wait) if !is_anonymous => queue.reserve().await,
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

    /// Writes all records and makes them durable. Later records are lost.
    pub(crate) async fn stop(&self) {
        self.log_report();
        let stopped = join_all(self.queues.iter().map(SinkQueue::stop));
        if tokio::time::timeout(STOP_TIMEOUT, stopped).await.is_err() {
            let left = self.queues.iter().map(SinkQueue::depth).sum::<usize>();
            tracing::error!(left, "decision records are not written: a sink does not finish");
        }
    }

    /// Returns since when a sink has failed. `None` if all work.
    pub(crate) fn failing_since(&self) -> Option<SystemTime> {
        self.queues.iter().filter_map(SinkQueue::failing_since).min()
    }

    /// Returns the number of records in the longest queue.
    pub(crate) fn depth(&self) -> usize {
        self.queues.iter().map(SinkQueue::depth).max().unwrap_or_default()
    }
}

opaque_debug!(Recorder);
