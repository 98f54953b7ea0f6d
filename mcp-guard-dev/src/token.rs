//! Access tokens with any claims, right or wrong.

use serde_json::{Map, Value, json};

use crate::clock::unix_now;
use crate::encoding::random_string;
use crate::key::SigningKey;

/// Builds a signed access token.
///
/// Untouched, it is a valid RFC 9068 access token of `alice`, issued now to `dev-client` for one hour, that names no
/// scope and no audience but the server's default one. Every header and every claim can be replaced by any JSON value
/// or left out, so that a test can break exactly one rule. Of two calls about the same claim, the later one counts.
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
    /// `None` once `exp` was set or left out by name.
    lifetime: Option<i64>,
}

impl SigningKey {
    /// Starts an access token of this issuer, signed by this key.
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

    /// Sets `aud` to an array, even if it holds only one string.
    pub fn audiences<T: Into<String>>(self, audiences: impl IntoIterator<Item = T>) -> Self {
        self.claim("aud", audiences.into_iter().map(Into::into).collect::<Vec<String>>())
    }

    /// Sets `scope`, several scopes separated by spaces.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.claim("scope", scope.into())
    }

    /// Sets `iat` in seconds since 1970, from which `exp` is reckoned.
    pub fn issued_at(mut self, unix: i64) -> Self {
        self.issued_at = unix;
        self.claim("iat", unix)
    }

    /// Sets `exp`, counted from `iat`; a negative number makes a token that has expired.
    pub fn expires_in(mut self, seconds: i64) -> Self {
        self.lifetime = Some(seconds);
        self
    }

    /// Sets any claim to any JSON value.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        self.forget_lifetime(&name);
        self.claims.insert(name, value.into());
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: &str) -> Self {
        self.forget_lifetime(name);
        self.claims.remove(name);
        self
    }

    /// Sets any header parameter to any JSON value; the signature is still the key's own.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Leaves a header parameter out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signs the token.
    ///
    /// # Panics
    ///
    /// Panics if the operating system gives no randomness.
    #[must_use]
    pub fn sign(mut self) -> String {
        self.settle();
        let payload = Value::Object(self.claims).to_string();
        self.key.sign_raw(&Value::Object(self.header), payload.as_bytes())
    }

    /// The claims of the token, for one that is not signed.
    pub(crate) fn into_claims(mut self) -> Map<String, Value> {
        self.settle();
        self.claims
    }

    fn settle(&mut self) {
        if let Some(lifetime) = self.lifetime {
            self.claims.insert("exp".to_owned(), json!(self.issued_at.saturating_add(lifetime)));
        }
    }

    /// Adds a method to `cnf` (RFC 7800 §3.1).
    pub(crate) fn confirmed_by(mut self, method: &str, thumbprint: &str) -> Self {
        self.claims.entry("cnf").or_insert_with(|| json!({}))[method] = json!(thumbprint);
        self
    }

    fn forget_lifetime(&mut self, claim: &str) {
        if claim == "exp" {
            self.lifetime = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::algorithm::SigningAlgorithm;

    fn builder() -> TokenBuilder {
        SigningKey::generate(SigningAlgorithm::EdDsa).token("https://issuer.example")
    }

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn claims(builder: TokenBuilder) -> Value {
        part(&builder.sign(), 1)
    }

    #[test]
    fn untouched_token_is_an_rfc_9068_access_token() {
        let token = builder().audience("https://api.example").scope("a b").sign();
        let (header, claims) = (part(&token, 0), part(&token, 1));
        assert_eq!(header["typ"], "at+jwt");
        assert_eq!(header["alg"], "EdDSA");
        assert!(header["kid"].is_string());
        assert_eq!(claims["iss"], "https://issuer.example");
        assert_eq!(claims["sub"], "alice");
        assert_eq!(claims["client_id"], "dev-client");
        assert_eq!(claims["aud"], "https://api.example");
        assert_eq!(claims["scope"], "a b");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
        assert!(claims["jti"].is_string());
        assert!(claims.get("nbf").is_none());
    }

    #[test]
    fn every_token_has_its_own_jti() {
        assert_ne!(claims(builder())["jti"], claims(builder())["jti"]);
    }

    #[test]
    fn later_call_about_a_claim_counts() {
        assert_eq!(claims(builder().issued_at(100).expires_in(5))["exp"], 105);
        assert_eq!(claims(builder().expires_in(5).issued_at(100))["exp"], 105);
        assert_eq!(claims(builder().expires_in(5).claim("exp", "soon"))["exp"], "soon");
        assert_eq!(claims(builder().without("exp").issued_at(100).expires_in(5))["exp"], 105);
        assert_eq!(claims(builder().scope("a").without("scope").scope("b"))["scope"], "b");
        assert!(claims(builder().without("exp")).get("exp").is_none());
        assert!(claims(builder().scope("a").without("scope")).get("scope").is_none());
    }

    #[test]
    fn any_claim_takes_any_json() {
        assert_eq!(claims(builder().claim("sub", 42))["sub"], 42);
        assert_eq!(claims(builder().claim("scope", vec!["a", "b"]))["scope"], json!(["a", "b"]));
        assert_eq!(claims(builder().audiences(["a"]))["aud"], json!(["a"]));
    }

    #[test]
    fn any_header_can_be_replaced_or_left_out() {
        let token = builder().header("alg", "none").header("crit", json!(["x"])).without_header("kid").sign();
        assert_eq!(part(&token, 0), json!({ "typ": "at+jwt", "alg": "none", "crit": ["x"] }));
    }
}
