//! Tokens of clients that act without a user (RFC 6749 section 4.4), which may lack `sub`.
//!
//! 1. Such a token is rejected unless the operator allows it, and the log names the setting.
//! 2. Its subject is made of the client id, and begins with a text that no subject of a user may begin with: a caller without a user is never the same
//!    caller as a user, whatever the client is called.
//! 3. A token with a claim that only users have is not one of a client.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::claim::required;
use crate::config::Setting;
use crate::throttle::Throttle;
use crate::token::InvalidToken;

/// The beginning of the subject of a client.
const CLIENT_SUBJECT: &str = "urn:mcp-guard:client:";

/// Claims about a user who signed in (RFC 9068 section 2.2.1, RFC 7662 section 2.2, OpenID Connect Core section 5.1).
const OF_USERS: [&str; 7] = ["username", "preferred_username", "email", "auth_time", "acr", "amr", "sid"];

/// Whether tokens without a user are accepted.
#[derive(Clone, Debug)]
pub(crate) struct ClientTokens {
    allowed: bool,
    throttle: Arc<Throttle>,
}

impl ClientTokens {
    pub(crate) fn new(allowed: bool) -> Self {
        Self { allowed, throttle: Arc::default() }
    }

    /// Returns the subject of a token that names this user and this client.
    pub(super) fn subject(
        &self,
        user: Option<&str>,
        client_id: Option<&str>,
        claims: &Map<String, Value>,
    ) -> Result<String, InvalidToken> {
        if let Some(user) = user {
            return if user.starts_with(CLIENT_SUBJECT) { Err(InvalidToken::BadClaim) } else { Ok(user.to_owned()) };
        }
        let client_id = required(client_id)?;
        if OF_USERS.iter().any(|name| claims.contains_key(*name)) {
            return Err(InvalidToken::MissingClaim);
        }
        if self.allowed {
            return Ok(format!("{CLIENT_SUBJECT}{client_id}"));
        }
        if self.throttle.allow() {
            tracing::warn!(
                "an access token without `sub` was rejected: to accept tokens of clients that act without a user, use {} or {:#}=true",
                Setting::AllowClientTokens,
                Setting::AllowClientTokens,
            );
        }
        Err(InvalidToken::MissingClaim)
    }
}
