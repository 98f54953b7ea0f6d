//! What is known of a caller once their token is validated.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Map;
use serde_json::Value;

use super::InsufficientScope;
use super::LateScopes;
use crate::scope::Scope;
use crate::scope::ScopeSet;

/// An access token that passed every rule of its validator.
///
/// It is an extractor: take it as a parameter in a guarded tool or in an axum handler behind an [`AuthLayer`](crate::AuthLayer).
/// It never shows in a tool's input schema, it does not hold the raw token, and its `Debug` says nothing that came from it.
#[derive(Clone)]
pub struct ValidatedToken {
    parts: Arc<TokenParts>,
    /// The request that it came with, in a guarded operation.
    request: Option<Arc<dyn LateScopes>>,
}

/// What a [`TokenValidator`](crate::TokenValidator) reports of a token that it accepts.
#[derive(Clone, Default)]
#[expect(clippy::exhaustive_structs, reason = "it is built with a struct literal by validators outside of this crate")]
pub struct TokenParts {
    /// The `sub` claim: who the token speaks for. For a machine it equals the client.
    pub subject: String,
    /// The `client_id` claim: which client was granted the token.
    pub client_id: Option<String>,
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim as a list.
    pub audience: Vec<String>,
    /// The granted scopes.
    pub scopes: ScopeSet,
    /// The `exp` claim.
    pub expires_at: Option<SystemTime>,
    /// All claims.
    pub claims: Map<String, Value>,
}

/// Who a request comes from: `sub` alone is unique only within an issuer, and the same person's sessions in two clients are two
/// (RFC 9068 section 5).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Principal<'a> {
    issuer: &'a str,
    subject: &'a str,
    client_id: Option<&'a str>,
}

impl ValidatedToken {
    /// Wraps what a validator found out. Only a [`TokenValidator`](crate::TokenValidator) has a reason to call this.
    #[must_use]
    pub fn new(parts: TokenParts) -> Self {
        Self { parts: Arc::new(parts), request: None }
    }

    /// Who the token speaks for (`sub`). Unique only together with the [`issuer`](Self::issuer).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.parts.subject
    }

    /// The client that was granted the token (`client_id`).
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.parts.client_id.as_deref()
    }

    /// The authorization server that issued the token (`iss`).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.parts.issuer
    }

    /// Whom the token is meant for (`aud`).
    #[must_use]
    pub fn audience(&self) -> &[String] {
        &self.parts.audience
    }

    /// The scopes as the token lists them, with those that its validator [adds](crate::Issuer::grants) and without those that they imply.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.parts.scopes
    }

    /// Whether this is one of the [`scopes`](Self::scopes). A scope hierarchy is not asked: requirements belong beside the tool.
    #[must_use]
    pub fn has_scope(&self, scope: &Scope) -> bool {
        self.parts.scopes.contains(scope)
    }

    /// Whether the caller holds all of these scopes, directly or, in a guarded operation, through broader ones. Nothing follows from the answer: to refuse,
    /// [`require`](Self::require) them.
    #[must_use]
    pub fn holds<S: TryInto<ScopeSet>>(&self, scopes: S) -> bool {
        let Ok(scopes) = scopes.try_into() else { return false };
        match &self.request {
            Some(request) => request.are_granted(&scopes, self.scopes()),
            None => scopes.iter().all(|scope| self.has_scope(scope)),
        }
    }

    /// Asks for scopes that an operation finds out late that it needs: what they depend on is known only in its body.
    ///
    /// In a guarded operation the server's scope hierarchy is asked, too, and an error that is passed on with `?` becomes the answer that a missing
    /// requirement would have got: `403` with the whole challenge where no part of the answer is sent yet, else a tool error that names the scopes. An error of
    /// your own may hold it, if what that says contains what this one says; one that does not is answered as it is.
    /// Whatever the operation did before this call is done: call it first. Scopes that follow from the arguments alone belong into `scopes_for`.
    ///
    /// A token outside of a guarded operation, in a unit test for example, must list the scopes itself.
    ///
    /// ```
    /// use mcp_guard::{InsufficientScope, ValidatedToken};
    ///
    /// fn share(token: &ValidatedToken, with_everyone: bool) -> Result<(), InsufficientScope> {
    ///     if with_everyone {
    ///         token.require("todo:share")?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InsufficientScope`] when the token lacks one of them, and also when `scopes` is empty or cannot be read as scopes.
    pub fn require<S: TryInto<ScopeSet>>(&self, scopes: S) -> Result<(), InsufficientScope> {
        // An empty set is a mistake, too: a requirement that is empty by accident would let everybody pass.
        let scopes = scopes.try_into().ok().filter(|scopes: &ScopeSet| !scopes.is_empty());
        let Some(scopes) = scopes else {
            tracing::error!(
                "`ValidatedToken::require` was called with an invalid scope or without scopes: no caller holds that"
            );
            if let Some(request) = &self.request {
                request.reject_invalid();
            }
            return Err(InsufficientScope::new(ScopeSet::new()));
        };
        let Some(request) = &self.request else {
            let held = scopes.iter().all(|scope| self.has_scope(scope));
            return if held { Ok(()) } else { Err(InsufficientScope::new(scopes)) };
        };
        request.require(&scopes, self.scopes()).map_err(InsufficientScope::new)
    }

    /// Returns this token as part of a request: scopes that are required late are decided there.
    pub(crate) fn in_request(&self, request: Arc<dyn LateScopes>) -> Self {
        Self { parts: Arc::clone(&self.parts), request: Some(request) }
    }

    /// When the token expires (`exp`), if its validator knows.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.parts.expires_at
    }

    /// Every claim of the token.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.parts.claims
    }

    /// Who the request comes from.
    #[must_use]
    pub fn principal(&self) -> Principal<'_> {
        Principal { issuer: self.issuer(), subject: self.subject(), client_id: self.client_id() }
    }
}

impl fmt::Debug for ValidatedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValidatedToken([redacted])")
    }
}

impl fmt::Debug for TokenParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenParts([redacted])")
    }
}

/// A [`Principal`] that is kept.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct OwnedPrincipal {
    issuer: String,
    subject: String,
    client_id: Option<String>,
}

impl<'a> Principal<'a> {
    /// The `iss` claim.
    #[must_use]
    pub const fn issuer(&self) -> &'a str {
        self.issuer
    }

    /// The `sub` claim.
    #[must_use]
    pub const fn subject(&self) -> &'a str {
        self.subject
    }

    /// The `client_id` claim.
    #[must_use]
    pub const fn client_id(&self) -> Option<&'a str> {
        self.client_id
    }
}

impl Principal<'_> {
    /// Copies the principal, to keep it beyond the request.
    pub(crate) fn into_owned(self) -> OwnedPrincipal {
        OwnedPrincipal {
            issuer: self.issuer.to_owned(),
            subject: self.subject.to_owned(),
            client_id: self.client_id.map(str::to_owned),
        }
    }
}

impl fmt::Debug for OwnedPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnedPrincipal([redacted])")
    }
}

impl fmt::Debug for Principal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Principal([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::BearerToken;

    #[test]
    fn debug_shows_nothing_of_the_token() {
        let parts = TokenParts {
            subject: "SECRET".into(),
            client_id: Some("SECRET".into()),
            issuer: "SECRET".into(),
            claims: [("SECRET".to_owned(), Value::from("SECRET"))].into_iter().collect(),
            scopes: "SECRET".parse().unwrap(),
            ..TokenParts::default()
        };
        let token = ValidatedToken::new(parts.clone());
        let printed = format!("{:?} {token:?} {:?} {:?}", parts, token.principal(), BearerToken::new("SECRET"));
        assert!(!printed.contains("SECRET"), "{printed}");
    }
}
