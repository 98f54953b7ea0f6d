//! Validated access tokens.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::{InsufficientScope, LateScopes};
use crate::scope::{Scope, ScopeSet};

/// A validated access token.
///
/// An extractor for guarded operations and for axum handlers behind an [`AuthLayer`](crate::layer::AuthLayer). A public
/// operation extracts `Option<ValidatedToken>`. The parameter is not part of a tool's input schema. The value does not
/// contain the raw token, and its `Debug` output is redacted.
#[derive(Clone)]
pub struct ValidatedToken {
    parts: Arc<TokenParts>,
    /// The request of the token, in a guarded operation.
    request: Option<Arc<dyn LateScopes>>,
}

/// The data of an accepted token, as returned by a [`TokenValidator`](crate::TokenValidator).
#[derive(Clone, Default)]
#[expect(clippy::exhaustive_structs, reason = "validators outside of this crate use a struct literal")]
pub struct TokenParts {
    /// The `sub` claim: the user, or the client itself for machine tokens.
    pub subject: String,
    /// The `client_id` claim: the client that the token was issued to.
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

/// The principal of a request: issuer, subject and client.
///
/// `sub` is unique only within an issuer, and the sessions of one person in two clients are separate (RFC 9068 section
/// 5).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Principal<'a> {
    issuer: &'a str,
    subject: &'a str,
    client_id: Option<&'a str>,
}

impl ValidatedToken {
    /// Creates a validated token. Only a [`TokenValidator`](crate::TokenValidator) should call this.
    #[must_use]
    pub fn new(parts: TokenParts) -> Self {
        Self { parts: Arc::new(parts), request: None }
    }

    /// Returns the `sub` claim. It is unique only together with the [`issuer`](Self::issuer).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.parts.subject
    }

    /// Returns the client that the token was issued to (`client_id`).
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.parts.client_id.as_deref()
    }

    /// Returns the authorization server that issued the token (`iss`).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.parts.issuer
    }

    /// Returns the audience of the token (`aud`).
    #[must_use]
    pub fn audience(&self) -> &[String] {
        &self.parts.audience
    }

    /// Returns the scopes of the token. Scopes that the validator [adds](crate::Issuer::grants) are
    /// included, implied scopes are not.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.parts.scopes
    }

    /// Returns whether [`scopes`](Self::scopes) contains this scope. Ignores the scope hierarchy: prefer a requirement
    /// on the operation.
    #[must_use]
    pub fn has_scope(&self, scope: &Scope) -> bool {
        self.parts.scopes.contains(scope)
    }

    /// Returns whether the caller has all of these scopes. In a guarded operation, the hierarchy of the server applies.
    ///
    /// The response is not affected. To reject the request, use [`require`](Self::require).
    #[must_use]
    pub fn holds<S: TryInto<ScopeSet>>(&self, scopes: S) -> bool {
        let Ok(scopes) = scopes.try_into() else { return false };
        match &self.request {
            Some(request) => request.are_granted(&scopes, self.scopes()),
            None => scopes.iter().all(|scope| self.has_scope(scope)),
        }
    }

    /// Requires scopes that only the body of an operation can determine.
    ///
    /// In a guarded operation, the hierarchy of the server applies. If the operation fails after this call failed, the
    /// response is that of a missing requirement: `403` with the full challenge, or a tool error if part of the
    /// response has been sent. The error does not need to be passed on. If the operation can continue without the
    /// scopes, use [`holds`](Self::holds).
    ///
    /// Call it before the operation has side effects. Scopes that depend only on the arguments belong in `scopes_for`.
    ///
    /// Outside of a guarded operation, such as in a unit test, the token must contain the scopes itself.
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
    /// [`InsufficientScope`] if the token lacks one of the scopes, or if `scopes` is empty or invalid.
    pub fn require<S: TryInto<ScopeSet>>(&self, scopes: S) -> Result<(), InsufficientScope> {
        // An empty set is also a mistake, because an empty requirement would allow every caller.
        let scopes = scopes.try_into().ok().filter(|scopes: &ScopeSet| !scopes.is_empty());
        let Some(scopes) = scopes else {
            tracing::error!("`ValidatedToken::require` was called without a valid scope: the request is rejected");
            if let Some(request) = &self.request {
                request.reject_invalid();
            }
            return Err(InsufficientScope::new(ScopeSet::new(), ScopeSet::new()));
        };
        let Some(request) = &self.request else {
            let missing: ScopeSet = scopes.iter().filter(|scope| !self.has_scope(scope)).cloned().collect();
            return if missing.is_empty() { Ok(()) } else { Err(InsufficientScope::new(scopes, missing)) };
        };
        request.require(&scopes, self.scopes())
    }

    /// Returns this token as part of a request, which decides on scopes that are required late.
    pub(crate) fn in_request(&self, request: Arc<dyn LateScopes>) -> Self {
        Self { parts: Arc::clone(&self.parts), request: Some(request) }
    }

    /// Returns the expiry of the token (`exp`), if the validator knows it.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.parts.expires_at
    }

    /// Returns all claims of the token.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.parts.claims
    }

    /// Returns the principal of the request.
    #[must_use]
    pub fn principal(&self) -> Principal<'_> {
        Principal { issuer: self.issuer(), subject: self.subject(), client_id: self.client_id() }
    }
}

opaque_debug!(redacted ValidatedToken);

opaque_debug!(redacted TokenParts);

/// An owned [`Principal`].
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct OwnedPrincipal {
    issuer: String,
    subject: String,
    client_id: Option<String>,
}

impl<'a> Principal<'a> {
    /// Returns the `iss` claim.
    #[must_use]
    pub const fn issuer(&self) -> &'a str {
        self.issuer
    }

    /// Returns the `sub` claim.
    #[must_use]
    pub const fn subject(&self) -> &'a str {
        self.subject
    }

    /// Returns the `client_id` claim.
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

opaque_debug!(redacted OwnedPrincipal);

opaque_debug!(redacted Principal<'a>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::BearerToken;

    #[test]
    fn token_debug_is_redacted() {
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
