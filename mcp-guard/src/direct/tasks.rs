//! Cancels tasks without a request.

use std::io;
use std::sync::Arc;

use rmcp::model::{CancelTaskParams, NumberOrString, ProtocolVersion};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};

use super::peer;
use crate::request::{Caller, TaskEnder};

/// Returns what cancels the tasks of a server whose values `factory` creates.
pub(crate) fn ender<S: ServerHandler>(factory: Arc<dyn Fn() -> Result<S, io::Error> + Send + Sync>) -> TaskEnder {
    TaskEnder::new(move |owner, id| {
        let factory = Arc::clone(&factory);
        Box::pin(async move {
            let Some(context) = context_of(owner) else { return };
            let cancelled = match factory() {
                Ok(server) => server.cancel_task(CancelTaskParams::new(id), context).await,
                Err(error) => {
                    tracing::error!(%error, "cannot create the server to cancel a task");
                    return;
                }
            };
            // The application may have ended the task already, or cannot cancel tasks.
            if cancelled.is_err() {
                tracing::warn!("a task whose owner has no valid token could not be cancelled by `cancel_task`");
            }
        })
    })
}

/// Returns the context of a request that the server sends to itself.
fn context_of(owner: Caller) -> Option<RequestContext<RoleServer>> {
    let peer = peer::closed(&ProtocolVersion::V_2026_07_28)?;
    let mut context = RequestContext::new(NumberOrString::Number(0), peer);
    context.extensions.insert(owner);
    Some(context)
}
