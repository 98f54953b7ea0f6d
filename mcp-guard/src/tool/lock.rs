//! The inner lock.

use http::request::Parts;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::CallToolResult;
use rmcp::model::ContentBlock;
use rmcp::service::RequestContext;

use crate::caller::Caller;
use crate::policy::Decision;
use crate::requirement::Requirement;
use crate::scope::ScopeSet;

/// Why the inner lock stayed shut.
#[derive(Debug)]
pub(super) enum Denied {
    /// Nobody put a [`Caller`] into the context.
    NoCaller,
    /// No valid token.
    Unauthenticated { needed: ScopeSet },
    /// Too little scope.
    InsufficientScope { needed: ScopeSet },
}

/// Opens for callers who satisfy `requirement`.
pub(super) fn open<'c>(
    context: &'c RequestContext<RoleServer>,
    requirement: &Requirement,
) -> Result<&'c Caller, Denied> {
    let caller = caller(context).ok_or(Denied::NoCaller)?;
    match caller.decide(requirement) {
        Decision::Allow => Ok(caller),
        Decision::Authenticate { needed } => Err(Denied::Unauthenticated { needed }),
        Decision::Forbid { needed } => Err(Denied::InsufficientScope { needed }),
    }
}

/// The caller that the HTTP layers put into the request.
pub(super) fn caller(context: &RequestContext<RoleServer>) -> Option<&Caller> {
    context.extensions.get::<Parts>()?.extensions.get::<Caller>()
}

impl Denied {
    fn message(&self) -> String {
        match self {
            Self::NoCaller => {
                "denied: this request did not pass mcp-guard's authentication layer, so nobody knows who makes it"
                    .to_owned()
            }
            Self::Unauthenticated { needed } if needed.is_empty() => "denied: an access token is needed".to_owned(),
            Self::Unauthenticated { needed } => {
                format!("denied: an access token with the scopes \"{needed}\" is needed")
            }
            Self::InsufficientScope { needed } => format!("insufficient_scope: the scopes \"{needed}\" are needed"),
        }
    }

    /// The denial of a tool call, where no HTTP status can be sent any more.
    pub(super) fn into_tool_result(self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(self.message())])
    }

    /// The denial of anything else.
    pub(super) fn into_error(self) -> ErrorData {
        ErrorData::invalid_request(self.message(), None)
    }
}
