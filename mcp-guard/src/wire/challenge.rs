//! The `WWW-Authenticate` header (RFC 6750 section 3, RFC 9728 section 5.1, RFC 9449 section 7.1).
//!
//! The form is compatible with the parsers of all known clients: one header with `Bearer` first, quoted values and
//! commas between them. `error` and `scope` come before `resource_metadata`, and the description is last and never
//! resembles a parameter. Where bound tokens are also accepted, `DPoP` follows, but only in a `401`: a `403` to a
//! bearer token concerns its scopes.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use crate::config::{ConfigError, Setting};
use crate::scope::{ScopeSet, ScopeSpelling};

/// Creates the challenges of one resource.
#[derive(Clone, Debug)]
pub struct Challenger {
    resource: Arc<Resource>,
    schemes: Schemes,
}

/// The resource of a challenger, shared because each request clones its challenger.
#[derive(Clone, Debug)]
struct Resource {
    metadata: Arc<str>,
    /// The same without the characters that a quoted value cannot contain.
    quotable_metadata: String,
    spelling: ScopeSpelling,
}

/// The accepted schemes, with the names of the algorithms for DPoP proofs.
#[derive(Clone, Debug)]
enum Schemes {
    Bearer,
    Either(Arc<str>),
    Dpop(Arc<str>),
}

/// An error code of RFC 6750 section 3.1 or RFC 9449 section 12.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ChallengeError {
    /// The request is malformed: `400`.
    InvalidRequest,
    /// The token is invalid: `401`.
    InvalidToken,
    /// The token lacks required scopes: `403`.
    InsufficientScope,
    /// The DPoP proof is missing or invalid: `401`.
    InvalidDpopProof,
    /// The DPoP proof must contain the nonce of the response: `401`.
    UseDpopNonce,
}

impl ChallengeError {
    /// Returns the error code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
        }
    }

    /// Returns the `error_description`. It is the same for every reason, so that a response does not reveal which rule
    /// a forged token violates.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::InvalidRequest => "Exactly one Authorization header with one access token is required",
            Self::InvalidToken => "The access token has expired or is not valid for this server",
            Self::InsufficientScope => "The access token lacks a required scope",
            Self::InvalidDpopProof => "The DPoP proof is missing or not valid for this request",
            Self::UseDpopNonce => "The DPoP proof must contain the nonce from this response",
        }
    }
}

impl Challenger {
    /// Creates challenges with the absolute URL of the protected resource metadata.
    #[must_use]
    pub fn new(resource_metadata: impl Into<Arc<str>>) -> Self {
        let metadata = resource_metadata.into();
        // These values cannot be escaped (RFC 6750 section 3), so invalid characters are omitted.
        let is_quotable = |c: &char| matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E');
        let quotable_metadata = metadata.chars().filter(is_quotable).collect();
        let resource = Resource { metadata, quotable_metadata, spelling: ScopeSpelling::default() };
        Self { resource: Arc::new(resource), schemes: Schemes::Bearer }
    }

    /// Adds a prefix to the scopes in challenges, for authorization servers that use longer scope names. The scopes of
    /// OpenID Connect are not changed.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if no scope can start with this text.
    pub fn scope_prefix(self, prefix: &str) -> Result<Self, ConfigError> {
        let spelling = ScopeSpelling::with_prefix(prefix)
            .map_err(|expected| ConfigError::invalid(Setting::ChallengerScopePrefix, prefix, expected))?;
        Ok(self.with_spelling(spelling))
    }

    pub(crate) fn with_spelling(mut self, spelling: ScopeSpelling) -> Self {
        Arc::make_mut(&mut self.resource).spelling = spelling;
        self
    }

    /// Returns the URL of the protected resource metadata.
    pub(crate) fn metadata(&self) -> Arc<str> {
        Arc::clone(&self.resource.metadata)
    }

    /// Returns the scopes in the spelling of the authorization server.
    pub(crate) fn spell<'s>(&self, scopes: &'s ScopeSet) -> Cow<'s, ScopeSet> {
        self.resource.spelling.spell(scopes)
    }

    /// Accepts DPoP-bound tokens, and no others if `required` is set.
    pub(crate) fn with_dpop(self, algorithms: impl IntoIterator<Item = &'static str>, required: bool) -> Self {
        let algorithms = algorithms.into_iter().collect::<Vec<_>>().join(" ").into();
        Self { schemes: if required { Schemes::Dpop(algorithms) } else { Schemes::Either(algorithms) }, ..self }
    }

    /// Returns the challenger for a client that uses DPoP.
    pub(crate) fn for_dpop(&self) -> Self {
        let schemes = match &self.schemes {
            Schemes::Bearer => Schemes::Bearer,
            Schemes::Either(algorithms) | Schemes::Dpop(algorithms) => Schemes::Dpop(Arc::clone(algorithms)),
        };
        Self { schemes, ..self.clone() }
    }

    /// Returns a challenge. It has no `error` if no credentials were presented (RFC 6750 section 3.1), and no `scope`
    /// if none is required.
    #[must_use]
    pub fn challenge(&self, error: Option<ChallengeError>, needed: &ScopeSet) -> HeaderValue {
        self.challenge_for(error, &self.spell(needed).joined())
    }

    /// Returns a challenge for a `scope` parameter, in the spelling of the authorization server.
    pub(super) fn challenge_for(&self, error: Option<ChallengeError>, scope: &str) -> HeaderValue {
        let mut header = String::with_capacity(256 + scope.len());
        header.push_str(if matches!(self.schemes, Schemes::Dpop(_)) { "DPoP " } else { "Bearer " });
        let mut push = |parts: &[&str]| parts.iter().for_each(|part| header.push_str(part));
        if let Some(error) = error {
            push(&["error=\"", error.code(), "\", "]);
        }
        if !scope.is_empty() {
            push(&["scope=\"", scope, "\", "]);
        }
        push(&["resource_metadata=\"", &self.resource.quotable_metadata, "\""]);
        if let Schemes::Dpop(algorithms) = &self.schemes {
            push(&[", algs=\"", algorithms, "\""]);
        }
        if let Some(error) = error {
            push(&[", error_description=\"", error.description(), "\""]);
        }
        if let (Schemes::Either(algorithms), None | Some(ChallengeError::InvalidToken)) = (&self.schemes, error) {
            push(&[", DPoP algs=\"", algorithms, "\""]);
        }
        HeaderValue::from_maybe_shared(Bytes::from(header)).expect("only printable ASCII was written")
    }

    /// Returns the absolute URL of the protected resource metadata.
    #[must_use]
    pub fn resource_metadata(&self) -> &str {
        &self.resource.metadata
    }
}

#[cfg(test)]
mod tests;
