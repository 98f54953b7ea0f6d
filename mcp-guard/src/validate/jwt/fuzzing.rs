//! For the fuzz targets: a validator whose keys are given, and its claim rules alone.

use std::fmt;

use futures::FutureExt as _;

use super::*;
use crate::issuer::Issuer;
use crate::scope::ScopeSet;
use crate::validate::claim::ClaimMap;

/// Validates the tokens of one issuer, without a network.
pub struct Tokens(JwtValidator);

impl Tokens {
    /// A validator for the tokens that the keys in this JWKS sign.
    #[must_use]
    pub fn new(jwks: &str, issuer: &str, audience: &str, profile: TokenProfile) -> Self {
        let issuer = Issuer::jwt(issuer).token_profile(profile).jwks(jwks).cached_tokens(0);
        Self(issuer.connect(audience).now_or_never().expect("nothing is fetched").expect("a JWKS"))
    }

    /// The token, where it is accepted.
    #[must_use]
    pub fn validate(&self, token: &str) -> Option<ValidatedToken> {
        self.0.validate(&BearerToken::new(token)).now_or_never().expect("nothing to wait for").ok()
    }

    /// The scopes that this payload grants at this time, where the claim rules accept it.
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
