use super::*;
use crate::token::{TokenParts, ValidatedToken};

fn owner(subject: &str) -> Owner {
    let parts = TokenParts { subject: subject.into(), issuer: "https://a".into(), ..TokenParts::default() };
    Some(ValidatedToken::new(parts).principal().into_owned())
}

/// Opens a session, and returns the session that was evicted for it.
fn open(table: &Arc<SessionTable>, subject: &str, id: &str) -> Result<Option<String>, TooManySessions> {
    let (reservation, evicted) = table.reserve(owner(subject))?;
    reservation.open(id);
    table.initialized(id);
    // `Instant` may have a coarse resolution, and the order of use must be clear.
    std::thread::sleep(std::time::Duration::from_millis(1));
    Ok(evicted.map(|id| id.to_string()))
}

#[test]
fn principal_with_most_sessions_loses_the_longest_idle() {
    let table = Arc::new(SessionTable::new(4));
    for (subject, id) in [("alice", "a1"), ("bob", "b1"), ("alice", "a2"), ("alice", "a3")] {
        assert_eq!(open(&table, subject, id), Ok(None));
    }
    assert!(table.touch("a1"));
    assert_eq!(open(&table, "carol", "c1"), Ok(Some("a2".to_owned())));
    assert!(!table.touch("a2"), "it no longer exists");
    assert_eq!(open(&table, "alice", "a4"), Ok(Some("a3".to_owned())), "alice has the most sessions");
    assert_eq!(open(&table, "bob", "b2"), Ok(Some("a1".to_owned())));
    assert_eq!(table.lock().total, 4);
}

#[test]
fn principal_with_most_sessions_loses_its_own() {
    let table = Arc::new(SessionTable::new(2));
    open(&table, "bob", "b1").unwrap();
    open(&table, "alice", "a1").unwrap();
    assert_eq!(
        open(&table, "alice", "a2"),
        Ok(Some("a1".to_owned())),
        "bob has no more sessions, though his was idle longer"
    );
    let _call = table.start("a2", RequestId::Integer(1)).unwrap();
    assert_eq!(open(&table, "alice", "a3"), Err(TooManySessions));
}

#[test]
fn session_is_idle_since_its_last_request_ended() {
    let table = Arc::new(SessionTable::new(2));
    open(&table, "alice", "a1").unwrap();
    let call = table.start("a1", RequestId::Integer(1)).unwrap();
    open(&table, "alice", "a2").unwrap();
    drop(call);
    assert_eq!(open(&table, "bob", "b1"), Ok(Some("a2".to_owned())));
}

#[test]
fn busy_sessions_are_evicted_last() {
    let table = Arc::new(SessionTable::new(2));
    open(&table, "alice", "a1").unwrap();
    open(&table, "alice", "a2").unwrap();
    let call = table.start("a1", RequestId::Integer(1)).unwrap();
    let other = table.start("a2", RequestId::Integer(1)).unwrap();
    assert_eq!(open(&table, "alice", "a3"), Err(TooManySessions), "her own calls are not ended");
    drop(other);
    assert_eq!(open(&table, "bob", "b1"), Ok(Some("a2".to_owned())), "a1 was idle longer, but is busy");
    drop(call);
}

#[test]
fn uninitialized_sessions_are_busy() {
    let table = Arc::new(SessionTable::new(1));
    table.reserve(owner("alice")).unwrap().0.open("a1");
    assert!(!table.has_room_for(&owner("alice")));
    assert_eq!(table.reserve(owner("alice")).map(drop), Err(TooManySessions));
    assert!(table.has_room_for(&owner("bob")), "they do not block other principals");
    table.initialized("a1");
    assert!(table.has_room_for(&owner("alice")));
    assert_eq!(open(&table, "alice", "a2"), Ok(Some("a1".to_owned())));
}

#[test]
fn busy_sessions_of_the_largest_holder_yield_to_others() {
    let table = Arc::new(SessionTable::new(1));
    open(&table, "alice", "a1").unwrap();
    let _call = table.start("a1", RequestId::Integer(1)).unwrap();
    assert_eq!(open(&table, "bob", "b1"), Ok(Some("a1".to_owned())));
}

#[test]
fn sessions_being_created_count_and_are_not_evicted() {
    let table = Arc::new(SessionTable::new(2));
    let (first, _) = table.reserve(owner("alice")).unwrap();
    let (second, _) = table.reserve(None).unwrap();
    assert_eq!(table.reserve(owner("bob")).map(drop), Err(TooManySessions));
    drop(first);
    let (third, evicted) = table.reserve(owner("bob")).unwrap();
    assert_eq!(evicted, None);
    drop((second, third));
    let state = table.lock();
    assert_eq!((state.total, state.held.len()), (0, 0));
}

#[test]
fn simultaneous_reservations_never_exceed_the_limit() {
    let table = Arc::new(SessionTable::new(10));
    let start = std::sync::Barrier::new(8);
    let reserve = || {
        start.wait();
        (0..100).filter_map(|_| table.reserve(owner("alice")).ok()).collect::<Vec<_>>()
    };
    let kept: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(reserve)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(kept.len(), 10);
    drop(kept);
    assert_eq!(table.lock().total, 0, "all of them were dropped");
}

#[test]
fn no_session_is_allowed_with_a_limit_of_zero() {
    assert_eq!(Arc::new(SessionTable::new(0)).reserve(None).map(drop), Err(TooManySessions));
}

#[test]
fn request_is_in_progress_until_its_last_clone_is_dropped() {
    let table = Arc::new(SessionTable::new(1));
    open(&table, "alice", "a1").unwrap();
    let first = table.start("a1", RequestId::Integer(1)).unwrap();
    let again = || table.start("a1", RequestId::Integer(1)).map(drop);
    assert_eq!(table.start("a2", RequestId::Integer(1)).map(drop), Err(NotStarted::NoSession));
    let clone = first.clone();
    drop(first);
    assert_eq!(again(), Err(NotStarted::Rejected(Rejected::IdInUse)));
    drop(clone);
    assert_eq!((again(), again()), (Ok(()), Ok(())));
}

#[test]
fn longest_idle_of_all_largest_holders_is_evicted() {
    let table = Arc::new(SessionTable::new(20));
    for owner in 0..20 {
        open(&table, &format!("owner{owner}"), &format!("s{owner}")).unwrap();
    }
    let _busy = table.start("s0", RequestId::Integer(1)).unwrap();
    assert_eq!(open(&table, "new", "n1"), Ok(Some("s1".to_owned())));
    assert_eq!(open(&table, "newer", "n2"), Ok(Some("s2".to_owned())));
}

#[test]
fn request_of_an_ended_session_counts_until_it_ends() {
    let table = Arc::new(SessionTable::new(1));
    open(&table, "alice", "a1").unwrap();
    let request = table.start("a1", RequestId::Integer(1)).unwrap();
    table.close("a1");
    table.close("a1");
    assert!(table.lock().requests.has_any("a1"), "its operation may still run");
    drop(request);
    let state = table.lock();
    assert!(state.total == 0 && !state.requests.has_any("a1"));
}
