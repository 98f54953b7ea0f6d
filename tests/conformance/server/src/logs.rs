//! Log messages for the client.
#![expect(deprecated, reason = "revisions before 2026-07-28, and their scenarios, include logging")]

use std::sync::{Mutex, PoisonError};

use rmcp::RoleServer;
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ProtocolVersion, SetLevelRequestParams};
use rmcp::service::RequestContext;
use serde_json::Value;

/// The params of `logging/setLevel`.
pub(crate) type SetLevel = SetLevelRequestParams;

/// The log level of a session.
#[derive(Debug)]
pub(crate) struct Logs(Mutex<LoggingLevel>);

impl Default for Logs {
    fn default() -> Self {
        Self(Mutex::new(LoggingLevel::Debug))
    }
}

impl Logs {
    /// Sets the lowest level to send.
    pub(crate) fn set_level(&self, request: &SetLevel) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = request.level;
    }

    /// Sends a message if the client requested this level.
    pub(crate) async fn info(&self, context: &RequestContext<RoleServer>, text: &str) {
        let level = LoggingLevel::Info;
        if self.threshold(context).is_some_and(|threshold| threshold as u8 <= level as u8) {
            let message = LoggingMessageNotificationParam::new(level, Value::from(text));
            // A disconnected client misses it.
            let _ = context.peer.notify_logging_message(message).await;
        }
    }

    /// Since 2026-07-28, each request sets its level. Without one, the client gets no messages.
    fn threshold(&self, context: &RequestContext<RoleServer>) -> Option<LoggingLevel> {
        if context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28) {
            context.meta.log_level()
        } else {
            Some(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }
}
