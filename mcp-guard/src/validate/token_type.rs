//! Rejection of tokens of other types. Authorization servers sign and introspect more than access tokens (RFC 8725
//! section 3.11).

use serde_json::{Map, Value};

use super::claim::text;
use crate::token::InvalidToken;

/// The claims that name a token type, and the values for an access token. `token_type` is defined by RFC 6749 section
/// 5.1. Hydra and Cognito use `token_use`, Keycloak uses `typ`.
const ACCESS_TOKEN_TYPES: [(&str, &[&str]); 3] = [
    ("token_type", &["Bearer", "DPoP", "access_token", "at+jwt"]),
    ("token_use", &["access", "access_token"]),
    ("typ", &["Bearer", "DPoP", "JWT", "at+jwt", "application/at+jwt"]),
];

/// Claims of ID tokens and logout tokens (OpenID Connect Core sections 3.1.3.6 and 3.3.2.11, Back-Channel Logout
/// section 2.4).
const FOREIGN_CLAIMS: [&str; 4] = ["at_hash", "c_hash", "s_hash", "events"];

/// Rejects claims that name another token type.
pub(super) fn check(claims: &Map<String, Value>) -> Result<(), InvalidToken> {
    for (name, kinds) in ACCESS_TOKEN_TYPES {
        if text(claims, name)?.is_some_and(|kind| !kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))) {
            return Err(InvalidToken::Type);
        }
    }
    Ok(())
}

/// Rejects claims that only other token types have.
pub(super) fn reject_foreign_claims(claims: &Map<String, Value>) -> Result<(), InvalidToken> {
    if FOREIGN_CLAIMS.iter().any(|name| claims.contains_key(*name)) { Err(InvalidToken::Type) } else { Ok(()) }
}
