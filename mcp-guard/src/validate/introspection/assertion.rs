//! Client assertions: signed JWTs that authenticate this server (RFC 7523 sections 2.2 and 3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use pkcs8::{ObjectIdentifier, PrivateKeyInfo, SecretDocument};
use serde_json::json;

use crate::validate::Algorithm;
use crate::validate::clock::unix_now;
use crate::validate::keys::{Family, install_crypto};

/// The lifetime of an assertion in seconds. It covers a slow network and small clock differences.
const LIFETIME: u64 = 60;

/// `rsaEncryption` (RFC 8017 appendix C).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey`, with the curve as its parameter (RFC 5480 section 2.1.1).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// `id-Ed25519` (RFC 8410 section 3).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A signer of client assertions.
pub(crate) struct Assertion {
    client_id: String,
    audience: String,
    algorithm: jsonwebtoken::Algorithm,
    key: EncodingKey,
    header: String,
}

impl Assertion {
    /// Creates a signer. Returns an error message if the key cannot be used.
    pub(super) fn new(
        client_id: String,
        audience: String,
        algorithm: Algorithm,
        pkcs8: &[u8],
        key_id: Option<String>,
    ) -> Result<Self, &'static str> {
        install_crypto();
        let key = private_key(algorithm, pkcs8)?;
        let algorithm = algorithm.backend();
        let mut header = json!({"alg": algorithm, "typ": "JWT"});
        if let Some(key_id) = key_id {
            header["kid"] = key_id.into();
        }
        let assertion = Self { client_id, audience, algorithm, key, header: encoded(&header) };
        assertion.sign().map(|_| assertion).ok_or("the private key cannot sign with this algorithm")
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns a new assertion for one request, or `None` if signing fails.
    pub(super) fn sign(&self) -> Option<String> {
        let now = unix_now();
        let claims = json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "jti": URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()),
            "iat": now,
            "exp": now.saturating_add(LIFETIME),
        });
        let message = format!("{}.{}", self.header, encoded(&claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).ok()?;
        Some(format!("{message}.{signature}"))
    }
}

fn encoded(json: &serde_json::Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// Parses a private key of the type that the algorithm requires.
fn private_key(algorithm: Algorithm, pkcs8: &[u8]) -> Result<EncodingKey, &'static str> {
    const NOT_PKCS8: &str = "invalid private key: expected PKCS#8, as PEM (BEGIN PRIVATE KEY) or as DER";
    let document = match std::str::from_utf8(pkcs8) {
        Ok(pem) if pem.trim_start().starts_with("-----BEGIN") => match SecretDocument::from_pem(pem.trim_start()) {
            Ok(("PRIVATE KEY", document)) => document,
            _ => return Err(NOT_PKCS8),
        },
        _ => SecretDocument::try_from(pkcs8).map_err(|_| NOT_PKCS8)?,
    };
    let info: PrivateKeyInfo<'_> = document.decode_msg().map_err(|_| NOT_PKCS8)?;
    let curve = info.algorithm.parameters_oid().ok();
    match (algorithm.family(), info.algorithm.oid) {
        // The backends expect PKCS#1, which PKCS#8 wraps.
        (Family::Rsa, RSA) => Ok(EncodingKey::from_rsa_der(info.private_key)),
        (Family::P256, EC) if curve == Some(P256) => Ok(EncodingKey::from_ec_der(document.as_bytes())),
        (Family::P384, EC) if curve == Some(P384) => Ok(EncodingKey::from_ec_der(document.as_bytes())),
        (Family::Ed25519, ED25519) => Ok(EncodingKey::from_ed_der(document.as_bytes())),
        _ => Err("the type of the private key does not match the algorithm"),
    }
}
