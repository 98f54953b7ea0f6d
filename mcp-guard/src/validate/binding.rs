//! Proof of possession for tokens that are bound to a key or a certificate (`cnf`, RFC 7800).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::token::{InvalidToken, Possession, Thumbprint};

/// Requires proof of possession for every confirmation method in `cnf`. A bound token without a proof may be stolen.
/// Unknown confirmation methods cannot be proven, so they are rejected.
pub(super) fn check(claims: &Map<String, Value>, possession: &Possession) -> Result<(), InvalidToken> {
    let Some(confirmation) = claims.get("cnf") else {
        // RFC 9449 section 7.1: a proof requires a token that is bound to its key.
        return if possession.key().is_some() { Err(InvalidToken::NotBound) } else { Ok(()) };
    };
    let methods = confirmation.as_object().filter(|methods| !methods.is_empty());
    let methods = methods.ok_or(InvalidToken::SenderConstrained)?;
    let is_proved = |(method, value): (&String, &Value)| {
        let proved = match method.as_str() {
            "jkt" => possession.key(),
            "x5t#S256" => possession.certificate(),
            _ => None,
        };
        proved.is_some() && proved == thumbprint(value).as_ref()
    };
    if !methods.iter().all(is_proved) {
        return Err(InvalidToken::SenderConstrained);
    }
    if possession.key().is_some() && !methods.contains_key("jkt") {
        return Err(InvalidToken::NotBound);
    }
    Ok(())
}

/// Decodes a SHA-256 thumbprint (RFC 9449 section 6.1, RFC 8705 section 3.1).
fn thumbprint(value: &Value) -> Option<Thumbprint> {
    URL_SAFE_NO_PAD.decode(value.as_str()?).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
