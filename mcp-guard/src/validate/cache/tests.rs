use serde_json::json;

use super::*;
use crate::token::TokenParts;

const MINUTE: Duration = Duration::from_secs(60);

fn token(subject: &str, expires_in: Option<Duration>) -> ValidatedToken {
    ValidatedToken::new(TokenParts {
        subject: subject.to_owned(),
        expires_at: expires_in.map(|left| SystemTime::now() + left),
        ..TokenParts::default()
    })
}

fn remember(cache: &TokenCache, text: &str, validated: &ValidatedToken) {
    let bearer = BearerToken::new(text);
    cache.insert(&cache.slot(&bearer).unwrap(), &bearer, validated, None);
}

fn found(cache: &TokenCache, text: &str) -> Option<String> {
    let bearer = BearerToken::new(text);
    Some(cache.get(&cache.slot(&bearer)?, &bearer)?.subject().to_owned())
}

#[test]
fn token_is_found_by_its_exact_text() {
    let cache = TokenCache::new(100, Some(MINUTE));
    remember(&cache, "a", &token("alice", None));
    assert_eq!(found(&cache, "a").as_deref(), Some("alice"));
    for other in ["", "A", "a ", "b"] {
        assert_eq!(found(&cache, other), None, "{other:?}");
    }
}

#[test]
fn tokens_without_deadline_or_expired_are_not_cached() {
    for (case, time_to_live, expires_in, remembered) in [
        ("both", Some(MINUTE), Some(MINUTE), 1),
        ("a time to live", Some(MINUTE), None, 1),
        ("exp", None, Some(MINUTE), 1),
        ("neither", None, None, 0),
        ("exp is now", Some(MINUTE), Some(Duration::ZERO), 0),
        ("a time to live beyond all clocks", Some(Duration::MAX), None, 0),
    ] {
        let cache = TokenCache::new(100, time_to_live);
        remember(&cache, "a", &token("alice", expires_in));
        assert_eq!(cache.len(), remembered, "{case}");
    }
    for unused in [TokenCache::new(0, Some(MINUTE)), TokenCache::new(100, Some(Duration::ZERO))] {
        assert!(unused.slot(&BearerToken::new("a")).is_none());
    }
}

#[test]
fn deadline_is_earlier_of_exp_and_time_to_live() {
    let (short, long) = (Duration::from_secs(10), Duration::from_secs(1000));
    for (time_to_live, expires_in) in [(short, long), (long, short)] {
        let until = Until::new(Some(time_to_live), Some(SystemTime::now() + expires_in)).unwrap();
        assert!(until.instant <= Instant::now() + short);
        assert!(until.time <= SystemTime::now() + short);
    }
}

#[test]
fn deadline_passes_on_either_clock() {
    let (instant, time) = (Instant::now(), SystemTime::now());
    let later = Until { instant: instant + MINUTE, time: time + MINUTE };
    assert!(!later.is_over());
    // The system clock was set back.
    assert!(Until { instant, ..later }.is_over());
    // The machine was suspended, so the monotonic clock stopped.
    assert!(Until { time, ..later }.is_over());
}

#[test]
fn expired_entry_is_removed() {
    let cache = TokenCache::new(100, Some(Duration::from_millis(20)));
    remember(&cache, "a", &token("alice", None));
    std::thread::sleep(Duration::from_millis(40));
    assert_eq!(found(&cache, "a"), None);
    assert_eq!(cache.len(), 0);
}

#[test]
fn cached_bound_token_requires_same_key() {
    let cache = TokenCache::new(100, Some(MINUTE));
    let owner = BearerToken::proving("a", [1; 32]);
    cache.insert(&cache.slot(&owner).unwrap(), &owner, &token("alice", None), None);
    let found = |bearer: &BearerToken| cache.get(&cache.slot(bearer).unwrap(), bearer).is_some();
    assert!(found(&owner));
    assert!(!found(&BearerToken::new("a")));
    assert!(!found(&BearerToken::proving("a", [2; 32])));
    assert!(found(&owner), "requests with other proofs do not evict it");
}

#[test]
fn large_entries_weigh_more() {
    let large = |claim: &str| {
        let claims = [("x".to_owned(), json!({"list": [claim]}))].into_iter().collect();
        ValidatedToken::new(TokenParts { claims, ..TokenParts::default() })
    };
    let kept = |text: &str, validated: &ValidatedToken| {
        let cache = TokenCache::new(16, Some(MINUTE));
        for number in 0..16 {
            remember(&cache, &format!("{number}{text}"), validated);
        }
        cache.len()
    };
    assert!(kept(&"x".repeat(3500), &token("alice", None)) <= 4);
    assert!(kept("", &large(&"x".repeat(3500))) <= 4, "claims count, even if the token is short");
}

#[test]
fn handle_removes_selected_tokens() {
    let cache = TokenCache::new(100, Some(MINUTE));
    let handle = TokenCacheHandle(vec![cache.clone()]);
    let fill = || {
        for (text, subject) in [("a1", "alice"), ("a2", "alice"), ("b", "bob")] {
            remember(&cache, text, &token(subject, None));
        }
    };
    let left = || ["a1", "a2", "b"].into_iter().filter(|text| found(&cache, text).is_some()).collect::<Vec<_>>();
    fill();
    handle.forget("a1");
    assert_eq!(left(), ["a2", "b"]);
    fill();
    handle.forget_where(|token| token.subject() == "alice");
    assert_eq!(left(), ["b"]);
    fill();
    handle.clone().forget_all();
    assert!(left().is_empty());
}

#[test]
fn removal_predicate_may_use_the_cache() {
    let cache = TokenCache::new(100, Some(MINUTE));
    let handle = TokenCacheHandle(vec![cache.clone()]);
    remember(&cache, "a", &token("alice", None));
    handle.forget_where(|_| {
        handle.forget("b");
        remember(&cache, "c", &token("carol", None));
        true
    });
    assert_eq!(found(&cache, "a"), None);
}

#[test]
fn validation_started_before_removal_is_not_cached() {
    type Forget = fn(&TokenCacheHandle);
    let table: [(&str, Forget); 3] = [
        ("this token", |handle| handle.forget("a")),
        ("some tokens", |handle| handle.forget_where(|_| true)),
        ("all tokens", TokenCacheHandle::forget_all),
    ];
    for (case, forget) in table {
        let cache = TokenCache::new(100, Some(MINUTE));
        let handle = TokenCacheHandle(vec![cache.clone()]);
        let bearer = BearerToken::new("a");
        let slot = cache.slot(&bearer).unwrap();
        forget(&handle);
        cache.insert(&slot, &bearer, &token("stale", None), None);
        assert_eq!(found(&cache, "a"), None, "{case}");
        remember(&cache, "a", &token("fresh", None));
        assert_eq!(found(&cache, "a").as_deref(), Some("fresh"), "{case}");
    }
}
