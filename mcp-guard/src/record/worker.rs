//! The thread of a sink.
//!
//! 1. A failed write is repeated until it succeeds, with growing pauses. Meanwhile the queue fills.
//! 2. A panic of the sink loses the records of that write. Their number is the next record.
//! 3. Written records are made durable within a second.
//! 4. The counts of refused requests are written at intervals, and at the end.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};

use super::queue::{Message, Queued, SinkState};
use super::{DecisionSink, LossReason, LostRecords, Record};
use crate::metrics;
use crate::panics::discard;

/// The maximum number of records in one write.
const MAX_BATCH: usize = 256;
/// The maximum time between a write and the next `sync`.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);
/// The interval of the counts of refused requests.
const COUNT_INTERVAL: Duration = Duration::from_secs(60);
/// The pause after the first failure. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The pause after the sink could not open its files again.
const REOPEN_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Runs a sink until it is stopped, or until the server is dropped.
pub(super) fn run(sink: Box<dyn DecisionSink>, receiver: &Receiver<Message>, state: &SinkState) {
    let now = Instant::now();
    Worker { sink, state, unsynced_since: None, counted_at: now, panicked: 0, reopen_at: None }.run(receiver);
}

struct Worker<'s> {
    sink: Box<dyn DecisionSink>,
    state: &'s SinkState,
    /// The time of the first write that is not durable.
    unsynced_since: Option<Instant>,
    counted_at: Instant,
    /// The number of records that panics of the sink lost, and no record names yet.
    panicked: u64,
    /// The time at which the sink must open its files again.
    reopen_at: Option<Instant>,
}

impl Worker<'_> {
    fn run(mut self, receiver: &Receiver<Message>) {
        loop {
            let (batch, order) = self.receive(receiver);
            let records: Vec<_> = batch.iter().map(|queued| Arc::clone(&queued.record)).collect();
            self.reopen();
            self.write(&records);
            metrics::wrote_records(batch.len());
            drop(batch);
            let is_end = matches!(order, Some(Message::Stop(_)));
            self.write_counts(is_end);
            self.sync(is_end);
            match order {
                Some(Message::Reopen) => self.reopen_at = Some(Instant::now()),
                Some(Message::Stop(done)) => {
                    let sink = self.sink;
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(sink))) {
                        discard(panic);
                    }
                    let _ = done.send(());
                    return;
                }
                Some(Message::Record(_)) | None => {}
            }
        }
    }

    /// Waits for records, until something else is due. Returns the records that are there, and the order after them.
    fn receive(&self, receiver: &Receiver<Message>) -> (Vec<Queued>, Option<Message>) {
        let mut batch = Vec::new();
        let sync_at = self.unsynced_since.map(|since| since + SYNC_INTERVAL);
        let count_at = self.counted_at + COUNT_INTERVAL;
        let until = [sync_at, self.reopen_at].into_iter().flatten().fold(count_at, Instant::min);
        let mut next = match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            // The server was dropped without being stopped.
            Err(RecvTimeoutError::Disconnected) => {
                return (batch, Some(Message::Stop(tokio::sync::oneshot::channel().0)));
            }
        };
        while let Some(message) = next {
            match message {
                Message::Record(queued) => batch.push(queued),
                order => return (batch, Some(order)),
            }
            next = if batch.len() < MAX_BATCH { receiver.try_recv().ok() } else { None };
        }
        (batch, None)
    }

    /// Opens the files of the sink again, if it was asked to. A sink that cannot keeps its files, and is asked again.
    fn reopen(&mut self) {
        if self.reopen_at.is_none_or(|at| Instant::now() < at) {
            return;
        }
        self.reopen_at = match catch_unwind(AssertUnwindSafe(|| self.sink.reopen())) {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                tracing::error!(%error, "the sink of decision records cannot open its files again");
                Some(Instant::now() + REOPEN_PAUSE)
            }
            Err(panic) => {
                discard(panic);
                tracing::error!("a sink of decision records panicked");
                None
            }
        };
    }

    /// Writes records. Before them, the number of lost ones.
    fn write(&mut self, records: &[Arc<Record>]) {
        if records.is_empty() {
            return;
        }
        self.write_losses();
        self.write_all(records);
    }

    fn write_losses(&mut self) {
        let full = self.state.lost.swap(0, Ordering::Relaxed);
        let panicked = std::mem::take(&mut self.panicked);
        let losses = [(full, LossReason::QueueFull), (panicked, LossReason::SinkPanicked)];
        let time = SystemTime::now();
        let losses = losses.into_iter().filter(|(count, _)| *count > 0);
        let losses: Vec<_> =
            losses.map(|(count, reason)| Arc::new(Record::Lost(LostRecords { time, count, reason }))).collect();
        if !losses.is_empty() {
            tracing::error!(full, panicked, "decision records were lost");
            // A sink that panics here as well does not learn of the loss. The log has it.
            self.write_all(&losses);
        }
    }

    fn write_all(&mut self, records: &[Arc<Record>]) {
        match self.until_ok(|sink| sink.write(records)) {
            Ok(()) => {
                self.unsynced_since.get_or_insert_with(Instant::now);
            }
            Err(Panicked) => {
                metrics::lost_records(records.len() as u64, "sink_panicked");
                self.panicked += records.len() as u64;
            }
        }
    }

    /// Writes the counts of refused requests if their interval is over, or at the end.
    fn write_counts(&mut self, is_end: bool) {
        let elapsed = self.counted_at.elapsed();
        if elapsed < COUNT_INTERVAL && !is_end {
            return;
        }
        self.counted_at = Instant::now();
        let counts = self.state.refusals.take(elapsed);
        let counts: Vec<_> = counts.into_iter().map(|count| Arc::new(Record::Refusals(count))).collect();
        self.write(&counts);
        if is_end {
            self.write_losses();
        }
    }

    fn sync(&mut self, is_end: bool) {
        let is_due = self.unsynced_since.is_some_and(|since| is_end || since.elapsed() >= SYNC_INTERVAL);
        if is_due {
            let _ = self.until_ok(|sink| sink.sync());
            self.unsynced_since = None;
        }
    }

    /// Repeats an action of the sink until it succeeds.
    fn until_ok(&mut self, action: impl Fn(&mut dyn DecisionSink) -> io::Result<()>) -> Result<(), Panicked> {
        let mut pause = FIRST_PAUSE;
        loop {
            self.state.set_acting(true);
            let result = catch_unwind(AssertUnwindSafe(|| action(&mut *self.sink)));
            self.state.set_acting(false);
            let error = match result {
                Ok(Ok(())) => {
                    if self.state.set_failing(false) {
                        tracing::info!("the sink of decision records works again");
                    }
                    return Ok(());
                }
                Ok(Err(error)) => error,
                Err(panic) => {
                    discard(panic);
                    tracing::error!("a sink of decision records panicked");
                    return Err(Panicked);
                }
            };
            if self.state.set_failing(true) {
                tracing::error!(%error, "cannot write decision records: trying again");
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// The sink panicked.
#[derive(Clone, Copy, Debug)]
struct Panicked;

#[cfg(all(test, unix))]
mod tests;
