//! Tokens of clients that act without a user (RFC 6749 section 4.4). They may lack `sub`.
//!
//! 1. Such a token is rejected unless the operator allows it. The log names the setting.
//! 2. Its subject is derived from the client id and starts with a reserved prefix. A user whose subject starts with
//!    that prefix is rejected, so a client is never confused with a user.
//! 3. A token with a claim that only users have is not accepted as a client token.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::claim::required;
use crate::config::Setting;
use crate::throttle::Throttle;
use crate::token::InvalidToken;

/// The prefix of the subject of a client.
const CLIENT_SUBJECT: &str = "urn:mcp-guard:client:";

/// Claims about a user who signed in (RFC 9068 section 2.2.1, RFC 7662 section 2.2, OpenID Connect Core section 5.1), and
/// those that identity providers use for it.
const USER_CLAIMS: [&str; 17] = [
    "username",
    "preferred_username",
    "user_name",
    "user_id",
    "unique_name",
    "upn",
    "uid",
    "login",
    "given_name",
    "family_name",
    "nickname",
    "email",
    "phone_number",
    "auth_time",
    "acr",
    "amr",
    "sid",
];

/// The policy for tokens without a user.
#[derive(Clone, Debug)]
pub(crate) struct ClientTokens {
    allowed: bool,
    throttle: Arc<Throttle>,
}

impl ClientTokens {
    pub(crate) fn new(allowed: bool) -> Self {
        Self { allowed, throttle: Arc::default() }
    }

    /// Returns the subject of a token with this user and this client.
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
        if USER_CLAIMS.iter().any(|name| claims.contains_key(*name)) {
            return Err(InvalidToken::MissingClaim);
        }
        if self.allowed {
            return Ok(format!("{CLIENT_SUBJECT}{client_id}"));
        }
        if self.throttle.allow() {
            tracing::warn!(
                setting = %Setting::AllowClientTokens,
                variable = format_args!("{:#}", Setting::AllowClientTokens),
                "access token without `sub` rejected: enable the setting to accept tokens of clients without a user"
            );
        }
        Err(InvalidToken::MissingClaim)
    }
}
