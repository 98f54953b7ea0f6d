//! The states of a rate for many keys, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::nanos::Nanos;
use governor::state::StateStore;
use tokio::time::Instant;

/// The number of keys with a state of their own. Further keys share one state.
pub(super) const MAX_KEYS: usize = 100_000;
/// The minimum time between two searches for states that are not needed.
const SWEEP_INTERVAL: Duration = Duration::from_millis(100);

/// A steady clock, which tests can pause. Its times are those since its creation.
#[derive(Clone, Copy, Debug)]
pub(super) struct SteadyClock {
    start: Instant,
}

impl SteadyClock {
    pub(super) fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SteadyClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The time until which the quota of each key is in use. A key whose time has passed needs no state.
#[derive(Clone)]
pub(super) struct States<K> {
    shared: Arc<Mutex<Shared<K>>>,
    clock: SteadyClock,
}

struct Shared<K> {
    states: HashMap<K, Nanos>,
    /// The state of all keys for which there was no room.
    others: Option<Nanos>,
    /// The number of states that causes the next search.
    sweep_at: usize,
    next_sweep: Duration,
}

impl<K: Eq + Hash> States<K> {
    /// The number of states before the first search.
    const FIRST_SWEEP: usize = 1024;

    pub(super) fn new(clock: SteadyClock) -> Self {
        let shared =
            Shared { states: HashMap::new(), others: None, sweep_at: Self::FIRST_SWEEP, next_sweep: Duration::ZERO };
        Self { shared: Arc::new(Mutex::new(shared)), clock }
    }

    /// Returns the time until which the quota of this key is in use.
    pub(super) fn used_until(&self, key: &K) -> Option<Duration> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let state = shared.states.get(key).copied().or_else(|| shared.others.filter(|_| shared.is_full()));
        state.map(Duration::from)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shared.lock().unwrap().states.len()
    }
}

impl<K: Eq + Hash> Shared<K> {
    fn is_full(&self) -> bool {
        self.states.len() >= MAX_KEYS
    }

    /// Removes the states that are not needed, if there are many.
    fn sweep(&mut self, now: Duration) {
        if self.states.len() < self.sweep_at || now < self.next_sweep {
            return;
        }
        self.states.retain(|_, used_until| Duration::from(*used_until) > now);
        self.next_sweep = now + SWEEP_INTERVAL;
        self.sweep_at = (self.states.len() * 2).clamp(States::<K>::FIRST_SWEEP, MAX_KEYS);
        self.states.shrink_to(self.sweep_at);
    }
}

impl<K: Clone + Eq + Hash> StateStore for States<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = shared.states.get_mut(key) {
            let (result, next) = decide(Some(*state))?;
            *state = next;
            return Ok(result);
        }
        shared.sweep(self.clock.now());
        if shared.is_full() {
            let (result, next) = decide(shared.others)?;
            shared.others = Some(next);
            return Ok(result);
        }
        let (result, next) = decide(None)?;
        shared.states.insert(key.clone(), next);
        Ok(result)
    }
}
