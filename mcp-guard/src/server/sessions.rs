//! Counts the legacy sessions of rmcp.

use std::sync::Arc;

use futures::Stream;
use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionManager, LocalSessionManagerError, LocalSessionWorker,
};
use rmcp::transport::streamable_http_server::session::{RestoreOutcome, ServerSseMessage, SessionId, SessionManager};
use rmcp::transport::{Transport, WorkerTransport};

use crate::gate::{Opening, SessionTable};

/// A session manager that creates a session only if the gate admitted the `initialize` request and the [`SessionTable`]
/// has room.
#[derive(Debug)]
pub(super) struct CountedSessions {
    rmcp: Arc<LocalSessionManager>,
    table: Arc<SessionTable>,
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
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
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
}

impl CountedSessions {
    pub(super) fn new(table: Arc<SessionTable>) -> Self {
        Self { rmcp: Arc::default(), table }
    }

    /// Ends a session with its requests and streams.
    async fn evict(&self, id: &str) {
        tracing::debug!("too many sessions: ended the longest idle session of the principal with the most sessions");
        let (rmcp, id) = (Arc::clone(&self.rmcp), SessionId::from(id));
        // A separate task, so that the session ends even if the current request is dropped.
        let removal = tokio::spawn(async move {
            let handle = rmcp.sessions.write().await.remove(&id);
            if let Some(handle) = handle {
                // Not awaited, because the session's task may be busy.
                tokio::spawn(async move { handle.close().await });
            }
        });
        // If the removal failed, the session no longer exists.
        let _ = removal.await;
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
        if let Some(id) = evicted {
            self.evict(&id).await;
        }
        let (id, transport) = self.rmcp.create_session().await?;
        reservation.open(&id);
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
