//! What kind of token claims are about. Authorization servers sign and introspect more than access tokens (RFC 8725 section 3.11).

use serde_json::{Map, Value};

use super::claim::text;
use crate::token::InvalidToken;

/// Where the kind is told, and what says that it is an access token: `token_type` is that of RFC 6749 section 5.1; Hydra and Cognito write `token_use`,
/// Keycloak `typ`.
const KINDS: [(&str, &[&str]); 3] = [
    ("token_type", &["Bearer", "DPoP", "access_token", "at+jwt"]),
    ("token_use", &["access", "access_token"]),
    ("typ", &["Bearer", "DPoP", "JWT", "at+jwt", "application/at+jwt"]),
];

/// Claims of ID tokens and logout tokens (OpenID Connect Core sections 3.1.3.6 and 3.3.2.11, Back-Channel Logout section 2.4).
const OF_OTHERS: [&str; 4] = ["at_hash", "c_hash", "s_hash", "events"];

/// Refuses claims that say that they are about another kind of token.
pub(super) fn check(claims: &Map<String, Value>) -> Result<(), InvalidToken> {
    for (name, kinds) in KINDS {
        if text(claims, name)?.is_some_and(|kind| !kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))) {
            return Err(InvalidToken::Type);
        }
    }
    Ok(())
}

/// Refuses claims that only other tokens have.
pub(super) fn check_claims(claims: &Map<String, Value>) -> Result<(), InvalidToken> {
    if OF_OTHERS.iter().any(|name| claims.contains_key(*name)) { Err(InvalidToken::Type) } else { Ok(()) }
}
