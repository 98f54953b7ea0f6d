//! Validation of introspection responses (RFC 7662 sections 2.2 and 4).

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::token::{BearerToken, InvalidToken, TokenParts};
use crate::validate::claim::{audience, date, expiration, required, scopes, text};
use crate::validate::jwt::grants::Grants;
use crate::validate::{ClientTokens, binding, token_type};

/// The required values of an introspection response.
#[derive(Clone, Debug)]
pub(crate) struct AnswerRules {
    pub(crate) issuer: String,
    pub(crate) audiences: Vec<String>,
    /// Whether a token without audience is accepted.
    pub(crate) accepts_missing_audience: bool,
    /// The policy for tokens without a user.
    pub(crate) client_tokens: ClientTokens,
    /// The only clients whose tokens are accepted. Empty allows all.
    pub(crate) clients: Vec<String>,
    /// Whether a token must be a JWT.
    pub(crate) only_jwts: bool,
    /// The accepted values of `azp`. Empty allows all.
    pub(crate) parties: Vec<String>,
    /// Whether `exp` is required.
    pub(crate) must_expire: bool,
    /// The tolerance for clock differences, in seconds.
    pub(crate) leeway: u64,
    /// The maximum age of a token, in seconds.
    pub(crate) max_age: Option<u64>,
    pub(crate) scope_claims: Vec<String>,
    pub(crate) grants: Grants,
}

impl AnswerRules {
    /// Creates the rules that apply to every authorization server. The settings of the issuer add the others.
    pub(crate) fn new(issuer: String, audiences: Vec<String>) -> Self {
        Self {
            issuer,
            audiences,
            accepts_missing_audience: false,
            client_tokens: ClientTokens::new(false),
            clients: Vec::new(),
            only_jwts: false,
            parties: Vec::new(),
            must_expire: false,
            leeway: 0,
            max_age: None,
            scope_claims: vec!["scope".to_owned()],
            grants: Grants::default(),
        }
    }

    /// Validates the response for `token`. `now` is in seconds since the epoch.
    pub(super) fn check(
        &self,
        claims: &Map<String, Value>,
        token: &BearerToken,
        now: u64,
    ) -> Result<TokenParts, InvalidToken> {
        binding::check(claims, token.possession())?;
        check_type(claims)?;
        if text(claims, "iss")?.is_some_and(|issuer| issuer != self.issuer) {
            return Err(InvalidToken::Issuer);
        }
        // RFC 7662 section 4: the audience must include this server.
        let audience = match claims.get("aud") {
            None if self.accepts_missing_audience => Vec::new(),
            _ => audience(claims)?,
        };
        let is_missing = audience.is_empty() && self.accepts_missing_audience;
        if !is_missing && !audience.iter().any(|member| self.audiences.contains(member)) {
            return Err(InvalidToken::Audience);
        }
        let party = text(claims, "azp")?;
        if !self.parties.is_empty() && party.is_some_and(|party| !self.parties.iter().any(|known| known == party)) {
            return Err(InvalidToken::Audience);
        }
        let issued_at = date(claims, "iat")?;
        let expires = date(claims, "exp")?;
        if self.must_expire {
            required(expires)?;
        }
        let expires = expiration(expires, issued_at, self.max_age)?;
        if expires.is_some_and(|expires| now >= expires.saturating_add(self.leeway)) {
            return Err(InvalidToken::Expired);
        }
        let latest = now.saturating_add(self.leeway);
        for start in [date(claims, "nbf")?, issued_at] {
            if start.is_some_and(|start| start > latest) {
                return Err(InvalidToken::NotYetValid);
            }
        }
        let client_id = text(claims, "client_id")?.or(party);
        let is_allowed = |client| self.clients.iter().any(|allowed| allowed == client);
        if !self.clients.is_empty() && !client_id.is_some_and(is_allowed) {
            return Err(InvalidToken::Client);
        }
        let subject = self.client_tokens.subject(text(claims, "sub")?, client_id, claims)?;
        let scopes = self.grants.add_to(scopes(self.scope_claims.iter().find_map(|name| claims.get(name)))?, claims);
        Ok(TokenParts {
            subject,
            client_id: client_id.map(str::to_owned),
            issuer: self.issuer.clone(),
            audience,
            scopes,
            expires_at: expires.map(|expires| UNIX_EPOCH + Duration::from_secs(expires)),
            // A response that repeats the token must not reveal it to the tools.
            claims: claims.iter().filter(|(_, value)| !repeats(value, token.expose())).map(owned).collect(),
        })
    }
}

/// Rejects other token types. `token_type_hint` is only a hint, and refresh tokens are also active (RFC 7662 section
/// 2.1).
fn check_type(claims: &Map<String, Value>) -> Result<(), InvalidToken> {
    token_type::check(claims)?;
    token_type::reject_foreign_claims(claims)?;
    // An ID token has a nonce, and neither a scope nor a client id.
    let has_client_claims = ["scope", "client_id"].iter().any(|name| claims.contains_key(*name));
    // RFC 9449 section 6.2: a DPoP token is bound, and `cnf` names its key.
    let is_dpop = text(claims, "token_type")?.is_some_and(|kind| kind.eq_ignore_ascii_case("DPoP"));
    let is_bound = claims.get("cnf").is_some_and(|confirmation| confirmation.get("jkt").is_some());
    if claims.contains_key("nonce") && !has_client_claims || is_dpop && !is_bound {
        return Err(InvalidToken::Type);
    }
    Ok(())
}

/// Returns whether a value contains the token at any depth.
fn repeats(value: &Value, token: &str) -> bool {
    match value {
        Value::String(text) => text.contains(token),
        Value::Array(list) => list.iter().any(|value| repeats(value, token)),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains(token) || repeats(value, token)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}
