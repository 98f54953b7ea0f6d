//! The bounded queue between requests and a sink.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::refusals::RefusalCounts;
use super::{DecisionSink, Record, worker};
use crate::metrics;
use crate::since::Since;

/// A record with its place in the queue.
pub(super) struct Queued {
    pub(super) record: Arc<Record>,
    _place: OwnedSemaphorePermit,
}

/// A message to the thread of a sink.
pub(super) enum Message {
    Record(Queued),
    /// Open files again.
    Reopen,
    /// Write everything, make it durable, and end. The thread answers when it has.
    Stop(oneshot::Sender<()>),
}

/// The queue of one sink.
pub(super) struct SinkQueue {
    places: Arc<Semaphore>,
    capacity: usize,
    sender: Sender<Message>,
    state: Arc<SinkState>,
}

/// The state that a sink's thread shares with the requests.
#[derive(Debug)]
pub(super) struct SinkState {
    pub(super) refusals: RefusalCounts,
    /// The number of records that found no place, since the last record about it.
    pub(super) lost: AtomicU64,
    works: Mutex<Since>,
    /// The start of the action that the sink performs.
    acting: Mutex<Option<SystemTime>>,
}

/// The time after which a sink that has not finished an action does not work.
const ACTION_TIME: Duration = Duration::from_secs(10);

impl SinkState {
    pub(super) fn new() -> Self {
        Self {
            refusals: RefusalCounts::default(),
            lost: AtomicU64::new(0),
            works: Mutex::new(Since::now(true)),
            acting: Mutex::default(),
        }
    }

    /// Records whether the sink works. Returns whether that has changed.
    pub(super) fn set_failing(&self, is_failing: bool) -> bool {
        self.works.lock().unwrap_or_else(PoisonError::into_inner).set(!is_failing)
    }

    /// Records that the sink begins an action, or has ended it.
    pub(super) fn set_acting(&self, is_acting: bool) {
        *self.acting.lock().unwrap_or_else(PoisonError::into_inner) = is_acting.then(SystemTime::now);
    }

    /// Returns whether the sink works. It does not if its last action failed, or takes too long.
    fn works(&self) -> Since {
        let works = *self.works.lock().unwrap_or_else(PoisonError::into_inner);
        let acting = *self.acting.lock().unwrap_or_else(PoisonError::into_inner);
        match acting.filter(|began| began.elapsed().is_ok_and(|elapsed| elapsed >= ACTION_TIME)) {
            Some(began) if works.is_ready => Since { is_ready: false, time: began },
            _ => works,
        }
    }
}

/// A place for one record in the queue of a sink.
pub(super) type Place = OwnedSemaphorePermit;

impl SinkQueue {
    /// Starts the thread of a sink.
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub(super) fn start(sink: Box<dyn DecisionSink>, capacity: usize) -> io::Result<Self> {
        let (sender, receiver): (_, Receiver<Message>) = channel();
        let state = Arc::new(SinkState::new());
        let shared = Arc::clone(&state);
        std::thread::Builder::new()
            .name("mcp-guard-sink".to_owned())
            .spawn(move || worker::run(sink, &receiver, &shared))?;
        Ok(Self { places: Arc::new(Semaphore::new(capacity)), capacity, sender, state })
    }

    /// Returns a place, or `None` if the queue is full. An anonymous caller gets none of the last half.
    pub(super) fn try_reserve(&self, is_anonymous: bool) -> Option<Place> {
        if is_anonymous && self.is_half_full() {
            return None;
        }
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits for a place.
    pub(super) async fn reserve(&self) -> Option<Place> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    pub(super) fn send(&self, record: Arc<Record>, place: Place) {
        metrics::queued_record();
        if self.sender.send(Message::Record(Queued { record, _place: place })).is_err() {
            // An operation that was in progress when the server stopped.
            tracing::error!("a decision was not recorded, because the sinks are stopped");
        }
    }

    pub(super) fn state(&self) -> &SinkState {
        &self.state
    }

    /// Returns the number of records in the queue.
    pub(super) fn depth(&self) -> usize {
        self.capacity - self.places.available_permits()
    }

    /// Returns whether the sink works.
    pub(super) fn works(&self) -> Since {
        self.state.works()
    }

    /// Returns whether half of the places are in use.
    pub(super) fn is_half_full(&self) -> bool {
        self.places.available_permits() <= self.capacity / 2
    }

    pub(super) fn count_lost(&self) {
        metrics::lost_records(1, "queue_full");
        self.state.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn reopen(&self) {
        let _ = self.sender.send(Message::Reopen);
    }

    /// Stops the thread. The receiver completes when all records are durable, or when the thread has ended.
    pub(super) fn stop(&self) -> oneshot::Receiver<()> {
        // No further request gets a place.
        self.places.close();
        let (done, stopped) = oneshot::channel();
        let _ = self.sender.send(Message::Stop(done));
        stopped
    }
}

opaque_debug!(SinkQueue);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sink_that_does_not_finish_does_not_work() {
        let state = SinkState::new();
        let began = SystemTime::now() - ACTION_TIME;
        state.set_acting(true);
        assert!(state.works().is_ready, "the action has just begun");
        *state.acting.lock().unwrap() = Some(began);
        assert_eq!(state.works(), Since { is_ready: false, time: began });
        state.set_acting(false);
        assert!(state.works().is_ready);
    }
}
