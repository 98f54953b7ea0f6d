use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::*;
use crate::token::TokenParts;

/// Accepts every token except "bad", counts its calls, and can delay its answers.
#[derive(Clone, Debug, Default)]
struct Slow {
    calls: Arc<AtomicUsize>,
    holds: Arc<AtomicBool>,
    entered: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl TokenValidator for Slow {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.holds.load(Ordering::SeqCst) {
            self.entered.notify_one();
            self.go_on.notified().await;
        }
        if token.expose() == "bad" {
            return Err(InvalidToken::Rejected.into());
        }
        Ok(ValidatedToken::new(TokenParts { subject: token.expose().to_owned(), ..TokenParts::default() }))
    }

    fn readiness(&self) -> Readiness {
        Readiness { ready: false, keys_age: None, issuer_reachable: Some(false) }
    }
}

async fn subject<V: TokenValidator>(validator: &V, token: &str) -> Result<String, TokenError> {
    validator.validate(&BearerToken::new(token)).await.map(|token| token.subject().to_owned())
}

#[tokio::test]
async fn only_accepted_tokens_are_cached() {
    let slow = Slow::default();
    let cached = Cached::builder(slow.clone()).build();
    for _ in 0..3 {
        assert_eq!(subject(&cached, "alice").await.unwrap(), "alice");
    }
    assert_eq!(slow.calls.load(Ordering::SeqCst), 1);
    for _ in 0..3 {
        assert_eq!(subject(&cached, "bad").await, Err(InvalidToken::Rejected.into()));
    }
    assert_eq!(slow.calls.load(Ordering::SeqCst), 4);
    assert!(!cached.readiness().ready, "readiness is that of the validator");
}

#[tokio::test]
async fn zero_limits_disable_the_cache() {
    for builder in [
        Cached::builder(Slow::default()).cached_tokens(0),
        Cached::builder(Slow::default()).time_to_live(Duration::ZERO),
    ] {
        let cached = builder.build();
        for _ in 0..2 {
            assert!(subject(&cached, "alice").await.is_ok());
        }
        assert_eq!(cached.validator.calls.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn revocation_is_checked_on_every_use() {
    let revoked = Arc::new(Mutex::new(String::new()));
    for cached_tokens in [0, 100] {
        revoked.lock().unwrap().clear();
        let calls = Arc::clone(&revoked);
        let cached = Cached::builder(Slow::default())
            .cached_tokens(cached_tokens)
            .revoked(move |token| token.subject() == *calls.lock().unwrap())
            .build();
        assert!(subject(&cached, "alice").await.is_ok());
        "alice".clone_into(&mut revoked.lock().unwrap());
        assert_eq!(subject(&cached, "alice").await, Err(InvalidToken::Revoked.into()), "{cached_tokens}");
        assert!(subject(&cached, "bob").await.is_ok(), "{cached_tokens}");
        "carol".clone_into(&mut revoked.lock().unwrap());
        assert_eq!(subject(&cached, "carol").await, Err(InvalidToken::Revoked.into()), "never used before");
        assert!(subject(&cached, "alice").await.is_ok(), "not revoked by the application");
    }
}

#[tokio::test]
async fn stream_check_bypasses_the_cache() {
    let slow = Slow::default();
    let cached = Cached::builder(slow.clone()).build();
    assert!(subject(&cached, "alice").await.is_ok());
    let check = BearerToken::new("alice").checked_again(Duration::from_secs(30));
    assert!(cached.validate(&check).await.is_ok());
    assert_eq!(slow.calls.load(Ordering::SeqCst), 2, "a cached token may have been revoked since");
    assert!(subject(&cached, "alice").await.is_ok());
    assert_eq!(slow.calls.load(Ordering::SeqCst), 2, "requests still use the cache");
}

#[tokio::test]
async fn validation_during_removal_is_not_cached() {
    let slow = Slow::default();
    let cached = Arc::new(Cached::builder(slow.clone()).build());
    let handle = cached.cache_handle();
    slow.holds.store(true, Ordering::SeqCst);
    let under_way = {
        let cached = Arc::clone(&cached);
        tokio::spawn(async move { subject(&*cached, "alice").await })
    };
    slow.entered.notified().await;
    handle.forget_where(|token| token.subject() == "alice");
    slow.holds.store(false, Ordering::SeqCst);
    slow.go_on.notify_one();
    assert!(under_way.await.unwrap().is_ok());
    assert!(subject(&*cached, "alice").await.is_ok());
    assert_eq!(slow.calls.load(Ordering::SeqCst), 2, "it was validated again");
    assert!(subject(&*cached, "alice").await.is_ok());
    assert_eq!(slow.calls.load(Ordering::SeqCst), 2, "and then cached");
}
