//! Counts the legacy sessions of rmcp, and ends those whose token is revoked.

use std::sync::{Arc, OnceLock};

use futures::Stream;
use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionManager, LocalSessionManagerError, LocalSessionWorker,
};
use rmcp::transport::streamable_http_server::session::{RestoreOutcome, ServerSseMessage, SessionId, SessionManager};
use rmcp::transport::{Transport, WorkerTransport};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::gate::{Opening, SessionTable};
use crate::revocation::{Revocable, Revocations};
use crate::token::ValidatedToken;

/// A session manager that creates a session only if the gate admitted the `initialize` request and the [`SessionTable`]
/// has room.
#[derive(Debug)]
pub(super) struct CountedSessions {
    rmcp: Arc<LocalSessionManager>,
    table: Arc<SessionTable>,
    revocations: Option<Revocations>,
    /// The runtime of the sessions. A revocation may come from a thread without one.
    runtime: OnceLock<Handle>,
}

/// The transport of a counted session. The session counts until its transport is dropped, because rmcp does not close a
/// session whose task panicked.
pub(super) struct CountedTransport {
    rmcp: WorkerTransport<LocalSessionWorker>,
    _end: SessionEnd,
}

struct SessionEnd {
    rmcp: Arc<LocalSessionManager>,
    table: Arc<SessionTable>,
    id: SessionId,
}

impl Drop for SessionEnd {
    fn drop(&mut self) {
        self.table.close(&self.id);
        if let Ok(runtime) = Handle::try_current() {
            let (rmcp, id) = (Arc::clone(&self.rmcp), self.id.clone());
            runtime.spawn(async move { rmcp.sessions.write().await.remove(&id) });
        }
    }
}

impl Transport<RoleServer> for CountedTransport {
    type Error = <WorkerTransport<LocalSessionWorker> as Transport<RoleServer>>::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.rmcp.send(message)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        self.rmcp.receive().await
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.rmcp.close().await
    }
}

/// The reason why a session cannot be created or used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error(transparent)]
    Rmcp(#[from] LocalSessionManagerError),
    #[error("the request did not pass the gate")]
    NotAdmitted,
    #[error("too many open sessions")]
    TooMany,
    #[error("the access token is revoked")]
    Revoked,
}

impl CountedSessions {
    pub(super) fn new(table: Arc<SessionTable>, revocations: Option<Revocations>) -> Arc<Self> {
        let sessions = Arc::new(Self { rmcp: Arc::default(), table, revocations, runtime: OnceLock::new() });
        if let Some(revocations) = &sessions.revocations {
            revocations.attach(&sessions);
        }
        sessions
    }

    /// Ends a session with its requests and streams. A separate task, so that the session ends even if the current
    /// request is dropped.
    fn end(&self, runtime: &Handle, id: &str) -> JoinHandle<()> {
        let (rmcp, id) = (Arc::clone(&self.rmcp), SessionId::from(id));
        runtime.spawn(async move {
            let handle = rmcp.sessions.write().await.remove(&id);
            if let Some(handle) = handle {
                // Not awaited, because the session's task may be busy.
                tokio::spawn(async move { handle.close().await });
            }
        })
    }
}

impl Revocable for CountedSessions {
    fn end_revoked(&self, is_revoked: &dyn Fn(&ValidatedToken) -> bool) {
        let ended = self.table.remove_opened_by(is_revoked);
        // Set before the first session was opened.
        let Some(runtime) = self.runtime.get() else { return };
        for id in ended {
            // Not awaited. The gate finds the session no longer.
            drop(self.end(runtime, &id));
        }
    }
}

impl SessionManager for CountedSessions {
    type Error = SessionError;
    type Transport = CountedTransport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        let opening = Opening::current().ok_or(SessionError::NotAdmitted)?;
        let Ok((reservation, evicted)) = self.table.reserve(opening.owner()) else {
            opening.reject();
            return Err(SessionError::TooMany);
        };
        let runtime = self.runtime.get_or_init(Handle::current);
        if let Some(id) = evicted {
            tracing::debug!(
                "too many sessions: ended the longest idle session of the principal with the most sessions"
            );
            // If the removal failed, the session no longer exists.
            let _ = self.end(runtime, &id).await;
        }
        let (id, transport) = self.rmcp.create_session().await?;
        reservation.by(opening.token()).open(&id);
        // The token may have been revoked after its validation and before the session was in the table.
        if let (Some(revocations), Some(token)) = (&self.revocations, opening.token())
            && revocations.is_revoked(token)
        {
            self.table.close(&id);
            let _ = self.end(runtime, &id).await;
            return Err(SessionError::Revoked);
        }
        let end = SessionEnd { rmcp: Arc::clone(&self.rmcp), table: Arc::clone(&self.table), id: id.clone() };
        Ok((id, CountedTransport { rmcp: transport, _end: end }))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        let response = self.rmcp.initialize_session(id, message).await?;
        self.table.initialized(id);
        Ok(response)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        Ok(self.rmcp.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        self.table.close(id);
        Ok(self.rmcp.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        Ok(self.rmcp.create_stream(id, message).await?)
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Self::Error> {
        Ok(self.rmcp.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        Ok(self.rmcp.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        Ok(self.rmcp.resume(id, last_event_id).await?)
    }

    /// Restores nothing. An unknown session has been closed, and its successor counts as a new session.
    async fn restore_session(&self, _: SessionId) -> Result<RestoreOutcome<Self::Transport>, Self::Error> {
        Ok(RestoreOutcome::NotSupported)
    }
}

#[cfg(test)]
mod tests;
