//! Refresh intervals, and the lifetime of keys.

use std::time::SystemTime;

use super::*;
use crate::validate::fetch::Egress;

const MINUTE: Duration = Duration::from_secs(60);

/// A key store for an issuer that cannot be reached.
fn settings() -> KeyStoreSettings {
    KeyStoreSettings {
        issuer: "http://127.0.0.1:1".to_owned(),
        metadata_forms: MetadataForm::MCP,
        jwks_uri: None,
        algorithms: Algorithm::DEFAULT.to_vec(),
        refresh_after: 10 * MINUTE,
        outage_grace: Duration::ZERO,
        fetch_limit: MINUTE,
        cool_down: MINUTE / 2,
    }
}

#[test]
fn refresh_interval_is_limited() {
    for (max_age, refresh_interval) in [(None, 600), (Some(0), 30), (Some(300), 300), (Some(86_400), 3_600)] {
        assert_eq!(
            settings().refresh_interval(max_age.map(Duration::from_secs)),
            Duration::from_secs(refresh_interval),
            "{max_age:?}"
        );
    }
}

#[test]
fn fetch_allowance_is_limited_to_burst() {
    let cool_down = Duration::from_secs(1);
    let mut refresh = Refresh { allowance: 0, ..Refresh::new() };
    refresh.counted -= Duration::from_secs(100);
    assert_eq!((0..20).filter(|_| refresh.may_start(cool_down, 0)).count(), BURST as usize);
}

#[tokio::test]
async fn keys_age_during_suspension() {
    let store = || {
        let url = Url::parse("https://auth.example.com").unwrap();
        KeyStore::new(settings(), Fetcher::new(&url, &Egress::default()).unwrap())
    };
    // The duration of the suspension, whether the keys are due, and whether they are usable.
    for (asleep, due, usable) in [(Duration::ZERO, false, true), (30 * MINUTE, true, true), (120 * MINUTE, true, false)]
    {
        let store = store();
        assert!(!store.is_usable() && store.usable() == (store.0.created, None), "without keys");
        store.0.current.store(Some(Arc::new(Current {
            keys: KeySet::default(),
            fetched: Timestamp::before_suspension(asleep),
            refresh_after: 10 * MINUTE,
            usable_for: 70 * MINUTE,
            filled: Since::now(true),
        })));
        let expired = (!usable).then(|| SystemTime::now() - (asleep - 70 * MINUTE) + MINUTE);
        let (since, age) = store.usable();
        assert_eq!(since.is_ready, usable, "{asleep:?}");
        assert!(expired.is_none_or(|expired| since.time < expired), "since the keys expired");
        assert!(age.is_some_and(|age| age >= asleep), "{asleep:?}");
        assert_eq!(store.is_usable(), usable, "{asleep:?}");
        assert_eq!(store.0.lock().running.is_some(), due, "{asleep:?}");
    }
}

#[tokio::test]
async fn slow_issuer_times_out() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/jwks", listener.local_addr().unwrap())).unwrap();
    let (fetcher, limit) = (Fetcher::new(&url, &Egress::default()).unwrap(), Duration::from_millis(50));
    let settings = KeyStoreSettings { jwks_uri: Some(url), fetch_limit: limit, ..settings() };
    let store = KeyStore::new(settings, fetcher);
    assert!(matches!(store.load().await, Err(RefreshError::Slow(_))), "the limit covers all fetches together");
    assert_eq!(store.readiness().issuer_reachable, Some(false));
    drop(listener);
}
