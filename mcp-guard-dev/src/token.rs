//! Access tokens with any claims, valid or invalid.

use serde_json::{Map, Value, json};

use crate::clock::unix_now;
use crate::encoding::random_string;
use crate::key::SigningKey;

/// A builder of signed access tokens.
///
/// By default, it builds a valid RFC 9068 access token for `alice`, issued now to `dev-client` for one hour, without
/// scopes and with the default audience of the server. Every header parameter and every claim can be removed or set to
/// any JSON value, so that a test can break exactly one rule. The last call for a claim takes precedence.
///
/// ```
/// use mcp_guard_dev::{SigningAlgorithm, SigningKey};
///
/// let key = SigningKey::generate(SigningAlgorithm::EdDsa);
/// let token = || key.token("https://issuer.example").audience("https://api.example/mcp");
///
/// let expired = token().expires_in(-60).sign();
/// let eternal = token().without("exp").sign();
/// let odd = token().claim("exp", "tomorrow").header("typ", "JWT").sign();
/// # assert!([expired, eternal, odd].iter().all(|token| token.split('.').count() == 3));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenBuilder {
    key: SigningKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    issued_at: i64,
    /// `None` once `exp` was set or removed by name.
    lifetime: Option<i64>,
}

impl SigningKey {
    /// Creates a builder of access tokens of this issuer, signed with this key.
    pub fn token(&self, issuer: impl Into<String>) -> TokenBuilder {
        TokenBuilder::new(self.clone(), issuer.into())
    }
}

impl TokenBuilder {
    pub(crate) fn new(key: SigningKey, issuer: String) -> Self {
        let now = unix_now();
        let header = Map::from_iter([
            ("typ".to_owned(), json!("at+jwt")),
            ("alg".to_owned(), json!(key.algorithm().name())),
            ("kid".to_owned(), json!(key.kid())),
        ]);
        let claims = Map::from_iter([
            ("iss".to_owned(), issuer.into()),
            ("sub".to_owned(), json!("alice")),
            ("client_id".to_owned(), json!("dev-client")),
            ("iat".to_owned(), json!(now)),
            ("jti".to_owned(), json!(random_string())),
        ]);
        Self { key, header, claims, issued_at: now, lifetime: Some(3600) }
    }

    /// Sets `sub`.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.claim("sub", subject.into())
    }

    /// Sets `client_id`.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        self.claim("client_id", client_id.into())
    }

    /// Sets `aud` to one string.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Sets `aud` to an array, even for a single string.
    pub fn audiences<T: Into<String>>(self, audiences: impl IntoIterator<Item = T>) -> Self {
        self.claim("aud", audiences.into_iter().map(Into::into).collect::<Vec<String>>())
    }

    /// Sets `scope`; several scopes are separated by spaces.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.claim("scope", scope.into())
    }

    /// Sets `iat` in seconds since 1970. [`expires_in`](Self::expires_in) counts from it.
    pub fn issued_at(mut self, unix: i64) -> Self {
        self.issued_at = unix;
        self.claim("iat", unix)
    }

    /// Sets `exp` relative to `iat`; a negative number builds an expired token.
    pub fn expires_in(mut self, seconds: i64) -> Self {
        self.lifetime = Some(seconds);
        self
    }

    /// Sets any claim to any JSON value.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        self.clear_lifetime(&name);
        self.claims.insert(name, value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.clear_lifetime(name);
        self.claims.remove(name);
        self
    }

    /// Sets any header parameter to any JSON value. It does not change how the token is signed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Removes a header parameter.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signs the token.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no randomness.
    #[must_use]
    pub fn sign(mut self) -> String {
        self.set_expiry();
        let payload = Value::Object(self.claims).to_string();
        self.key.sign_raw(&Value::Object(self.header), payload.as_bytes())
    }

    /// Returns the claims of the token, unsigned.
    pub(crate) fn into_claims(mut self) -> Map<String, Value> {
        self.set_expiry();
        self.claims
    }

    fn set_expiry(&mut self) {
        if let Some(lifetime) = self.lifetime {
            self.claims.insert("exp".to_owned(), json!(self.issued_at.saturating_add(lifetime)));
        }
    }

    /// Adds a confirmation method to `cnf` (RFC 7800 §3.1).
    pub(crate) fn with_confirmation(mut self, method: &str, thumbprint: &str) -> Self {
        self.claims.entry("cnf").or_insert_with(|| json!({}))[method] = json!(thumbprint);
        self
    }

    fn clear_lifetime(&mut self, claim: &str) {
        if claim == "exp" {
            self.lifetime = None;
        }
    }
}

#[cfg(test)]
mod tests;
