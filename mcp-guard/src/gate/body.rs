//! Reads a request body into one buffer, within limits of size, time and memory.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf as _, Bytes};
use futures::poll;
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::budget::{Exhausted, Share};

/// The smallest buffer that is allocated for a body. Most bodies fit.
const FIRST_BUFFER: usize = 1024;

/// The limits for one body.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    /// The largest body, in bytes.
    pub(super) bytes: usize,
    /// The time limit for receiving it.
    pub(super) time: Duration,
}

/// The reason why a body cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BodyError {
    TooLarge,
    TooSlow,
    Broken,
    /// The memory budget for request bodies is exhausted.
    NoRoom,
    /// The parsed message would take more memory than one request may use.
    TooComplex,
}

impl From<Exhausted> for BodyError {
    fn from(exhausted: Exhausted) -> Self {
        match exhausted {
            Exhausted::Now => Self::NoRoom,
            Exhausted::Always => Self::TooComplex,
        }
    }
}

/// A received body, with its share of the budget.
#[derive(Debug)]
pub(super) struct Received {
    bytes: Vec<u8>,
    share: Share,
    parsed: usize,
}

/// Keeps the share of a body until the last owner is dropped.
#[derive(Clone, Debug)]
pub(super) struct ShareGuard(Arc<Mutex<Share>>);

/// Shrinks the share to the size of the arguments when the body and the parser's data are dropped.
#[derive(Debug)]
struct ShrinkToArguments {
    share: ShareGuard,
    arguments: usize,
}

impl Drop for ShrinkToArguments {
    fn drop(&mut self) {
        self.share.0.lock().unwrap_or_else(PoisonError::into_inner).shrink_to(self.arguments);
    }
}

/// Reads a body.
///
/// # Errors
///
/// [`BodyError`] when a limit is exceeded or the body is incomplete.
pub(super) async fn read(mut body: Body, limits: BodyLimits, share: Share) -> Result<Received, BodyError> {
    // A client that announces too many bytes does not need to send them.
    if body.size_hint().lower() > limits.bytes as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut received = Received { bytes: Vec::new(), share, parsed: 0 };
    let mut deadline = None;
    loop {
        // Most bodies have already arrived and need no timer.
        let mut next = body.frame();
        let frame = match poll!(&mut next) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let deadline = *deadline.get_or_insert_with(|| tokio::time::Instant::now() + limits.time);
                tokio::time::timeout_at(deadline, next).await.map_err(|_| BodyError::TooSlow)?
            }
        };
        let Some(frame) = frame else { return Ok(received) };
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        received.append(&data, limits.bytes)?;
    }
}

impl Received {
    /// Appends a copy of `data`. Keeping a small chunk would keep its whole allocation.
    fn append(&mut self, data: &Bytes, limit: usize) -> Result<(), BodyError> {
        let length = self.bytes.len() + data.remaining();
        if length > limit {
            return Err(BodyError::TooLarge);
        }
        if length > self.bytes.capacity() {
            // Doubled, so that many small chunks do not cause a copy each.
            let capacity = length.max(2 * self.bytes.capacity()).max(FIRST_BUFFER).min(limit);
            self.share.grow(capacity - self.bytes.capacity())?;
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    /// Returns the body.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Counts the memory of the parsed message.
    ///
    /// # Errors
    ///
    /// [`BodyError::NoRoom`] when the budget is exhausted.
    pub(super) fn count_parsed(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.share.grow(bytes)?;
        self.parsed += bytes;
        Ok(())
    }

    /// Returns the body as shared bytes, and its share for the owners of the arguments.
    ///
    /// When the last clone of the bytes is dropped, rmcp has parsed them. The share then shrinks to the arguments,
    /// which take half of the memory of parsing (measured).
    pub(super) fn into_shared(self) -> (Bytes, ShareGuard) {
        struct Owner {
            bytes: Vec<u8>,
            _shrink: ShrinkToArguments,
        }

        impl AsRef<[u8]> for Owner {
            fn as_ref(&self) -> &[u8] {
                &self.bytes
            }
        }

        let share = ShareGuard(Arc::new(Mutex::new(self.share)));
        let shrink = ShrinkToArguments { share: share.clone(), arguments: self.parsed / 2 };
        (Bytes::from_owner(Owner { bytes: self.bytes, _shrink: shrink }), share)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::Context;

    use futures::{StreamExt as _, stream};

    use super::super::budget::BodyBudget;
    use super::*;

    fn limits(bytes: usize) -> BodyLimits {
        BodyLimits { bytes, time: Duration::from_secs(30) }
    }

    fn chunks(chunk: &'static str, count: usize) -> Body {
        Body::from_stream(stream::iter(vec![Ok::<_, Infallible>(chunk); count]))
    }

    async fn read_all(body: Body, limit: usize) -> Result<Vec<u8>, BodyError> {
        let budget = BodyBudget::plain(1 << 20, 1 << 20);
        read(body, limits(limit), budget.authenticated()).await.map(|received| received.bytes)
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_are_read_within_their_limits() {
        assert_eq!(read_all(chunks("12345", 2), 10).await.unwrap(), b"1234512345");
        assert_eq!(read_all(chunks("12345", 3), 10).await, Err(BodyError::TooLarge));
        assert_eq!(read_all(Body::from("12345678901"), 10).await, Err(BodyError::TooLarge));
        let broken = Body::from_stream(stream::iter([Ok("1"), Err(std::io::Error::other("gone"))]));
        assert_eq!(read_all(broken, 10).await, Err(BodyError::Broken));
        let stalled = stream::iter([Ok::<_, Infallible>("1")]).chain(stream::pending());
        assert_eq!(read_all(Body::from_stream(stalled), 10).await, Err(BodyError::TooSlow));
    }

    #[tokio::test(start_paused = true)]
    async fn announced_length_over_the_limit_is_rejected_at_once() {
        struct Announced;

        impl http_body::Body for Announced {
            type Data = Bytes;
            type Error = Infallible;

            fn poll_frame(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
                Poll::Pending
            }

            fn size_hint(&self) -> http_body::SizeHint {
                http_body::SizeHint::with_exact(11)
            }
        }

        assert_eq!(read_all(Body::new(Announced), 11).await, Err(BodyError::TooSlow));
        assert_eq!(read_all(Body::new(Announced), 10).await, Err(BodyError::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_bodies_have_one_deadline_for_all_chunks() {
        let dripping = stream::repeat(Ok::<_, Infallible>("1")).then(async |chunk| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            chunk
        });
        let started = tokio::time::Instant::now();
        assert_eq!(read_all(Body::from_stream(dripping), 1000).await, Err(BodyError::TooSlow));
        assert_eq!(started.elapsed().as_secs(), 30);
    }

    #[tokio::test]
    async fn body_counts_for_the_memory_that_is_kept() {
        let budget = BodyBudget::plain(1 << 20, 1 << 20);
        let used = || (1 << 20) - budget.available();
        // Regression: 65,000 chunks of one byte kept 32 bytes each, plus their own allocations.
        let received = read(chunks("1", 65_000), limits(64 * 1024), budget.authenticated()).await.unwrap();
        assert_eq!(used(), received.bytes.capacity());
        assert!(received.bytes.capacity() <= 64 * 1024, "{}", received.bytes.capacity());
        let (bytes, held) = received.into_shared();
        drop(held);
        assert!(used() >= bytes.len(), "the bytes are still in use");
        drop(bytes);
        assert_eq!(used(), 0);
    }

    #[tokio::test]
    async fn parsed_message_counts_until_its_last_owner_is_dropped() {
        let budget = BodyBudget::plain(10_000, 10_000);
        let mut received = read(chunks("1", 10), limits(100), budget.authenticated()).await.unwrap();
        assert_eq!(received.count_parsed(20_000), Err(BodyError::TooComplex));
        assert_eq!(received.count_parsed(5_000), Ok(()));
        let (bytes, held) = received.into_shared();
        assert_eq!(budget.available(), 10_000 - 5_000 - 100);
        drop(bytes);
        assert_eq!(budget.available(), 10_000 - 2_500, "its arguments");
        drop(held);
        assert_eq!(budget.available(), 10_000);
    }

    #[tokio::test]
    async fn exhausted_budget_rejects_and_returns_its_share() {
        let budget = BodyBudget::plain(4096, 1024);
        assert_eq!(
            read(chunks("1", 1025), limits(4096), budget.share(None)).await.unwrap_err(),
            BodyError::TooComplex,
            "larger than the budget of unauthenticated callers"
        );
        let larger = read(chunks("1", 4097), limits(8192), budget.authenticated()).await.unwrap_err();
        assert_eq!(larger, BodyError::TooComplex, "larger than the budget");
        let other = read(chunks("1", 1024), limits(8192), budget.authenticated()).await.unwrap();
        assert_eq!(read(chunks("1", 3073), limits(8192), budget.authenticated()).await.unwrap_err(), BodyError::NoRoom);
        drop(other);
        assert_eq!(budget.available(), 4096);
        assert!(read(chunks("1", 4096), limits(8192), budget.authenticated()).await.is_ok());
    }
}
