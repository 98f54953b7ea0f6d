use std::convert::Infallible;
use std::sync::atomic::AtomicUsize;

use futures::poll;
use http_body_util::BodyExt as _;

use super::*;
use crate::revocation::{Revocation, Revocations};
use crate::token::{InvalidToken, TokenParts};
use crate::validate::TokenValidator;

/// Responds according to the text of the token, and counts the validations.
#[derive(Clone, Default)]
struct Scripted {
    asked: Arc<AtomicUsize>,
    revoked: Arc<AtomicBool>,
}

impl TokenValidator for Scripted {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        assert!(token.max_age().is_some(), "caches must not answer");
        match token.expose() {
            "revocable" if self.revoked.load(Ordering::SeqCst) => Err(InvalidToken::Revoked.into()),
            "unavailable" => Err(TokenError::Unavailable { retry_after: Duration::ZERO }),
            "slow" => std::future::pending().await,
            _ => Ok(validated(None)),
        }
    }
}

fn validated(expires_at: Option<SystemTime>) -> ValidatedToken {
    ValidatedToken::new(TokenParts { subject: "alice".into(), expires_at, ..TokenParts::default() })
}

const INTERVAL: Duration = Duration::from_secs(30);

fn registry() -> (Scripted, Arc<OpenStreams>) {
    let validator = Scripted::default();
    (validator.clone(), OpenStreams::new(SharedValidator::new(validator), INTERVAL))
}

fn endless() -> Body {
    let first = stream::iter([Ok::<_, Infallible>("event")]);
    Body::from_stream(first.chain(stream::pending()))
}

/// Reads the data that is ready. `None` when the body has ended.
async fn read_some(body: &mut Body) -> Option<bool> {
    match poll!(body.frame()) {
        Poll::Ready(Some(frame)) => Some(frame.unwrap().is_data()),
        Poll::Ready(None) => None,
        Poll::Pending => Some(false),
    }
}

#[tokio::test(start_paused = true)]
async fn stream_ends_by_the_earlier_clock() {
    let (_, registry) = registry();
    let soon = || SystemTime::now() + Duration::from_millis(100);
    // The monotonic clock is paused and only the system clock advances, as after a suspension.
    let mut by_wall_clock = registry.register(validated(Some(soon())), BearerToken::new("a")).watch(endless());
    assert_eq!(read_some(&mut by_wall_clock).await, Some(true));
    assert_eq!(read_some(&mut by_wall_clock).await, Some(false));
    std::thread::sleep(Duration::from_millis(120));
    assert_eq!(read_some(&mut by_wall_clock).await, None);
    // The system clock does not advance, only the monotonic clock does.
    let later = SystemTime::now() + Duration::from_secs(3600);
    let mut by_steady_clock = registry.register(validated(Some(later)), BearerToken::new("a")).watch(endless());
    assert_eq!(read_some(&mut by_steady_clock).await, Some(true));
    tokio::time::advance(Duration::from_secs(3601)).await;
    assert_eq!(read_some(&mut by_steady_clock).await, None);
}

#[tokio::test(start_paused = true)]
async fn ended_stream_delivers_no_more_data() {
    let (_, registry) = registry();
    let over = SystemTime::now() - Duration::from_secs(1);
    let mut body = registry.register(validated(Some(over)), BearerToken::new("a")).watch(endless());
    assert_eq!(read_some(&mut body).await, None, "the ready event is not delivered");
}

#[tokio::test(start_paused = true)]
async fn invalid_token_ends_its_streams_and_calls() {
    let (validator, registry) = registry();
    let mut streams: Vec<_> = ["revocable", "good", "unavailable", "slow"]
        .map(|token| (token, registry.register(validated(None), BearerToken::new(token)).watch(endless())))
        .into();
    let call = registry.register(validated(None), BearerToken::new("revocable"));
    assert!(poll!(std::pin::pin!(call.ended())).is_pending());
    tokio::time::sleep(2 * INTERVAL).await;
    assert!(poll!(std::pin::pin!(call.ended())).is_pending());
    validator.revoked.store(true, Ordering::SeqCst);
    tokio::time::sleep(INTERVAL + CHECK_TIME + Duration::from_secs(1)).await;
    assert!(poll!(std::pin::pin!(call.ended())).is_ready());
    for (token, body) in &mut streams {
        assert_eq!(read_some(body).await.is_none(), *token == "revocable", "{token}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_validator_delays_the_next_check_by_its_limit() {
    let (validator, registry) = registry();
    let _stream = registry.register(validated(None), BearerToken::new("slow"));
    tokio::time::sleep(INTERVAL + CHECK_TIME + INTERVAL + Duration::from_secs(1)).await;
    assert_eq!(validator.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn call_that_started_in_time_may_finish_after_expiry() {
    let (_, registry) = registry();
    let expires = SystemTime::now() + Duration::from_millis(50);
    let call = registry.register(validated(Some(expires)), BearerToken::new("a"));
    std::thread::sleep(Duration::from_millis(60));
    tokio::time::sleep(2 * INTERVAL).await;
    assert!(poll!(std::pin::pin!(call.ended())).is_pending());
    assert_eq!(read_some(&mut call.watch(endless())).await, None, "but its stream does not start");
}

#[tokio::test(start_paused = true)]
async fn one_token_is_validated_once_for_all_its_streams() {
    let (validator, registry) = registry();
    let streams: Vec<_> = (0..10).map(|_| registry.register(validated(None), BearerToken::new("good"))).collect();
    let other = registry.register(validated(None), BearerToken::new("other"));
    tokio::time::sleep(INTERVAL + Duration::from_secs(1)).await;
    assert_eq!(validator.asked.load(Ordering::SeqCst), 2);
    drop((streams, other));
}

#[tokio::test(start_paused = true)]
async fn checks_stop_without_streams_and_start_again() {
    let (validator, registry) = registry();
    drop(registry.register(validated(None), BearerToken::new("good")));
    tokio::time::sleep(3 * INTERVAL).await;
    assert_eq!(validator.asked.load(Ordering::SeqCst), 0);
    assert!(!registry.lock().is_checking);
    let stream = registry.register(validated(None), BearerToken::new("good"));
    tokio::time::sleep(INTERVAL + Duration::from_secs(1)).await;
    assert_eq!(validator.asked.load(Ordering::SeqCst), 1);
    let weak = Arc::downgrade(&registry);
    drop((stream, registry));
    assert!(weak.upgrade().is_none(), "the task does not keep the registry alive");
}

#[tokio::test]
async fn body_of_known_length_is_not_a_stream() {
    let (_, registry) = registry();
    let over = SystemTime::now() - Duration::from_secs(1);
    let mut body = registry.register(validated(Some(over)), BearerToken::new("a")).watch(Body::from("result"));
    assert_eq!(read_some(&mut body).await, Some(true));
    assert!(registry.lock().streams.is_empty());
}

fn revocable() -> (Revocations, Arc<OpenStreams>) {
    let revocations = Revocations::without_expiry();
    let validator = SharedValidator::new(Scripted::default()).with_revocations(Some(revocations.clone()));
    (revocations, OpenStreams::new(validator, INTERVAL))
}

fn alice() -> Revocation {
    Revocation::subject("i", "alice")
}

fn token_of(subject: &str) -> ValidatedToken {
    ValidatedToken::new(TokenParts { subject: subject.into(), issuer: "i".into(), ..TokenParts::default() })
}

#[tokio::test(start_paused = true)]
async fn revocation_ends_streams_and_calls_at_once() {
    let (revocations, registry) = revocable();
    let mut streams = ["alice", "bob"]
        .map(|subject| registry.register(token_of(subject), BearerToken::new(subject)))
        .map(|registration| registration.watch(endless()));
    let call = registry.register(token_of("alice"), BearerToken::new("alice"));
    for body in &mut streams {
        assert_eq!(read_some(body).await, Some(true));
    }
    revocations.revoke(&alice()).unwrap();
    assert!(poll!(std::pin::pin!(call.ended())).is_ready());
    let [hers, his] = &mut streams;
    assert_eq!((read_some(hers).await, read_some(his).await), (None, Some(false)));
}

/// Validated before the revocation, and registered after it.
#[tokio::test]
async fn late_registration_of_a_revoked_token_ends() {
    let (revocations, registry) = revocable();
    revocations.revoke(&alice()).unwrap();
    let call = registry.register(token_of("alice"), BearerToken::new("alice"));
    assert!(poll!(std::pin::pin!(call.ended())).is_ready());
    let call = registry.register(token_of("bob"), BearerToken::new("bob"));
    assert!(poll!(std::pin::pin!(call.ended())).is_pending());
}
