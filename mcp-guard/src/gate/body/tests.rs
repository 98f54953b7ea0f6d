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
    assert_eq!(received.split().1.add(20_000), Err(BodyError::TooComplex));
    assert_eq!(received.split().1.add(5_000), Ok(()));
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
