//! The form of a rejected tool call.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use http::header::USER_AGENT;

/// The form of the response to a rejected tool call.
///
/// It applies only to tool calls that passed the authentication layer. A request without a valid token to a server that
/// requires one is always a `401`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Denial {
    /// HTTP `403` (or `401`) with a challenge and a JSON-RPC error. MCP specifies this form (authorization, "Error
    /// Handling"), and clients that support step-up authorization expect it.
    #[default]
    Http403,
    /// HTTP `200` with a tool result that has `isError` and names the scopes. For clients that show a tool result to
    /// their model but fail on a `403`.
    ToolResult,
    /// Like [`ToolResult`](Self::ToolResult), with the challenge in `_meta["mcp/www_authenticate"]`, as ChatGPT
    /// requires.
    ToolResultWithChallenge,
}

/// The properties of a client that select the form of its rejections.
///
/// # Security
///
/// The client controls its user agent. Use it to choose a form, never to authorize a caller.
#[derive(Clone, Copy, Debug)]
pub struct Client<'r> {
    client_id: Option<&'r str>,
    headers: Option<&'r HeaderMap>,
}

impl<'r> Client<'r> {
    pub(crate) const fn new(client_id: Option<&'r str>, headers: Option<&'r HeaderMap>) -> Self {
        Self { client_id, headers }
    }

    /// Returns the client that the token was issued to (`client_id`).
    #[must_use]
    pub const fn client_id(&self) -> Option<&'r str> {
        self.client_id
    }

    /// Returns the `User-Agent` header.
    #[must_use]
    pub fn user_agent(&self) -> Option<&'r str> {
        self.headers?.get(USER_AGENT)?.to_str().ok()
    }
}

type Choose = dyn Fn(&Client<'_>) -> Option<Denial> + Send + Sync;

/// The default form, and the choice per client.
#[derive(Clone, Default)]
pub(crate) struct Denials {
    pub(crate) usual: Denial,
    pub(crate) choose: Option<Arc<Choose>>,
}

impl Denials {
    pub(crate) fn of(&self, client: &Client<'_>) -> Denial {
        self.choose.as_ref().and_then(|choose| choose(client)).unwrap_or(self.usual)
    }
}

impl fmt::Debug for Denials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denials").field("usual", &self.usual).field("by_client", &self.choose.is_some()).finish()
    }
}
