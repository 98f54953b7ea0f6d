//! Parsing of claims, from the payload of a JWT or the response of an introspection endpoint.

use serde::Deserialize;
use serde::de::DeserializeSeed as _;
use serde_json::{Map, Value};

use super::unique::UniqueValue;
use crate::json::Budget;
use crate::scope::ScopeSet;
use crate::token::InvalidToken;

/// The end of the year 9999. A later date is an error of the issuer.
const MAX_DATE: u64 = 253_402_300_799;

/// Token claims without duplicate member names at any depth. They are safe to parse again.
pub(super) struct ClaimMap(pub(super) Map<String, Value>);

impl ClaimMap {
    pub(super) fn parse(payload: &str) -> Result<Self, InvalidToken> {
        serde_json::from_str(payload).map_err(|_| InvalidToken::Malformed)
    }
}

impl<'de> Deserialize<'de> for ClaimMap {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match UniqueValue(&Budget::new()).deserialize(deserializer)? {
            Value::Object(claims) => Ok(Self(claims)),
            _ => Err(serde::de::Error::custom("the claims are not an object")),
        }
    }
}

/// Removes the members that are null: a claim without a value is absent. A `cnf` that is null is kept, so that it is
/// rejected and not treated as unbound.
pub(super) fn remove_null(claims: &mut Map<String, Value>) {
    claims.retain(|name, value| name == "cnf" || !value.is_null());
}

pub(super) fn required<T>(claim: Option<T>) -> Result<T, InvalidToken> {
    claim.ok_or(InvalidToken::MissingClaim)
}

/// Returns a string claim. An empty string is an error.
pub(super) fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Result<Option<&'c str>, InvalidToken> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(InvalidToken::BadClaim),
    }
}

/// Returns a NumericDate claim (RFC 7519 section 2) in whole seconds. It may have a fraction.
pub(super) fn date(claims: &Map<String, Value>, name: &str) -> Result<Option<u64>, InvalidToken> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let seconds = number.as_f64()?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, by the filter")]
            (0.0..=253_402_300_799.0).contains(&seconds).then_some(seconds as u64)
        }),
        _ => None,
    };
    seconds.filter(|seconds| *seconds <= MAX_DATE).map(Some).ok_or(InvalidToken::BadClaim)
}

/// Returns the time when a token expires: its `exp`, or `iat` plus `max_age` if that is earlier. `max_age` requires
/// `iat`.
pub(super) fn expiration(
    expires: Option<u64>,
    issued_at: Option<u64>,
    max_age: Option<u64>,
) -> Result<Option<u64>, InvalidToken> {
    let Some(max_age) = max_age else { return Ok(expires) };
    let max_age_end = required(issued_at)?.saturating_add(max_age).min(MAX_DATE);
    Ok(Some(expires.map_or(max_age_end, |expires| expires.min(max_age_end))))
}

/// Returns `aud`: a string or an array of strings (RFC 7519 section 4.1.3). A token without `aud` is not intended for
/// this server.
pub(super) fn audience(claims: &Map<String, Value>) -> Result<Vec<String>, InvalidToken> {
    match claims.get("aud") {
        None => Err(InvalidToken::Audience),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(many)) => {
            many.iter().map(|member| member.as_str().map(str::to_owned).ok_or(InvalidToken::BadClaim)).collect()
        }
        Some(_) => Err(InvalidToken::BadClaim),
    }
}

/// Returns the scopes of a claim: a space-separated string (RFC 9068 section 2.2.3) or an array. An absent claim grants
/// no scopes.
pub(super) fn scopes(claim: Option<&Value>) -> Result<ScopeSet, InvalidToken> {
    match claim {
        None => Ok(ScopeSet::new()),
        Some(Value::String(text)) => text.parse().map_err(|_| InvalidToken::BadClaim),
        Some(Value::Array(list)) => list
            .iter()
            .map(|scope| scope.as_str().and_then(|scope| scope.parse().ok()).ok_or(InvalidToken::BadClaim))
            .collect(),
        Some(_) => Err(InvalidToken::BadClaim),
    }
}

#[cfg(test)]
mod tests;
