//! When keys are fetched, and how long they are good for.

use super::*;
use crate::validate::fetch::Reach;

const MINUTE: Duration = Duration::from_secs(60);

/// Of an issuer that nobody can ask.
fn settings() -> KeyStoreSettings {
    KeyStoreSettings {
        issuer: "http://127.0.0.1:1".to_owned(),
        metadata_forms: MetadataForm::MCP,
        jwks_uri: None,
        refresh_after: 10 * MINUTE,
        outage_grace: Duration::ZERO,
        fetch_limit: MINUTE,
        cool_down: MINUTE / 2,
    }
}

#[test]
fn an_issuer_is_asked_neither_too_often_nor_too_seldom() {
    for (max_age, patience) in [(None, 600), (Some(0), 30), (Some(300), 300), (Some(86_400), 3_600)] {
        assert_eq!(settings().patience(max_age.map(Duration::from_secs)), Duration::from_secs(patience), "{max_age:?}");
    }
}

#[test]
fn the_allowance_never_grows_past_the_burst() {
    let cool_down = Duration::from_secs(1);
    let mut refresh = Refresh { allowance: 0, ..Refresh::new() };
    refresh.counted -= Duration::from_secs(100);
    assert_eq!((0..20).filter(|_| refresh.may_start(cool_down, 0)).count(), BURST as usize);
}

#[tokio::test]
async fn keys_get_old_while_the_machine_is_suspended() {
    let store = || {
        let reach = Reach::of(&Url::parse("https://auth.example.com").unwrap());
        KeyStore::new(settings(), Fetcher::new(reach).unwrap())
    };
    // How long the machine was suspended, whether the keys are due then, whether they are good.
    for (asleep, due, usable) in [(Duration::ZERO, false, true), (30 * MINUTE, true, true), (120 * MINUTE, true, false)]
    {
        let store = store();
        assert!(!store.is_usable(), "without keys");
        store.0.current.store(Some(Arc::new(Current {
            keys: KeySet::default(),
            fetched: Moment::before_suspension(asleep),
            refresh_after: 10 * MINUTE,
            usable_for: 70 * MINUTE,
        })));
        assert_eq!(store.is_usable(), usable, "{asleep:?}");
        assert_eq!(store.0.lock().running.is_some(), due, "{asleep:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_makes_requests_wait_is_given_up_for_now() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/jwks", listener.local_addr().unwrap())).unwrap();
    let (reach, limit) = (Reach::of(&url), Duration::from_millis(50));
    let settings = KeyStoreSettings { jwks_uri: Some(url), fetch_limit: limit, ..settings() };
    let store = KeyStore::new(settings, Fetcher::new(reach).unwrap());
    assert!(matches!(store.load().await, Err(RefreshError::Slow(_))), "a single fetch may take longer");
    assert_eq!(store.readiness().issuer_reachable, Some(false));
    drop(listener);
}
