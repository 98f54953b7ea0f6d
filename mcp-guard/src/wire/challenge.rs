//! The `WWW-Authenticate` header (RFC 6750 section 3, RFC 9728 section 5.1, RFC 9449 section 7.1).
//!
//! The form that every client's parser survives: one header, `Bearer` first, quoted values, commas between them, `error` and `scope` before
//! `resource_metadata`, and the description last, without a word in it that looks like a parameter. Where a bound token would do as well, `DPoP` comes after
//! all that, and only in a `401`: a `403` to a bearer token is about its scopes.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use crate::config::ConfigError;
use crate::config::Setting;
use crate::scope::ScopeSet;
use crate::scope::ScopeSpelling;

/// Writes the challenges of one resource.
#[derive(Clone, Debug)]
pub struct Challenger {
    resource_metadata: Arc<str>,
    spelling: ScopeSpelling,
    schemes: Schemes,
}

/// How tokens are taken. With the names of the algorithms that proofs may be signed with.
#[derive(Clone, Debug)]
enum Schemes {
    Bearer,
    Either(Arc<str>),
    Dpop(Arc<str>),
}

/// An error code of RFC 6750 section 3.1 or RFC 9449 section 12.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BearerError {
    /// The request is malformed: `400`.
    InvalidRequest,
    /// The token is no good: `401`.
    InvalidToken,
    /// The token holds too little scope: `403`.
    InsufficientScope,
    /// The proof of possession is no good: `401`.
    InvalidDpopProof,
    /// The proof of possession needs the nonce that comes with the answer: `401`.
    UseDpopNonce,
}

impl BearerError {
    /// The code.
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

    /// What a person reads. The same for every cause, so that it tells nobody which rule a forged token broke.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::InvalidRequest => "Send one Authorization header with one access token",
            Self::InvalidToken => "The access token has expired or is not valid for this server",
            Self::InsufficientScope => "The access token does not hold every scope that this operation needs",
            Self::InvalidDpopProof => "The DPoP header does not prove for this request that its sender holds the key",
            Self::UseDpopNonce => "The DPoP proof needs the nonce that comes with this answer",
        }
    }
}

impl Challenger {
    /// Challenges that point to the protected resource metadata at this absolute URL.
    #[must_use]
    pub fn new(resource_metadata: impl Into<Arc<str>>) -> Self {
        Self {
            resource_metadata: resource_metadata.into(),
            spelling: ScopeSpelling::default(),
            schemes: Schemes::Bearer,
        }
    }

    /// Names scopes with this text in front, where the authorization server knows them so: clients ask for what a challenge says. Those of OpenID Connect
    /// stay what they are.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when no scope can begin with this text.
    pub fn scope_prefix(mut self, prefix: &str) -> Result<Self, ConfigError> {
        self.spelling = ScopeSpelling::with_prefix(prefix)
            .map_err(|expected| ConfigError::invalid(Setting::ChallengerScopePrefix, prefix, expected))?;
        Ok(self)
    }

    pub(crate) fn with_spelling(mut self, spelling: ScopeSpelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// These scopes as a client must ask for them.
    pub(crate) fn spell<'s>(&self, scopes: &'s ScopeSet) -> Cow<'s, ScopeSet> {
        self.spelling.spell(scopes)
    }

    /// The same for a resource that takes bound tokens, and no others if that is required.
    pub(crate) fn with_dpop(self, algorithms: impl IntoIterator<Item = &'static str>, required: bool) -> Self {
        let algorithms = algorithms.into_iter().collect::<Vec<_>>().join(" ").into();
        Self { schemes: if required { Schemes::Dpop(algorithms) } else { Schemes::Either(algorithms) }, ..self }
    }

    /// The same for a caller who came with a bound token.
    pub(crate) fn for_dpop(&self) -> Self {
        let schemes = match &self.schemes {
            Schemes::Bearer => Schemes::Bearer,
            Schemes::Either(algorithms) | Schemes::Dpop(algorithms) => Schemes::Dpop(Arc::clone(algorithms)),
        };
        Self { schemes, ..self.clone() }
    }

    /// A challenge. Without an `error` when no credentials were presented (RFC 6750 section 3.1); without a `scope` when none is needed.
    #[must_use]
    pub fn challenge(&self, error: Option<BearerError>, needed: &ScopeSet) -> HeaderValue {
        let mut header = String::with_capacity(256);
        header.push_str(if matches!(self.schemes, Schemes::Dpop(_)) { "DPoP " } else { "Bearer " });
        if let Some(error) = error {
            let _ = write!(header, "error=\"{}\", ", error.code());
        }
        if !needed.is_empty() {
            let _ = write!(header, "scope=\"{}\", ", self.spell(needed));
        }
        header.push_str("resource_metadata=\"");
        // Escaping is not possible in these values (RFC 6750 section 3), so what is not allowed in them is left out.
        header
            .extend(self.resource_metadata.chars().filter(|c| matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')));
        header.push('"');
        if let Schemes::Dpop(algorithms) = &self.schemes {
            let _ = write!(header, ", algs=\"{algorithms}\"");
        }
        if let Some(error) = error {
            let _ = write!(header, ", error_description=\"{}\"", error.description());
        }
        if let (Schemes::Either(algorithms), None | Some(BearerError::InvalidToken)) = (&self.schemes, error) {
            let _ = write!(header, ", DPoP algs=\"{algorithms}\"");
        }
        HeaderValue::from_maybe_shared(Bytes::from(header)).expect("only printable ASCII was written")
    }

    /// The absolute URL of the protected resource metadata.
    #[must_use]
    pub fn resource_metadata(&self) -> &str {
        &self.resource_metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = "https://h/.well-known/oauth-protected-resource/mcp";

    fn challenge(error: Option<BearerError>, needed: &str) -> String {
        let header = Challenger::new(METADATA).challenge(error, &needed.parse().unwrap());
        header.to_str().unwrap().to_owned()
    }

    #[test]
    fn the_shapes_are_those_that_clients_read() {
        for (error, needed, expected) in [
            (None, "todo:read", format!(r#"Bearer scope="todo:read", resource_metadata="{METADATA}""#)),
            (None, "", format!(r#"Bearer resource_metadata="{METADATA}""#)),
            (
                Some(BearerError::InvalidToken),
                "todo:read",
                format!(
                    r#"Bearer error="invalid_token", scope="todo:read", resource_metadata="{METADATA}", error_description="The access token has expired or is not valid for this server""#
                ),
            ),
            (
                Some(BearerError::InsufficientScope),
                "todo:write todo:read",
                format!(
                    r#"Bearer error="insufficient_scope", scope="todo:read todo:write", resource_metadata="{METADATA}", error_description="The access token does not hold every scope that this operation needs""#
                ),
            ),
        ] {
            assert_eq!(challenge(error, needed), expected);
        }
    }

    #[test]
    fn scopes_are_spelt_as_clients_must_ask_for_them() {
        let challenger = Challenger::new(METADATA).scope_prefix("api://todo/").unwrap();
        let header = challenger.challenge(None, &"todo:read openid".parse().unwrap());
        let expected = format!(r#"Bearer scope="api://todo/todo:read openid", resource_metadata="{METADATA}""#);
        assert_eq!(header.to_str().unwrap(), expected);
        assert!(Challenger::new(METADATA).scope_prefix("a\", error=\"x").is_err());
    }

    #[test]
    fn bound_tokens_are_asked_for_after_bearer_tokens_or_instead_of_them() {
        let bearer = Challenger::new(METADATA);
        let either = bearer.clone().with_dpop(["ES256", "EdDSA"], false);
        let required = bearer.clone().with_dpop(["ES256", "EdDSA"], true);
        let (no_error, invalid, scope) = (None, Some(BearerError::InvalidToken), Some(BearerError::InsufficientScope));
        let metadata = format!("resource_metadata=\"{METADATA}\"");
        let algs = "algs=\"ES256 EdDSA\"";
        let description = |error: BearerError| format!("error_description=\"{}\"", error.description());
        for (challenger, error, expected) in [
            (&either, no_error, format!("Bearer scope=\"a\", {metadata}, DPoP {algs}")),
            (
                &either,
                invalid,
                format!(
                    "Bearer error=\"invalid_token\", scope=\"a\", {metadata}, {}, DPoP {algs}",
                    description(BearerError::InvalidToken)
                ),
            ),
            (
                &either,
                scope,
                format!(
                    "Bearer error=\"insufficient_scope\", scope=\"a\", {metadata}, {}",
                    description(BearerError::InsufficientScope)
                ),
            ),
            (&required, no_error, format!("DPoP scope=\"a\", {metadata}, {algs}")),
            (
                &required,
                Some(BearerError::UseDpopNonce),
                format!(
                    "DPoP error=\"use_dpop_nonce\", scope=\"a\", {metadata}, {algs}, {}",
                    description(BearerError::UseDpopNonce)
                ),
            ),
            (
                &either.for_dpop(),
                scope,
                format!(
                    "DPoP error=\"insufficient_scope\", scope=\"a\", {metadata}, {algs}, {}",
                    description(BearerError::InsufficientScope)
                ),
            ),
            (&bearer.for_dpop(), no_error, format!("Bearer scope=\"a\", {metadata}")),
        ] {
            let header = challenger.challenge(error, &"a".parse().unwrap());
            assert_eq!(header.to_str().unwrap(), expected);
        }
    }

    #[test]
    fn no_description_can_be_taken_for_a_parameter() {
        for error in [
            BearerError::InvalidRequest,
            BearerError::InvalidToken,
            BearerError::InsufficientScope,
            BearerError::InvalidDpopProof,
            BearerError::UseDpopNonce,
        ] {
            assert!(
                error.description().chars().all(|c| matches!(c, '\x20' | '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E'))
            );
            assert!(!error.description().contains(['=', ',']));
        }
    }

    #[test]
    fn a_quote_cannot_break_out_of_the_metadata_url() {
        let header = Challenger::new("https://h/\"\r\nX: y\\ü").challenge(None, &ScopeSet::new());
        assert_eq!(header.to_str().unwrap(), r#"Bearer resource_metadata="https://h/X:y""#);
    }
}
