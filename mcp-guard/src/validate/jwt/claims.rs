//! The rules for the claims of an access token (RFC 9068 sections 2.2 and 4).

use std::fmt;
use std::time::Duration;
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Value;

use super::grants::Grants;
use super::header::Header;
use crate::scope::ScopeSet;
use crate::token::InvalidToken;
use crate::token::TokenParts;

/// Claims of ID tokens and logout tokens (OpenID Connect Core sections 2 and 3.3.2.11, Back-Channel Logout section 2.4).
const NOT_IN_ACCESS_TOKENS: [&str; 5] = ["nonce", "at_hash", "c_hash", "s_hash", "events"];

/// The end of the year 9999. Nobody issues a token for longer; such a number is a mistake.
const MAX_DATE: u64 = 253_402_300_799;

/// What an issuer's access tokens look like.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenProfile {
    /// RFC 9068 to the letter: `typ` is `at+jwt`, and `iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti` are all there.
    #[default]
    Rfc9068,
    /// For issuers whose access tokens have the `typ` `JWT` or none, and lack `client_id`, `iat` or `jti`. `iss`, `exp`, `aud` and `sub` are still
    /// required, and what looks like another kind of token is still refused: neither a `client_id` nor a scope in it, a `nonce`, a hash of another
    /// token, logout `events`, or a claim `typ` that is not `Bearer` (RFC 8725 sections 3.11 and 3.12).
    Jwt,
}

impl TokenProfile {
    /// J2: the `typ` header.
    pub(super) fn check_type(self, header: &Header) -> Result<(), InvalidToken> {
        let token_type = header.token_type().map(|typ| {
            let typ = typ.to_ascii_lowercase();
            // RFC 7515 section 4.1.9: "application/" may be left out.
            typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
        });
        match (self, token_type.as_deref()) {
            (_, Some("at+jwt")) | (Self::Jwt, None | Some("jwt")) => Ok(()),
            _ => Err(InvalidToken::Type),
        }
    }
}

/// The claims of a token, of which none is repeated.
pub(super) struct ClaimMap(Map<String, Value>);

impl ClaimMap {
    pub(super) fn parse(payload: &str) -> Result<Self, InvalidToken> {
        serde_json::from_str(payload).map_err(|_| InvalidToken::Malformed)
    }
}

impl<'de> Deserialize<'de> for ClaimMap {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Unique;

        impl<'de> Visitor<'de> for Unique {
            type Value = ClaimMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object that repeats no name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ClaimMap, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if claims.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a claim is repeated"));
                    }
                }
                Ok(ClaimMap(claims))
            }
        }

        deserializer.deserialize_map(Unique)
    }
}

/// What the claims of an issuer's tokens must say.
#[derive(Clone, Debug)]
pub(super) struct ClaimRules {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    /// In seconds.
    pub(super) leeway: u64,
    pub(super) profile: TokenProfile,
    /// The claim that lists the scopes.
    pub(super) scope_claim: String,
    /// What other claims add to them.
    pub(super) grants: Grants,
}

impl ClaimRules {
    pub(super) const fn profile(&self) -> TokenProfile {
        self.profile
    }

    /// Checks every rule against the time `now`, in seconds since the epoch.
    pub(super) fn check(&self, claims: ClaimMap, now: u64) -> Result<TokenParts, InvalidToken> {
        let claims = claims.0;
        // J15: without proof of possession a bound token is a stolen token.
        if claims.contains_key("cnf") {
            return Err(InvalidToken::SenderConstrained);
        }
        // J3
        if required(text(&claims, "iss")?)? != self.issuer {
            return Err(InvalidToken::Issuer);
        }
        // J4, T6
        let audience = audience(&claims)?;
        if !audience.iter().any(|member| self.audiences.contains(member)) {
            return Err(InvalidToken::Audience);
        }
        // J5
        let expires = required(date(&claims, "exp")?)?;
        if now >= expires.saturating_add(self.leeway) {
            return Err(InvalidToken::Expired);
        }
        let latest = now.saturating_add(self.leeway);
        let issued_at = date(&claims, "iat")?;
        for start in [date(&claims, "nbf")?, issued_at] {
            if start.is_some_and(|start| start > latest) {
                return Err(InvalidToken::NotYetValid);
            }
        }
        // J6, J2
        let subject = required(text(&claims, "sub")?)?.to_owned();
        let mut client_id = text(&claims, "client_id")?;
        let token_id = text(&claims, "jti")?;
        match self.profile {
            TokenProfile::Rfc9068 => {
                required(client_id)?;
                required(issued_at)?;
                required(token_id)?;
            }
            TokenProfile::Jwt => {
                let is_other_token = NOT_IN_ACCESS_TOKENS.iter().any(|claim| claims.contains_key(*claim))
                    || text(&claims, "typ")?.is_some_and(|typ| !typ.eq_ignore_ascii_case("Bearer"));
                // `azp` does not count: ID tokens have it as well.
                if is_other_token || client_id.is_none() && !claims.contains_key(&self.scope_claim) {
                    return Err(InvalidToken::Type);
                }
                client_id = client_id.or(text(&claims, "azp")?);
            }
        }
        // J9
        let scopes = scopes(claims.get(&self.scope_claim))?.union(&self.grants.of(&claims));
        Ok(TokenParts {
            subject,
            client_id: client_id.map(str::to_owned),
            issuer: self.issuer.clone(),
            audience,
            scopes,
            expires_at: Some(UNIX_EPOCH + Duration::from_secs(expires)),
            claims,
        })
    }
}

fn required<T>(claim: Option<T>) -> Result<T, InvalidToken> {
    claim.ok_or(InvalidToken::MissingClaim)
}

/// A claim that is text. Empty text says nothing, so it is an error and not a value.
fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Result<Option<&'c str>, InvalidToken> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(InvalidToken::BadClaim),
    }
}

/// A NumericDate (RFC 7519 section 2), which may have a fraction.
fn date(claims: &Map<String, Value>, name: &str) -> Result<Option<u64>, InvalidToken> {
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

/// `aud`: one text or a list of texts (RFC 7519 section 4.1.3). Without it a token is meant for anybody, which is to say not for this server.
fn audience(claims: &Map<String, Value>) -> Result<Vec<String>, InvalidToken> {
    match claims.get("aud") {
        None => Err(InvalidToken::Audience),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(many)) => {
            many.iter().map(|member| member.as_str().map(str::to_owned).ok_or(InvalidToken::BadClaim)).collect()
        }
        Some(_) => Err(InvalidToken::BadClaim),
    }
}

/// The scopes of a claim that is a text with spaces (RFC 9068 section 2.2.3) or a list. Of no claim: none.
fn scopes(claim: Option<&Value>) -> Result<ScopeSet, InvalidToken> {
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
