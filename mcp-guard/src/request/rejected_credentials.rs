//! Credentials that the authentication layer rejected.

use std::sync::Arc;

use axum::response::Response;
use http::HeaderValue;

use crate::policy::Policy;
use crate::scope::ScopeSet;
use crate::wire::answer::RequestId;
use crate::wire::{ChallengeError, Challenger};

/// The credentials that the authentication layer rejected. Stored in the extensions of the request.
///
/// In front of a gate, the layer leaves the response to the gate, which knows the scopes of the operation. The gate
/// never forwards such a request. The inner lock would also reject it, because it has no [`Caller`](super::Caller).
#[derive(Clone, Debug)]
pub(crate) struct RejectedCredentials {
    pub(crate) reason: CredentialsError,
    pub(crate) policy: Arc<Policy>,
    pub(crate) challenger: Challenger,
}

/// The reason for a `401`.
#[derive(Clone, Debug)]
pub(crate) enum CredentialsError {
    /// The request has no access token.
    Missing,
    InvalidToken,
    InvalidProof,
    /// The proof does not contain this nonce.
    MissingNonce(HeaderValue),
}

impl RejectedCredentials {
    /// Returns the 401 for a request outside MCP that requires `needed`.
    pub(crate) fn rest(&self, needed: &ScopeSet) -> Response {
        match &self.reason {
            CredentialsError::Missing => self.challenger.rest(None, needed),
            CredentialsError::InvalidToken => self.challenger.rest(Some(ChallengeError::InvalidToken), needed),
            CredentialsError::InvalidProof => self.challenger.rest(Some(ChallengeError::InvalidDpopProof), needed),
            CredentialsError::MissingNonce(nonce) => self.challenger.rest_nonce(needed, nonce.clone()),
        }
    }

    /// Returns the 401 for the request with this id, whose operation requires `needed`.
    pub(crate) fn challenge(&self, id: &RequestId, needed: &ScopeSet) -> Response {
        match &self.reason {
            CredentialsError::Missing => self.challenger.authenticate(id, needed),
            CredentialsError::InvalidToken => self.challenger.invalid_token(id, needed),
            CredentialsError::InvalidProof => self.challenger.invalid_proof(id, needed),
            CredentialsError::MissingNonce(nonce) => self.challenger.use_nonce(id, needed, nonce.clone()),
        }
    }
}
