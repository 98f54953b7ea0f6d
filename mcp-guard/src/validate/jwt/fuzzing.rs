//! Entry points for the fuzz targets: a validator with given keys, and its claim rules.

use std::fmt;

use futures::FutureExt as _;

use super::{JwtValidator, TokenProfile};
use crate::issuer::Issuer;
use crate::scope::ScopeSet;
use crate::token::{BearerToken, ValidatedToken};
use crate::validate::TokenValidator as _;
use crate::validate::claim::ClaimMap;

/// A validator for the tokens of one issuer that needs no network.
pub struct Tokens(JwtValidator);

impl Tokens {
    /// Creates a validator for tokens that are signed with the keys of this JWKS.
    #[must_use]
    pub fn new(jwks: &str, issuer: &str, audience: &str, profile: TokenProfile) -> Self {
        let issuer = Issuer::jwt(issuer).token_profile(profile).jwks(jwks).cached_tokens(0);
        Self(issuer.connect(audience).now_or_never().expect("no fetch is pending").expect("a JWKS"))
    }

    /// Returns the validated token, or `None` if it is rejected.
    #[must_use]
    pub fn validate(&self, token: &str) -> Option<ValidatedToken> {
        self.0.validate(&BearerToken::new(token)).now_or_never().expect("no fetch is pending").ok()
    }

    /// Returns the scopes that this payload grants at time `now`, or `None` if the claims are rejected.
    #[must_use]
    pub fn scopes(&self, payload: &str, now: u64) -> Option<ScopeSet> {
        let claims = ClaimMap::parse(payload).ok()?;
        self.0.rules.check(claims, &BearerToken::new(""), now).ok().map(|parts| parts.scopes)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}
