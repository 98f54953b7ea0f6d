use super::*;

fn sessions(max: usize) -> CountedSessions {
    CountedSessions::new(Arc::new(SessionTable::new(max)))
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
