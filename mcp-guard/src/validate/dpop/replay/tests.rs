use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn proof(number: u8) -> ProofHash {
    hash(&[number; 32], "jti")
}

fn full(seconds: u64) -> Result<(), ReplayError> {
    Err(ReplayError::Full { retry_after: Duration::from_secs(seconds) })
}

#[test]
fn proof_is_accepted_once() {
    let replays = Replays::new(10);
    assert_eq!(replays.remember(proof(1), 160, 100), Ok(()));
    for now in [100, 130, 160] {
        assert_eq!(replays.remember(proof(1), 160, now), Err(ReplayError::Used), "{now}");
    }
    assert_eq!(replays.remember(proof(2), 160, 160), Ok(()), "another proof");
    assert_eq!(replays.remember(proof(1), 220, 161), Ok(()), "the jti is available after the first proof expires");
}

#[test]
fn expired_proof_is_rejected() {
    let replays = Replays::new(10);
    assert_eq!(replays.remember(proof(1), 160, 161), Err(ReplayError::Used), "expired during token validation");
    assert_eq!(replays.remember(proof(1), 160, 160), Err(ReplayError::Used));
}

#[test]
fn clock_set_back_does_not_allow_replay() {
    let replays = Replays::new(10);
    assert_eq!(replays.remember(proof(1), 160, 100), Ok(()));
    assert_eq!(replays.remember(proof(2), 260, 200), Ok(()));
    assert_eq!(replays.remember(proof(1), 160, 100), Err(ReplayError::Used));
}

#[test]
fn full_memory_evicts_no_valid_proof() {
    let replays = Replays::new(2);
    assert_eq!(replays.remember(proof(1), 150, 100), Ok(()));
    assert_eq!(replays.remember(proof(2), 160, 100), Ok(()));
    assert_eq!(replays.remember(proof(3), 160, 100), full(51));
    assert_eq!(replays.remember(proof(1), 150, 100), Err(ReplayError::Used), "still remembered");
    assert_eq!(replays.remember(proof(3), 160, 150), full(1));
    assert_eq!(replays.remember(proof(3), 160, 151), Ok(()), "the first proof has expired");
    assert_eq!(replays.remember(proof(2), 160, 151), Err(ReplayError::Used));
}

#[test]
fn concurrent_replays_succeed_once() {
    let (replays, passed, start) = (Replays::new(1_000), AtomicUsize::new(0), Barrier::new(8));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                for number in 0..100 {
                    if replays.remember(proof(number), 160, 100).is_ok() {
                        passed.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    assert_eq!(passed.into_inner(), 100);
}

#[test]
fn jti_is_scoped_to_the_client_key() {
    assert_ne!(hash(&[1; 32], "jti"), hash(&[2; 32], "jti"));
    assert_ne!(hash(&[1; 32], "jti"), hash(&[1; 32], "other"));
}
