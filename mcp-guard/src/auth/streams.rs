//! Open streams and calls in progress of authenticated callers.
//!
//! 1. Every request with a token is registered until its response is sent. The entry contains the validated token and a
//!    handle that ends the request.
//! 2. At each interval all registered tokens are validated again, without caches. A token that is now invalid ends its
//!    streams and calls. If the validator is unavailable, they continue.
//! 3. A stream ends when its token expires (`exp`), by the monotonic clock or the system clock, whichever is first. A
//!    call that started before may finish.
//! 4. A revocation ends the streams and calls of its tokens at once ([`Revocations`](crate::revocation::Revocations)).
//! 5. The raw token is kept for the next validation, in a type that wipes it.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http_body::{Frame, SizeHint};
use sha2::{Digest as _, Sha256};
use slab::Slab;
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::metrics;
use crate::request::{OperationGuard, RequestEnd};
use crate::revocation::Revocable;
use crate::rule::Rule;
use crate::token::{BearerToken, Possession, TokenError, ValidatedToken};
use crate::validate::SharedValidator;

/// The default interval at which tokens are validated again.
pub(crate) const STREAM_CHECK_INTERVAL: Duration = Duration::from_secs(30);
/// The number of tokens that are validated at the same time.
const CHECKS_AT_ONCE: usize = 16;
/// The time limit of one validation. Longer than a fetch of keys, so that the application can report revoked tokens
/// even while their issuer does not respond.
const CHECK_TIME: Duration = Duration::from_secs(20);

/// The registry of a server.
pub(crate) struct OpenStreams {
    validator: SharedValidator,
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    streams: Slab<Arc<OpenStream>>,
    /// Whether the task that checks the streams runs. It ends when the registry is empty.
    is_checking: bool,
}

/// A stream, a call or an operation in progress.
struct OpenStream {
    token: ValidatedToken,
    bearer: BearerToken,
    ended: CancellationToken,
    /// Whether the response has started.
    is_streaming: AtomicBool,
}

/// The entry of a stream in the registry. Dropping it removes the stream.
pub(super) struct Registration {
    registry: Arc<OpenStreams>,
    key: usize,
    stream: Arc<OpenStream>,
}

impl OpenStreams {
    pub(super) fn new(validator: SharedValidator, interval: Duration) -> Arc<Self> {
        let streams = Arc::new(Self { validator, interval, state: Mutex::default() });
        if let Some(revocations) = streams.validator.revocations() {
            revocations.attach(&streams);
        }
        streams
    }

    pub(super) const fn interval(&self) -> Duration {
        self.interval
    }

    /// Registers a request. `bearer` is the token that the client sent.
    pub(super) fn register(self: &Arc<Self>, token: ValidatedToken, bearer: BearerToken) -> Arc<Registration> {
        let stream = Arc::new(OpenStream {
            token,
            bearer: bearer.checked_again(self.interval),
            ended: CancellationToken::new(),
            is_streaming: AtomicBool::new(false),
        });
        let mut state = self.lock();
        let key = state.streams.insert(Arc::clone(&stream));
        if !state.is_checking
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            state.is_checking = true;
            // Weak, so that the task does not keep a dropped server alive.
            runtime.spawn(check_regularly(Arc::downgrade(self), self.interval));
        }
        drop(state);
        // The token may have been revoked after its validation and before it was registered.
        if self.validator.revocations().is_some_and(|revocations| revocations.is_revoked(&stream.token)) {
            stream.ended.cancel();
        }
        Arc::new(Registration { registry: Arc::clone(self), key, stream })
    }

    /// Validates every token again, and ends the streams and calls whose token is now invalid.
    async fn check(&self) {
        // Grouped by a hash, because a copy of the token would not be wiped.
        let mut by_token: HashMap<([u8; 32], Possession), Vec<Arc<OpenStream>>> = HashMap::new();
        for open in self.all() {
            let key = (Sha256::digest(open.bearer.expose()).into(), *open.bearer.possession());
            by_token.entry(key).or_default().push(open);
        }
        stream::iter(by_token.into_values())
            .for_each_concurrent(CHECKS_AT_ONCE, async |streams| {
                let Some(first) = streams.first() else { return };
                // An expired token needs no validator. A call that started before may finish.
                let is_expired = first.token.expires_at().is_some_and(|expires| SystemTime::now() >= expires);
                let rule = if is_expired {
                    Rule::TokenExpired
                } else {
                    let validation = self.validator.validate(&first.bearer);
                    match tokio::time::timeout(CHECK_TIME, validation).await {
                        Ok(Err(TokenError::Invalid(reason))) => reason.rule(),
                        // An outage makes no statement about the token.
                        Ok(Ok(_) | Err(TokenError::Unavailable { .. })) | Err(_) => return,
                    }
                };
                for open in streams {
                    if !is_expired || open.is_streaming.load(Ordering::Relaxed) {
                        tracing::debug!(%rule, "request ended: its access token is no longer valid");
                        open.ended.cancel();
                    }
                }
            })
            .await;
    }

    fn all(&self) -> Vec<Arc<OpenStream>> {
        self.lock().streams.iter().map(|(_, stream)| Arc::clone(stream)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Revocable for OpenStreams {
    fn end_revoked(&self, is_revoked: &dyn Fn(&ValidatedToken) -> bool) {
        // The lock is not held here: waking a stream can drop it, which removes it from the registry.
        for open in self.all().into_iter().filter(|open| is_revoked(&open.token)) {
            tracing::debug!(rule = %Rule::TokenRevoked, "request ended: its access token is revoked");
            open.ended.cancel();
        }
    }
}

/// Checks the streams of a registry until it is empty.
async fn check_regularly(registry: Weak<OpenStreams>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let Some(registry) = registry.upgrade() else { return };
        registry.check().await;
        let mut state = registry.lock();
        if state.streams.is_empty() {
            state.is_checking = false;
            return;
        }
    }
}

impl Registration {
    /// Returns whether the token was revoked before the request was registered.
    pub(super) fn has_ended(&self) -> bool {
        self.stream.ended.is_cancelled()
    }

    /// Completes when the stream must end.
    pub(super) async fn ended(&self) {
        self.stream.ended.cancelled().await;
    }

    /// Returns the handle that ends the operation and keeps it registered until then.
    pub(super) fn request_end(self: &Arc<Self>) -> RequestEnd {
        RequestEnd::new(self.stream.ended.clone(), OperationGuard::new(Arc::clone(self)))
    }

    /// Ends `body` with the stream. A body of known length is not a stream: it is sent at once.
    pub(super) fn watch(self: Arc<Self>, body: Body) -> Body {
        if body.is_end_stream() || body.size_hint().exact().is_some() {
            return body;
        }
        self.stream.is_streaming.store(true, Ordering::Relaxed);
        let expires = self.stream.token.expires_at();
        Body::new(WatchedBody {
            inner: body,
            ended: Box::pin(self.stream.ended.clone().cancelled_owned()),
            expiry: expires.map(|expires| {
                let left = expires.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
                (expires, Box::pin(tokio::time::sleep(left)))
            }),
            registration: self,
            _counted: metrics::OpenStream::count(),
        })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let removed = self.registry.lock().streams.try_remove(self.key);
        // Outside of the lock: this may be the last owner of the token.
        drop(removed);
    }
}

/// The body of a stream.
struct WatchedBody {
    inner: Body,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    expiry: Option<(SystemTime, Pin<Box<Sleep>>)>,
    registration: Arc<Registration>,
    _counted: metrics::OpenStream,
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        // A task of the request may keep it registered, and does not end when the token expires.
        self.registration.stream.is_streaming.store(false, Ordering::Relaxed);
    }
}

impl WatchedBody {
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        if self.ended.as_mut().poll(cx).is_ready() {
            return true;
        }
        // The monotonic clock stops while the machine is suspended, and the system clock can be changed.
        self.expiry
            .as_mut()
            .is_some_and(|(expires, sleep)| SystemTime::now() >= *expires || sleep.as_mut().poll(cx).is_ready())
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.is_over(cx) {
            // Dropping the inner body stops its producer.
            self.inner = Body::empty();
            return Poll::Ready(None);
        }
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl fmt::Debug for OpenStreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenStreams").field("interval", &self.interval).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
