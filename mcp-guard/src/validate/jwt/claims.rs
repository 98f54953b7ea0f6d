//! Validation of the claims of an access token (RFC 9068 sections 2.2 and 4).

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::grants::Grants;
use super::header::Header;
use crate::scope::{Scope, ScopeSet, is_standard};
use crate::token::{BearerToken, InvalidToken, TokenParts};
use crate::validate::claim::{ClaimMap, audience, date, expiration, remove_null, required, scopes, text};
use crate::validate::{ClientTokens, binding, token_type};

/// The format of an issuer's access tokens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenProfile {
    /// Strict RFC 9068: `typ` is `at+jwt`, and `iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti` are required.
    #[default]
    Rfc9068,
    /// For issuers whose access tokens have the `typ` `JWT` or none, or lack `client_id`, `iat` or `jti`.
    ///
    /// `iss`, `exp`, `aud` and `sub` are still required. Tokens of other types are rejected (RFC 8725 sections 3.11 and
    /// 3.12). Those have a `nonce`, a hash of another token, logout `events`, or a claim that names another type. A
    /// token without a `client_id` and without a scope claim is also rejected.
    Jwt,
}

impl TokenProfile {
    /// Checks the `typ` header.
    pub(super) fn check_type(self, header: &Header) -> Result<(), InvalidToken> {
        // RFC 7515 section 4.1.9: case is ignored, and the prefix "application/" may be omitted.
        let is = |names: [&str; 2]| {
            header.token_type().is_some_and(|typ| names.iter().any(|name| typ.eq_ignore_ascii_case(name)))
        };
        let is_plain = || header.token_type().is_none() || is(["jwt", "application/jwt"]);
        if is(["at+jwt", "application/at+jwt"]) || self == Self::Jwt && is_plain() {
            Ok(())
        } else {
            Err(InvalidToken::Type)
        }
    }
}

/// The required claims of an issuer's tokens.
#[derive(Clone, Debug)]
pub(crate) struct ClaimRules {
    pub(crate) issuer: String,
    /// Other accepted values of `iss`.
    pub(crate) aliases: Vec<String>,
    pub(crate) audiences: Vec<String>,
    /// The clients whose tokens may omit `aud`.
    pub(crate) clients_without_audience: Vec<String>,
    /// The tolerance for clock differences, in seconds.
    pub(crate) leeway: u64,
    /// The maximum age of a token, in seconds.
    pub(crate) max_age: Option<u64>,
    pub(crate) profile: TokenProfile,
    /// The claims that may list the scopes. The first one present is used.
    pub(crate) scope_claims: Vec<String>,
    /// The prefix of the scopes of this server in tokens, if the issuer adds one.
    pub(crate) scope_prefix: Option<String>,
    /// The only clients whose tokens are accepted. Empty allows all.
    pub(crate) allowed_clients: Vec<String>,
    /// The claims that may name the subject. The first one present is used.
    pub(crate) subject_claims: Vec<String>,
    /// The claims that may name the client. The first one present is used.
    pub(crate) client_claims: Vec<String>,
    /// The policy for tokens without a user.
    pub(crate) client_tokens: ClientTokens,
    /// Claims that identify access tokens: every access token has at least one of them, and other tokens have none.
    /// `None` uses the scope claims and the client claims.
    pub(crate) access_token_claims: Option<Vec<String>>,
    /// Claims of the other tokens that the issuer signs.
    pub(crate) foreign_claims: Vec<String>,
    /// Required claims, with their value or with any value.
    pub(crate) required: Vec<(String, Option<String>)>,
    /// The functions that derive scopes from other claims.
    pub(crate) grants: Grants,
}

impl ClaimRules {
    /// Returns the accepted values of `iss`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.issuer).chain(&self.aliases)
    }

    pub(super) const fn profile(&self) -> TokenProfile {
        self.profile
    }

    /// Validates the claims of `token`. `now` is in seconds since the epoch.
    pub(super) fn check(&self, claims: ClaimMap, token: &BearerToken, now: u64) -> Result<TokenParts, InvalidToken> {
        let ClaimMap(mut claims) = claims;
        remove_null(&mut claims);
        token_type::check(&claims)?;
        binding::check(&claims, token.possession())?;
        let issuer = required(text(&claims, "iss")?)?;
        if issuer != self.issuer && !self.aliases.iter().any(|alias| issuer == alias) {
            return Err(InvalidToken::Issuer);
        }
        let client_id = first(&self.client_claims, &claims)?;
        let audience = self.audience(&claims, client_id)?;
        let issued_at = date(&claims, "iat")?;
        let expires = required(date(&claims, "exp")?)?;
        let expires = required(expiration(Some(expires), issued_at, self.max_age)?)?;
        if now >= expires.saturating_add(self.leeway) {
            return Err(InvalidToken::Expired);
        }
        let latest = now.saturating_add(self.leeway);
        for start in [date(&claims, "nbf")?, issued_at] {
            if start.is_some_and(|start| start > latest) {
                return Err(InvalidToken::NotYetValid);
            }
        }
        let user = match (text(&claims, "sub")?, first(&self.subject_claims, &claims)?) {
            (None, None) => None,
            (sub, subject) => {
                required(sub)?;
                Some(required(subject)?)
            }
        };
        let subject = self.client_tokens.subject(user, client_id, &claims)?;
        let token_id = text(&claims, "jti")?;
        match self.profile {
            TokenProfile::Rfc9068 => {
                required(client_id)?;
                required(issued_at)?;
                required(token_id)?;
            }
            TokenProfile::Jwt => self.check_access_token(&claims)?,
        }
        let is_allowed = |client| self.allowed_clients.iter().any(|allowed| allowed == client);
        if !self.allowed_clients.is_empty() && !client_id.is_some_and(is_allowed) {
            return Err(InvalidToken::Client);
        }
        if self.foreign_claims.iter().any(|name| claims.contains_key(name)) {
            return Err(InvalidToken::Type);
        }
        for (name, value) in &self.required {
            let found = required(text(&claims, name)?)?;
            if value.as_ref().is_some_and(|value| value != found) {
                return Err(InvalidToken::UnexpectedClaim);
            }
        }
        let scopes = self.grants.add_to(self.scopes(&claims)?, &claims);
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

    fn audience(&self, claims: &Map<String, Value>, client_id: Option<&str>) -> Result<Vec<String>, InvalidToken> {
        if !claims.contains_key("aud") {
            let known = client_id.is_some_and(|id| self.clients_without_audience.iter().any(|client| client == id));
            return if known { Ok(Vec::new()) } else { Err(InvalidToken::Audience) };
        }
        let audience = audience(claims)?;
        let is_intended = audience.iter().any(|member| self.audiences.contains(member));
        if is_intended { Ok(audience) } else { Err(InvalidToken::Audience) }
    }

    /// Rejects tokens of other types (RFC 8725 sections 3.11 and 3.12).
    fn check_access_token(&self, claims: &Map<String, Value>) -> Result<(), InvalidToken> {
        token_type::reject_foreign_claims(claims)?;
        let is_access_token = match &self.access_token_claims {
            Some(names) => names.iter().any(|name| claims.contains_key(name)),
            // ID tokens also have `azp`, so it does not identify an access token.
            None => {
                let names = self.scope_claims.iter().chain(&self.client_claims).filter(|name| *name != "azp");
                names.into_iter().any(|name| claims.contains_key(name))
            }
        };
        if claims.contains_key("nonce") || !is_access_token { Err(InvalidToken::Type) } else { Ok(()) }
    }

    fn scopes(&self, claims: &Map<String, Value>) -> Result<ScopeSet, InvalidToken> {
        let scopes = scopes(self.scope_claims.iter().find_map(|name| claims.get(name)))?;
        let Some(prefix) = &self.scope_prefix else { return Ok(scopes) };
        let own = |scope: &Scope| match scope.as_str().strip_prefix(prefix) {
            Some(short) => short.parse().ok(),
            // A scope without the prefix belongs to another API, unless it is a standard scope.
            None => is_standard(scope).then(|| scope.clone()),
        };
        Ok(scopes.iter().filter_map(own).collect())
    }
}

/// Returns the first of these claims that is present.
fn first<'c>(names: &[String], claims: &'c Map<String, Value>) -> Result<Option<&'c str>, InvalidToken> {
    names.iter().find_map(|name| text(claims, name).transpose()).transpose()
}
