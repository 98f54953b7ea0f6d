//! In which form a tool call is refused.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use http::header::USER_AGENT;

/// In which form a tool call is refused to a caller who holds too little, or nothing.
///
/// Only calls of tools can be refused otherwise than with an HTTP status, and only where the authentication layer let the request pass: a request
/// without a valid token to a server that needs one is a `401` whatever is chosen here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Denial {
    /// HTTP `403` (or `401`) with a challenge, and a JSON-RPC error. What MCP says (authorization, "Error Handling"), and what every client understands
    /// that can ask for more scopes by itself.
    #[default]
    Http403,
    /// HTTP `200` and a tool result with `isError` that names the scopes, for clients that show a result to their model but fail on a `403`.
    ToolResult,
    /// The same, with the challenge in `_meta["mcp/www_authenticate"]`: what ChatGPT reacts to.
    ToolResultWithChallenge,
}

/// What is known of the client that sends a request, to choose the form of its denials by.
///
/// # Security
///
/// The user agent is whatever the client says. That is good enough for a form; never decide by it what a caller may do.
#[derive(Clone, Copy, Debug)]
pub struct Client<'r> {
    client_id: Option<&'r str>,
    headers: Option<&'r HeaderMap>,
}

impl<'r> Client<'r> {
    pub(crate) const fn new(client_id: Option<&'r str>, headers: Option<&'r HeaderMap>) -> Self {
        Self { client_id, headers }
    }

    /// The client that the token was issued to (`client_id`).
    #[must_use]
    pub const fn client_id(&self) -> Option<&'r str> {
        self.client_id
    }

    /// What the client calls itself (`User-Agent`).
    #[must_use]
    pub fn user_agent(&self) -> Option<&'r str> {
        self.headers?.get(USER_AGENT)?.to_str().ok()
    }
}

type Choose = dyn Fn(&Client<'_>) -> Option<Denial> + Send + Sync;

/// The form for everybody, and a choice by client.
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
