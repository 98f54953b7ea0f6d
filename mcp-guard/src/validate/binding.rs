//! Whether a token that is bound to a key or a certificate (`cnf`, RFC 7800) comes from whoever holds that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Map;
use serde_json::Value;

use crate::token::InvalidToken;
use crate::token::Possession;
use crate::token::Thumbprint;

/// J15: without proof of possession a bound token is a stolen token. What is not understood in `cnf` cannot have been proved.
pub(super) fn check(claims: &Map<String, Value>, possession: &Possession) -> Result<(), InvalidToken> {
    let Some(confirmation) = claims.get("cnf") else {
        // RFC 9449 section 7.1: whoever sends a proof says that the token is bound to its key.
        return if possession.key().is_some() { Err(InvalidToken::NotBound) } else { Ok(()) };
    };
    let methods = confirmation.as_object().filter(|methods| !methods.is_empty());
    let methods = methods.ok_or(InvalidToken::SenderConstrained)?;
    let proved = |(method, value): (&String, &Value)| {
        let held = match method.as_str() {
            "jkt" => possession.key(),
            "x5t#S256" => possession.certificate(),
            _ => None,
        };
        held.is_some() && held == thumbprint(value).as_ref()
    };
    if !methods.iter().all(proved) {
        return Err(InvalidToken::SenderConstrained);
    }
    if possession.key().is_some() && !methods.contains_key("jkt") {
        return Err(InvalidToken::NotBound);
    }
    Ok(())
}

/// A SHA-256 thumbprint (RFC 9449 section 6.1, RFC 8705 section 3.1).
fn thumbprint(value: &Value) -> Option<Thumbprint> {
    URL_SAFE_NO_PAD.decode(value.as_str()?).ok()?.try_into().ok()
}
