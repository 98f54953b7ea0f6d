//! Validation of the claims of a proof (RFC 9449 section 4.3, rules 3 and 8 to 12).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::InvalidProof;
use super::request_target::Target;
use crate::validate::claim::{date, required, text};

/// The tolerance for a client clock that is ahead, in seconds.
const AHEAD: u64 = 10;

/// The maximum length of `jti`, longer than any usual identifier.
const MAX_ID: usize = 256;

/// The request with the proof.
pub(super) struct Request<'r> {
    pub(super) method: &'r str,
    pub(super) target: Option<Target>,
    /// The access token.
    pub(super) token: &'r str,
    /// The time of the request, in seconds since the epoch.
    pub(super) now: u64,
}

/// Claims that match the request.
pub(super) struct ProofClaims<'c> {
    pub(super) id: &'c str,
    /// The last second of validity.
    pub(super) expires: u64,
    pub(super) nonce: Option<&'c str>,
}

/// Validates every claim except `nonce`. The proof may be `max_age` seconds old.
pub(super) fn check<'c>(
    claims: &'c Map<String, Value>,
    request: &Request<'_>,
    max_age: u64,
) -> Result<ProofClaims<'c>, InvalidProof> {
    let text = |name: &str, error: InvalidProof| required(text(claims, name).unwrap_or_default()).map_err(|_| error);
    let id = text("jti", InvalidProof::Id)?;
    if id.len() > MAX_ID {
        return Err(InvalidProof::Id);
    }
    if text("htm", InvalidProof::Method)? != request.method {
        return Err(InvalidProof::Method);
    }
    let target = Target::parse(text("htu", InvalidProof::Target)?);
    if target.is_none() || target != request.target {
        return Err(InvalidProof::Target);
    }
    let expires = fresh_until(claims, request.now, max_age).ok_or(InvalidProof::Time)?;
    if text("ath", InvalidProof::Token)? != URL_SAFE_NO_PAD.encode(Sha256::digest(request.token)) {
        return Err(InvalidProof::Token);
    }
    Ok(ProofClaims { id, expires, nonce: claims.get("nonce").and_then(Value::as_str) })
}

/// Returns the last second of validity, or `None` if the proof is too old or issued in the future. `exp` and `nbf`
/// apply to every JWT that has them (RFC 7519 sections 4.1.4 and 4.1.5).
fn fresh_until(claims: &Map<String, Value>, now: u64, max_age: u64) -> Option<u64> {
    let latest = now.saturating_add(AHEAD);
    let issued_at = date(claims, "iat").ok()??;
    if issued_at > latest || date(claims, "nbf").ok()?.is_some_and(|start| start > latest) {
        return None;
    }
    // `exp` is the first second after the validity.
    let last = date(claims, "exp").ok()?.map_or(Some(u64::MAX), |end| end.checked_sub(1))?;
    Some(issued_at.saturating_add(max_age).min(last)).filter(|expires| now <= *expires)
}
