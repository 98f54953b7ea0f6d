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
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::algorithm::SigningAlgorithm;

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn default_proof_matches_rfc_9449() {
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        // The access token and the `ath` hash of RFC 9449 §7.1.
        let proof = key
            .proof("GET", "https://resource.example.org/protectedresource")
            .access_token("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
        let proof = proof.sign();
        let (header, claims) = (part(&proof, 0), part(&proof, 1));
        assert_eq!(header, json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.bare_jwk() }));
        assert_eq!(claims["htm"], "GET");
        assert_eq!(claims["htu"], "https://resource.example.org/protectedresource");
        assert_eq!(claims["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
        assert!(claims["iat"].is_i64() && claims["jti"].is_string());
        assert!(claims.get("nonce").is_none());
    }

    #[test]
    fn every_proof_part_can_be_replaced_or_removed() {
        let key = SigningKey::generate(SigningAlgorithm::EdDsa);
        let proof = key
            .proof("GET", "https://api.example")
            .issued_at(7)
            .nonce("n")
            .claim("htm", 1)
            .without("jti")
            .header("typ", "JWT")
            .without_header("alg")
            .jwk_member("d", "secret")
            .sign();
        assert_eq!(part(&proof, 1), json!({ "htm": 1, "htu": "https://api.example", "iat": 7, "nonce": "n" }));
        let mut jwk = key.bare_jwk();
        jwk["d"] = json!("secret");
        assert_eq!(part(&proof, 0), json!({ "typ": "JWT", "jwk": jwk }));
    }

    #[test]
    fn bound_token_contains_thumbprint() {
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let bound = key.token("https://issuer.example").bound_to(&key).sign();
        assert_eq!(part(&bound, 1)["cnf"], json!({ "jkt": key.kid() }));
        let thumbprint = base64url(digest(&SHA256, b"der"));
        let bound = key.token("https://issuer.example").bound_to_certificate(b"der");
        assert_eq!(part(&bound.clone().sign(), 1)["cnf"], json!({ "x5t#S256": thumbprint }));
        let both = bound.bound_to(&key).sign();
        assert_eq!(part(&both, 1)["cnf"], json!({ "jkt": key.kid(), "x5t#S256": thumbprint }));
    }
}
