use super::*;
use crate::revocation::Revocation;
use crate::token::TokenParts;

fn sessions(max: usize) -> Arc<CountedSessions> {
    CountedSessions::new(Arc::new(SessionTable::new(max)), None)
}

/// Creates a session for a request that the gate admitted.
async fn create(sessions: &CountedSessions) -> Result<(SessionId, CountedTransport), SessionError> {
    Opening::new(None).scope(sessions.create_session()).await
}

#[tokio::test]
async fn rmcp_never_holds_more_sessions_than_allowed() {
    let sessions = sessions(2);
    let created = [create(&sessions).await, create(&sessions).await, create(&sessions).await];
    assert!(matches!(created, [Ok(_), Ok(_), Err(SessionError::TooMany)]));
    assert_eq!(sessions.rmcp.sessions.read().await.len(), 2);
}

#[tokio::test]
async fn request_that_did_not_pass_the_gate_opens_no_session() {
    assert!(matches!(sessions(1).create_session().await, Err(SessionError::NotAdmitted)));
}

#[tokio::test]
async fn session_ends_with_its_transport() {
    let sessions = sessions(1);
    let (_, transport) = create(&sessions).await.unwrap();
    drop(transport);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(sessions.rmcp.sessions.read().await.is_empty(), "rmcp forgot it");
    assert!(create(&sessions).await.is_ok(), "it is not counted any more");
}

fn token_of(subject: &str) -> ValidatedToken {
    ValidatedToken::new(TokenParts { subject: subject.into(), issuer: "i".into(), ..TokenParts::default() })
}

async fn create_for(sessions: &CountedSessions, subject: &str) -> Result<(SessionId, CountedTransport), SessionError> {
    Opening::new(Some(token_of(subject))).scope(sessions.create_session()).await
}

fn revocable() -> (Revocations, Arc<CountedSessions>) {
    let revocations = Revocations::without_expiry();
    (revocations.clone(), CountedSessions::new(Arc::new(SessionTable::new(9)), Some(revocations)))
}

#[tokio::test]
async fn revocation_ends_the_sessions_of_its_tokens() {
    let (revocations, sessions) = revocable();
    let _kept = [create_for(&sessions, "bob").await.unwrap(), create(&sessions).await.unwrap()];
    let ended = [create_for(&sessions, "alice").await.unwrap(), create_for(&sessions, "alice").await.unwrap()];
    // From a thread without a runtime.
    std::thread::spawn(move || revocations.revoke(&Revocation::subject("i", "alice"))).join().unwrap().unwrap();
    for (id, _) in &ended {
        assert!(!sessions.table.is_open(id), "at once");
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(sessions.rmcp.sessions.read().await.len(), 2);
}

/// Validated before the revocation, and opened after it.
#[tokio::test]
async fn revoked_token_opens_no_session() {
    let (revocations, sessions) = revocable();
    revocations.revoke(&Revocation::subject("i", "alice")).unwrap();
    assert!(matches!(create_for(&sessions, "alice").await, Err(SessionError::Revoked)));
    assert!(sessions.rmcp.sessions.read().await.is_empty());
    assert!(create_for(&sessions, "bob").await.is_ok());
}
