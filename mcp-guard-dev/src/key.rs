//! A key pair that signs tokens, and its public key as a JSON Web Key.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

use crate::algorithm::SigningAlgorithm;
use crate::encoding::base64url;

/// A key pair that signs tokens and exists only in this process.
///
/// Clones share the same key. Its `kid` is the RFC 7638 thumbprint of the public key.
///
/// ```
/// use mcp_guard_dev::{SigningAlgorithm, SigningKey};
///
/// let key = SigningKey::generate(SigningAlgorithm::Es256);
/// let token = key.token("https://issuer.example").audience("https://api.example/mcp").scope("todo:read").sign();
///
/// assert_eq!(token.split('.').count(), 3);
/// assert_eq!(key.public_jwk()["kid"], key.kid());
/// ```
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    algorithm: SigningAlgorithm,
    kid: String,
    pair: Pair,
    /// The required members of the JWK, in the hash order of RFC 7638.
    members: BTreeMap<&'static str, String>,
}

impl SigningKey {
    /// Generates a new key.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no randomness.
    #[must_use]
    pub fn generate(algorithm: SigningAlgorithm) -> Self {
        let pair = Pair::generate(algorithm).expect("key generation fails only without randomness or memory");
        let members = pair.members();
        let kid = thumbprint(&members);
        Self(Arc::new(Inner { algorithm, kid, pair, members }))
    }

    /// Returns the `kid` of the published key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// Returns the algorithm of the signatures.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.0.algorithm
    }

    /// Returns the public key as a JSON Web Key (RFC 7517).
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        let mut jwk = self.bare_jwk();
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.0.algorithm.name());
        jwk["kid"] = json!(self.0.kid);
        jwk
    }

    /// Returns only the required members of the public key, as clients put them into their proofs.
    pub(crate) fn bare_jwk(&self) -> Value {
        json!(self.0.members)
    }

    /// Signs `base64url(header).base64url(payload)` without checking either part.
    ///
    /// Tests use it to forge tokens: a header that names another algorithm, a payload that is not JSON.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no randomness.
    #[must_use]
    pub fn sign_raw(&self, header: &Value, payload: &[u8]) -> String {
        self.sign_parts(header.to_string().as_bytes(), payload)
    }

    /// Like [`sign_raw`](Self::sign_raw), for a header that repeats a name or is not JSON.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no randomness.
    #[must_use]
    pub fn sign_parts(&self, header: &[u8], payload: &[u8]) -> String {
        let message = format!("{}.{}", base64url(header), base64url(payload));
        let signature = self.0.pair.sign(message.as_bytes()).expect("signing fails only without randomness or memory");
        format!("{message}.{}", base64url(signature))
    }
}

/// Returns the RFC 7638 thumbprint of a key with these members.
pub(crate) fn thumbprint(members: &BTreeMap<&'static str, String>) -> String {
    base64url(digest(&SHA256, json!(members).to_string().as_bytes()))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.0.algorithm)
            .field("kid", &self.0.kid)
            .field("private", &"[redacted]")
            .finish()
    }
}

enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair, &'static str),
    Ed(Ed25519KeyPair),
}

impl Pair {
    fn generate(algorithm: SigningAlgorithm) -> Result<Self, Unspecified> {
        Ok(match algorithm {
            SigningAlgorithm::Rs256 => Self::rsa(&RSA_PKCS1_SHA256)?,
            SigningAlgorithm::Ps256 => Self::rsa(&RSA_PSS_SHA256)?,
            SigningAlgorithm::Es256 => Self::ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256")?,
            SigningAlgorithm::Es384 => Self::ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384")?,
            SigningAlgorithm::EdDsa => Self::Ed(Ed25519KeyPair::generate()?),
        })
    }

    fn rsa(padding: &'static dyn RsaEncoding) -> Result<Self, Unspecified> {
        Ok(Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?, padding))
    }

    fn ec(algorithm: &'static EcdsaSigningAlgorithm, curve: &'static str) -> Result<Self, Unspecified> {
        Ok(Self::Ec(EcdsaKeyPair::generate(algorithm)?, curve))
    }

    fn members(&self) -> BTreeMap<&'static str, String> {
        match self {
            Self::Rsa(pair, _) => {
                let public = pair.public_key();
                let (n, e) = (public.modulus(), public.exponent());
                BTreeMap::from([
                    ("kty", "RSA".to_owned()),
                    ("n", base64url(n.big_endian_without_leading_zero())),
                    ("e", base64url(e.big_endian_without_leading_zero())),
                ])
            }
            Self::Ec(pair, curve) => {
                // SEC 1 §2.3.3: 0x04, then both coordinates at full length.
                let coordinates = &pair.public_key().as_ref()[1..];
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                BTreeMap::from([
                    ("kty", "EC".to_owned()),
                    ("crv", (*curve).to_owned()),
                    ("x", base64url(x)),
                    ("y", base64url(y)),
                ])
            }
            Self::Ed(pair) => BTreeMap::from([
                ("kty", "OKP".to_owned()),
                ("crv", "Ed25519".to_owned()),
                ("x", base64url(pair.public_key())),
            ]),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
            Self::Ec(pair, _) => Ok(pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            Self::Ed(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
        }
    }
}

#[cfg(test)]
mod tests;
