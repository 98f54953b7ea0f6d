use super::*;
use crate::token::{TokenParts, ValidatedToken};

fn owner(subject: &str) -> Owner {
    let parts = TokenParts { subject: subject.into(), issuer: "https://a".into(), ..TokenParts::default() };
    Some(ValidatedToken::new(parts).principal().into_owned())
}

/// Starts requests in a session until the limit is reached, and returns their ids.
fn fill(requests: &mut RequestsInProgress, session: &Arc<str>, owner: &Owner) -> Vec<RequestId> {
    let ids = (0..1_000).map(RequestId::Integer);
    ids.take_while(|id| requests.add(session, owner, id).is_ok()).collect()
}

#[test]
fn request_id_is_free_again_when_its_request_ended() {
    let (mut requests, alice) = (RequestsInProgress::default(), owner("alice"));
    let (session, other) = (Arc::from("a1"), Arc::from("a2"));
    let (number, text) = (RequestId::Integer(1), RequestId::Text("1".to_owned()));
    assert_eq!(requests.add(&session, &alice, &number), Ok(()));
    assert_eq!(requests.add(&session, &alice, &number), Err(Rejected::IdInUse));
    assert_eq!(requests.add(&session, &alice, &text), Ok(()), "another id");
    assert_eq!(requests.add(&other, &alice, &number), Ok(()), "another session");
    requests.remove(&session, &alice, &number);
    assert_eq!(requests.add(&session, &alice, &number), Ok(()));
}

#[test]
fn session_has_a_limited_number_of_requests() {
    let (mut requests, alice, session) = (RequestsInProgress::default(), owner("alice"), Arc::from("a1"));
    let ids = fill(&mut requests, &session, &alice);
    assert_eq!(ids.len(), MAX_REQUESTS);
    assert_eq!(requests.add(&session, &alice, &RequestId::Integer(-1)), Err(Rejected::TooMany));
    requests.remove(&session, &alice, &ids[0]);
    assert_eq!(requests.add(&session, &alice, &RequestId::Integer(-1)), Ok(()));
}

#[test]
fn principal_has_a_limited_number_of_requests() {
    let (mut requests, alice) = (RequestsInProgress::default(), owner("alice"));
    let sessions: Vec<Arc<str>> = (0..5).map(|session| Arc::from(format!("a{session}"))).collect();
    let ids: Vec<_> = sessions.iter().map(|session| fill(&mut requests, session, &alice)).collect();
    assert_eq!(ids.iter().map(Vec::len).sum::<usize>(), MAX_REQUESTS_OF_PRINCIPAL);
    assert_eq!(requests.add(&Arc::from("b1"), &owner("bob"), &ids[0][0]), Ok(()), "another principal");
    let id = RequestId::Integer(-1);
    assert_eq!(requests.add(&sessions[4], &alice, &id), Err(Rejected::TooMany));
    requests.remove(&sessions[0], &alice, &ids[0][0]);
    assert_eq!(requests.add(&sessions[4], &alice, &id), Ok(()));
}

#[test]
fn long_request_id_is_rejected() {
    let mut requests = RequestsInProgress::default();
    let mut add = |length| requests.add(&Arc::from("a1"), &None, &RequestId::Text("x".repeat(length)));
    assert_eq!((add(MAX_ID), add(MAX_ID + 1)), (Ok(()), Err(Rejected::IdTooLong)));
}

#[test]
fn ended_request_leaves_no_entry() {
    let (mut requests, alice) = (RequestsInProgress::default(), owner("alice"));
    let (session, id) = (Arc::from("a1"), RequestId::Integer(1));
    assert_eq!(requests.add(&session, &alice, &id), Ok(()));
    assert!(requests.has_any(&session));
    requests.remove(&session, &alice, &id);
    assert!(!requests.has_any(&session));
    assert!(requests.ids.is_empty() && requests.of_principals.is_empty());
}
