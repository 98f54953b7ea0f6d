//! The bounded queue between requests and a sink.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::refusals::RefusalCounts;
use super::{DecisionSink, Record, worker};

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
#[derive(Debug, Default)]
pub(super) struct SinkState {
    pub(super) refusals: RefusalCounts,
    /// The number of records that found no place, since the last record about it.
    pub(super) lost: AtomicU64,
    failing_since: Mutex<Option<SystemTime>>,
}

impl SinkState {
    /// Records whether the sink works. Returns whether that has changed.
    pub(super) fn set_failing(&self, is_failing: bool) -> bool {
        let mut since = self.failing_since.lock().unwrap_or_else(PoisonError::into_inner);
        let has_changed = since.is_some() != is_failing;
        if has_changed {
            *since = is_failing.then(SystemTime::now);
        }
        has_changed
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
        let state = Arc::new(SinkState::default());
        let shared = Arc::clone(&state);
        std::thread::Builder::new()
            .name("mcp-guard-sink".to_owned())
            .spawn(move || worker::run(sink, &receiver, &shared))?;
        Ok(Self { places: Arc::new(Semaphore::new(capacity)), capacity, sender, state })
    }

    /// Returns a place, or `None` if the queue is full. An anonymous caller gets none of the last half.
    pub(super) fn try_reserve(&self, is_anonymous: bool) -> Option<Place> {
        if is_anonymous && self.places.available_permits() <= self.capacity / 2 {
            return None;
        }
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits for a place.
    pub(super) async fn reserve(&self) -> Option<Place> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    pub(super) fn send(&self, record: Arc<Record>, place: Place) {
        // The thread has ended only if the server has stopped.
        let _ = self.sender.send(Message::Record(Queued { record, _place: place }));
    }

    pub(super) fn state(&self) -> &SinkState {
        &self.state
    }

    /// Returns the number of records in the queue.
    pub(super) fn depth(&self) -> usize {
        self.capacity - self.places.available_permits()
    }

    /// Returns since when the sink has failed, or `None` if it works.
    pub(super) fn failing_since(&self) -> Option<SystemTime> {
        *self.state.failing_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count_lost(&self) {
        self.state.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn reopen(&self) {
        let _ = self.sender.send(Message::Reopen);
    }

    /// Stops the thread. The receiver completes when all records are durable, or when the thread has ended.
    pub(super) fn stop(&self) -> oneshot::Receiver<()> {
        let (done, stopped) = oneshot::channel();
        let _ = self.sender.send(Message::Stop(done));
        stopped
    }
}

opaque_debug!(SinkQueue);
