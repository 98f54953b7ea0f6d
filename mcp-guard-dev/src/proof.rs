//! DPoP proofs with any claims, valid or invalid (RFC 9449).

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::clock::unix_now;
use crate::encoding::{base64url, random_string};
use crate::key::SigningKey;
use crate::token::TokenBuilder;

/// A builder of signed DPoP proofs.
///
/// By default, it builds a valid proof for one request to a resource server; add
/// [`access_token`](Self::access_token) to complete it. Every header parameter and every claim can be removed or set to
/// any JSON value, so that a test can break exactly one rule.
///
/// ```
/// use mcp_guard_dev::{SigningAlgorithm, SigningKey};
///
/// let issuer = SigningKey::generate(SigningAlgorithm::Rs256);
/// let client = SigningKey::generate(SigningAlgorithm::Es256);
/// let token = issuer.token("https://issuer.example").bound_to(&client).sign();
///
/// let proof = || client.proof("POST", "https://api.example/mcp").access_token(&token);
/// let stale = proof().issued_at(0).sign();
/// let elsewhere = proof().claim("htu", "https://other.example/mcp").sign();
/// # assert!([stale, elsewhere].iter().all(|proof| proof.split('.').count() == 3));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ProofBuilder {
    key: SigningKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl SigningKey {
    /// Creates a builder of a proof for a request to `url` that is signed with this key.
    pub fn proof(&self, method: impl Into<String>, url: impl Into<String>) -> ProofBuilder {
        let header = Map::from_iter([
            ("typ".to_owned(), json!("dpop+jwt")),
            ("alg".to_owned(), json!(self.algorithm().name())),
            ("jwk".to_owned(), self.bare_jwk()),
        ]);
        let claims = Map::from_iter([
            ("jti".to_owned(), json!(random_string())),
            ("htm".to_owned(), method.into().into()),
            ("htu".to_owned(), url.into().into()),
            ("iat".to_owned(), json!(unix_now())),
        ]);
        ProofBuilder { key: self.clone(), header, claims }
    }
}

impl TokenBuilder {
    /// Binds the token to a client's key: adds the key's thumbprint to `cnf` (RFC 9449 §6.1).
    pub fn bound_to(self, key: &SigningKey) -> Self {
        self.with_confirmation("jkt", key.kid())
    }

    /// Binds the token to a client's TLS certificate, given in DER: adds its hash to `cnf` (RFC 8705 §3.1).
    pub fn bound_to_certificate(self, der: impl AsRef<[u8]>) -> Self {
        self.with_confirmation("x5t#S256", &base64url(digest(&SHA256, der.as_ref())))
    }
}

impl ProofBuilder {
    /// Sets `ath` to the hash of the access token of the request.
    pub fn access_token(self, token: &str) -> Self {
        self.claim("ath", base64url(digest(&SHA256, token.as_bytes())))
    }

    /// Sets `nonce`.
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        self.claim("nonce", nonce.into())
    }

    /// Sets `iat` in seconds since 1970.
    pub fn issued_at(self, unix: i64) -> Self {
        self.claim("iat", unix)
    }

    /// Sets any claim to any JSON value.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets any header parameter to any JSON value. It does not change how the proof is signed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Removes a header parameter.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Sets a member of the `jwk` header parameter.
    pub fn jwk_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header["jwk"][name] = value.into();
        self
    }

    /// Signs the proof.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no randomness.
    #[must_use]
    pub fn sign(self) -> String {
        let payload = Value::Object(self.claims).to_string();
        self.key.sign_raw(&Value::Object(self.header), payload.as_bytes())
    }
}

#[cfg(test)]
mod tests;
