//! The connection of a validator to its issuer, which may start later than this server.
//!
//! 1. A wrong configuration is an error at once: another issuer in the metadata, 404, an invalid document, an untrusted
//!    certificate, missing CA certificates, wrong credentials for the proxy.
//! 2. After a temporary failure (no connection, a time-out, a name that is not resolved, 5xx, 429), the attempt is
//!    repeated in the background with growing delays. Meanwhile no token is validated, and no request causes a fetch.
//! 3. A wrong configuration that appears in the background is logged as an error, and no token is validated.
//! 4. Dropping the connection ends the attempts.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::attempt::{Attempt, ConnectError};
use crate::config::{ConfigError, Mistakes};
use crate::panics::discard;
use crate::since::Since;
use crate::validate::{Failure, KeyStore};

/// The longest delay between two attempts.
const MAX_DELAY: Duration = Duration::from_secs(30);
/// The delay after the provider rejected the client credentials. It may lock a client that repeats them.
const REJECTED_DELAY: Duration = Duration::from_secs(600);
/// The minimum time between two events about the same kind of failure.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// The connection of a validator to its issuer.
pub(super) struct Connection {
    status: IssuerStatus,
    /// The task that repeats the attempt. Dropping the set ends it.
    _attempts: JoinSet<()>,
}

/// Whether an issuer is connected, for requests and for `/health/ready`.
#[derive(Clone)]
pub(crate) struct IssuerStatus(Arc<Status>);

struct Status {
    issuer: String,
    is_connected: AtomicBool,
    /// The time before which the issuer was not connected.
    created: Since,
    /// The last failed attempt. Only used until the issuer is connected.
    last: Mutex<Option<FailedAttempt>>,
    /// The keys, whose last fetch is reported after that.
    keys: Option<KeyStore>,
}

#[derive(Clone, Copy)]
struct FailedAttempt {
    failure: Failure,
    next: Instant,
}

impl Connection {
    /// Makes the first attempt. After a temporary failure, repeats it in the background unless `fail_fast`.
    pub(super) async fn open(attempt: Attempt, fail_fast: bool, named: Named) -> Result<Self, Mistakes> {
        let status = IssuerStatus::new(attempt.issuer(), attempt.keys());
        let mut attempts = JoinSet::new();
        match attempt.run().await {
            Ok(()) => status.connect(),
            Err(ConnectError { error, failure }) if fail_fast || !failure.is_temporary() => {
                return Err(named(error).into());
            }
            Err(failed) => {
                let attempt = Arc::new(attempt);
                let run = move || {
                    let attempt = Arc::clone(&attempt);
                    async move { attempt.run().await }
                };
                // Set here as well, because a request may arrive before the task runs.
                status.wait(failed.failure, delay(0, 1.0));
                attempts.spawn(retry(status.clone(), failed, named, run));
            }
        }
        Ok(Self { status, _attempts: attempts })
    }

    pub(super) const fn status(&self) -> &IssuerStatus {
        &self.status
    }
}

/// Makes an error name environment variables, if they configure the issuer.
pub(super) type Named = fn(ConfigError) -> ConfigError;

impl IssuerStatus {
    fn new(issuer: &str, keys: Option<KeyStore>) -> Self {
        Self(Arc::new(Status {
            issuer: issuer.to_owned(),
            is_connected: AtomicBool::new(false),
            created: Since::now(false),
            last: Mutex::new(None),
            keys,
        }))
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Returns the failure of the last request for metadata or keys, unless it succeeded.
    pub(crate) fn failure(&self) -> Option<Failure> {
        if self.is_connected() {
            self.0.keys.as_ref().and_then(KeyStore::failure)
        } else {
            self.last().map(|last| last.failure)
        }
    }

    /// Returns whether the last request for metadata or keys succeeded. `None` if the issuer is connected, and has no
    /// keys to fetch.
    pub(crate) fn reachable(&self) -> Option<Since> {
        if self.is_connected() { self.0.keys.as_ref().map(KeyStore::succeeded) } else { Some(self.0.created) }
    }

    /// Returns the keys of the issuer, if they are fetched.
    pub(crate) fn keys(&self) -> Option<&KeyStore> {
        self.0.keys.as_ref()
    }

    /// Returns the time until the next attempt, if the issuer was never connected.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let until = |last: FailedAttempt| last.next.saturating_duration_since(Instant::now());
        // One second more, because the attempt takes time.
        (!self.is_connected()).then(|| self.last().map_or(MAX_DELAY, until) + Duration::from_secs(1))
    }

    fn is_connected(&self) -> bool {
        self.0.is_connected.load(Ordering::Acquire)
    }

    fn last(&self) -> Option<FailedAttempt> {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self) {
        self.0.is_connected.store(true, Ordering::Release);
    }

    fn wait(&self, failure: Failure, delay: Duration) {
        let failed = FailedAttempt { failure, next: Instant::now() + delay };
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(failed);
    }
}

/// Repeats an attempt until it succeeds.
async fn retry<F, A>(status: IssuerStatus, mut failed: ConnectError, named: Named, attempt: F)
where
    F: Fn() -> A + Send,
    A: Future<Output = Result<(), ConnectError>> + Send,
{
    let mut log = FailureLog::default();
    for round in 0_u32.. {
        let delay = if failed.rejects_credentials() { REJECTED_DELAY } else { delay(round, rand::random()) };
        log.write(&status.0.issuer, failed.failure, &named(failed.error.clone()));
        status.wait(failed.failure, delay);
        sleep(delay).await;
        // A panic must not end the attempts.
        let Ok(result) = AssertUnwindSafe(attempt()).catch_unwind().await.map_err(discard) else {
            tracing::error!(issuer = status.0.issuer, "the request to the issuer panicked: it is repeated");
            continue;
        };
        match result {
            Ok(()) => {
                status.connect();
                tracing::info!(issuer = status.0.issuer, "the issuer is available: tokens are validated");
                return;
            }
            Err(error) => failed = error,
        }
    }
}

/// Returns the delay after a failed attempt: between a half and the whole of 2 s, 4 s, 8 s, .. 30 s. `random` is
/// between 0 and 1, so that the servers of a cluster do not attempt at once.
fn delay(round: u32, random: f64) -> Duration {
    let longest = Duration::from_secs(2_u64.saturating_pow(round.saturating_add(1))).min(MAX_DELAY);
    longest.mul_f64(0.5 + random / 2.0)
}

/// Limits the events about failed attempts.
#[derive(Default)]
struct FailureLog {
    /// The last event, and whether it was about a temporary failure.
    last: Option<(Instant, bool)>,
}

impl FailureLog {
    fn write(&mut self, issuer: &str, failure: Failure, error: &ConfigError) {
        if !self.allow(failure.is_temporary()) {
            return;
        }
        if failure.is_temporary() {
            tracing::warn!(issuer, %error, "the issuer is unavailable: no token is validated until it responds");
        } else {
            tracing::error!(issuer, %error, "the issuer or its settings are wrong: no token is validated until this is corrected");
        }
    }

    /// Allows one event per minute, and one when the kind of failure changes.
    fn allow(&mut self, is_temporary: bool) -> bool {
        let now = Instant::now();
        let is_repeated =
            self.last.is_some_and(|(at, kind)| kind == is_temporary && now.duration_since(at) < LOG_INTERVAL);
        if !is_repeated {
            self.last = Some((now, is_temporary));
        }
        !is_repeated
    }
}

#[cfg(test)]
mod tests;
