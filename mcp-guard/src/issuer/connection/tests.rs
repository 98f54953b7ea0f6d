//! Delays and events of repeated attempts.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::config::Setting;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn failed(failure: Failure) -> ConnectError {
    ConnectError { error: ConfigError::unusable(Setting::Issuer, &failure), failure }
}

#[test]
fn delays_grow_from_1_to_30_seconds() {
    for (round, shortest, longest) in [(0, 1, 2), (1, 2, 4), (2, 4, 8), (3, 8, 16), (4, 15, 30), (5, 15, 30)] {
        assert_eq!(delay(round, 0.0), Duration::from_secs(shortest), "{round}");
        assert_eq!(delay(round, 1.0), Duration::from_secs(longest), "{round}");
    }
    assert_eq!(delay(u32::MAX, 1.0), MAX_DELAY);
}

#[tokio::test(start_paused = true)]
async fn failure_is_logged_once_per_minute_and_on_change() {
    let mut log = FailureLog::default();
    let allowed = |log: &mut FailureLog, is_temporary| (0..10).filter(|_| log.allow(is_temporary)).count();
    assert_eq!(allowed(&mut log, true), 1);
    assert_eq!(allowed(&mut log, false), 1, "another kind of failure");
    tokio::time::advance(LOG_INTERVAL).await;
    assert_eq!(allowed(&mut log, false), 1);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_repeated_until_one_succeeds() {
    for failure in [Failure::Connection, Failure::Status(404)] {
        let (status, attempts) = (IssuerStatus::new("https://auth.example.com", None), Arc::new(AtomicUsize::new(0)));
        let is_up = Arc::new(AtomicBool::new(false));
        let attempt = {
            let (attempts, is_up) = (Arc::clone(&attempts), Arc::clone(&is_up));
            move || {
                attempts.fetch_add(1, Ordering::Relaxed);
                let up = is_up.load(Ordering::Relaxed);
                std::future::ready(if up { Ok(()) } else { Err(failed(failure)) })
            }
        };
        let task = tokio::spawn(retry(status.clone(), failed(failure), std::convert::identity, attempt));
        sleep(HOUR).await;
        let count = attempts.load(Ordering::Relaxed);
        assert!((120..=250).contains(&count), "{count} attempts within an hour");
        assert_eq!(status.failure(), Some(failure));
        assert!(status.retry_after().is_some_and(|after| after <= MAX_DELAY + Duration::from_secs(1)));
        is_up.store(true, Ordering::Relaxed);
        task.await.unwrap();
        assert_eq!((status.failure(), status.retry_after()), (None, None));
    }
}

/// A provider may lock a client that repeats wrong credentials.
#[tokio::test(start_paused = true)]
async fn rejected_credentials_are_rarely_repeated() {
    for (failure, expected) in [(Failure::Status(401), 5..=6), (Failure::Status(503), 120..=250)] {
        let rejected = move || ConnectError { error: ConfigError::unusable(Setting::ClientSecret, &failure), failure };
        let status = IssuerStatus::new("https://auth.example.com", None);
        let attempts = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&attempts);
        let attempt = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Err(rejected()))
        };
        let task = tokio::spawn(retry(status, rejected(), std::convert::identity, attempt));
        sleep(HOUR).await;
        task.abort();
        let count = attempts.load(Ordering::Relaxed);
        assert!(expected.contains(&count), "{failure}: {count} attempts within an hour");
    }
}

#[tokio::test(start_paused = true)]
async fn panic_does_not_end_the_attempts() {
    let status = IssuerStatus::new("https://auth.example.com", None);
    let panicked = AtomicBool::new(false);
    let attempt = move || {
        let is_first = !panicked.swap(true, Ordering::Relaxed);
        async move {
            assert!(!is_first, "a panic of the HTTP client");
            Ok(())
        }
    };
    retry(status.clone(), failed(Failure::Connection), std::convert::identity, attempt).await;
    assert_eq!(status.retry_after(), None, "connected");
}
