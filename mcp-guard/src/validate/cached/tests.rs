use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::*;
use crate::token::TokenParts;

/// Accepts every token but "bad", counts how often it is asked, and can be made to take its time.
#[derive(Clone, Debug, Default)]
struct Slow {
    asked: Arc<AtomicUsize>,
    holds: Arc<AtomicBool>,
    entered: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl TokenValidator for Slow {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
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
async fn what_is_accepted_is_remembered_and_what_is_refused_is_not() {
    let slow = Slow::default();
    let cached = Cached::builder(slow.clone()).build();
    for _ in 0..3 {
        assert_eq!(subject(&cached, "alice").await.unwrap(), "alice");
    }
    assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
    for _ in 0..3 {
        assert_eq!(subject(&cached, "bad").await, Err(InvalidToken::Rejected.into()));
    }
    assert_eq!(slow.asked.load(Ordering::SeqCst), 4);
    assert!(!cached.readiness().ready, "the validator says whether it is ready");
}

#[tokio::test]
async fn nothing_is_remembered_where_nothing_shall_be() {
    for builder in [
        Cached::builder(Slow::default()).cached_tokens(0),
        Cached::builder(Slow::default()).time_to_live(Duration::ZERO),
    ] {
        let cached = builder.build();
        for _ in 0..2 {
            assert!(subject(&cached, "alice").await.is_ok());
        }
        assert_eq!(cached.validator.asked.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn revoked_is_asked_on_each_use() {
    let revoked = Arc::new(Mutex::new(String::new()));
    for cached_tokens in [0, 100] {
        revoked.lock().unwrap().clear();
        let asked = Arc::clone(&revoked);
        let cached = Cached::builder(Slow::default())
            .cached_tokens(cached_tokens)
            .revoked(move |token| token.subject() == *asked.lock().unwrap())
            .build();
        assert!(subject(&cached, "alice").await.is_ok());
        "alice".clone_into(&mut revoked.lock().unwrap());
        assert_eq!(subject(&cached, "alice").await, Err(InvalidToken::Revoked.into()), "{cached_tokens}");
        assert!(subject(&cached, "bob").await.is_ok(), "{cached_tokens}");
        "carol".clone_into(&mut revoked.lock().unwrap());
        assert_eq!(subject(&cached, "carol").await, Err(InvalidToken::Revoked.into()), "never used before");
        assert!(subject(&cached, "alice").await.is_ok(), "as the application says");
    }
}

#[tokio::test]
async fn check_of_an_open_stream_asks_the_validator() {
    let slow = Slow::default();
    let cached = Cached::builder(slow.clone()).build();
    assert!(subject(&cached, "alice").await.is_ok());
    let check = BearerToken::new("alice").checked_again(Duration::from_secs(30));
    assert!(cached.validate(&check).await.is_ok());
    assert_eq!(slow.asked.load(Ordering::SeqCst), 2, "what is remembered may be revoked by now");
    assert!(subject(&cached, "alice").await.is_ok());
    assert_eq!(slow.asked.load(Ordering::SeqCst), 2, "requests are still answered from memory");
}

#[tokio::test]
async fn a_validation_under_way_is_not_remembered_when_its_token_is_forgotten_meanwhile() {
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
    assert_eq!(slow.asked.load(Ordering::SeqCst), 2, "it was validated anew");
    assert!(subject(&*cached, "alice").await.is_ok());
    assert_eq!(slow.asked.load(Ordering::SeqCst), 2, "and then remembered");
}
