//! Proofs from the header of a request to the key that its sender holds.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::claims::Request;
use super::header::Jws;
use super::nonce::{Freshness, Nonces};
use super::replay::{ProofHash, Replays, Unremembered};
use super::target::BaseUrl;
use super::{Dpop, claims, key, replay};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::token::Thumbprint;
use crate::validate::keys::{Algorithm, install_crypto};

/// Where a proof is.
pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The rule that a proof broke. Nothing in these comes from the proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum InvalidProof {
    #[error("there is none")]
    Missing,
    #[error("there is more than one")]
    Repeated,
    #[error("it is too long")]
    TooLong,
    #[error("it is malformed")]
    Malformed,
    #[error("its typ is not dpop+jwt")]
    Type,
    #[error("it has critical extensions that are not understood")]
    Critical,
    #[error("its algorithm is not allowed")]
    Algorithm,
    #[error("its key is not public, cannot be used, or is not for its algorithm")]
    Key,
    #[error("its jti is missing or too long")]
    Id,
    #[error("it is for another method")]
    Method,
    #[error("it is for another URL")]
    Target,
    #[error("it is too old, or from the future")]
    Time,
    #[error("it is for another token")]
    Token,
    #[error("its signature does not match")]
    Signature,
    #[error("its nonce is missing, too old, or not from here")]
    Nonce,
    #[error("it was used before")]
    Used,
}

/// Verifies proofs, and remembers those that were used.
#[derive(Debug)]
pub(crate) struct DpopVerifier {
    required: bool,
    algorithms: Vec<Algorithm>,
    /// In seconds.
    max_age: u64,
    base: BaseUrl,
    nonces: Option<Nonces>,
    replays: Replays,
}

/// The request that a proof came with.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'r> {
    pub(crate) method: &'r Method,
    pub(crate) path: &'r str,
    pub(crate) headers: &'r HeaderMap,
    /// The access token.
    pub(crate) token: &'r str,
}

/// A proof that holds for its request, and is good for one.
pub(crate) struct Proof {
    key: Thumbprint,
    hash: ProofHash,
    expires: u64,
    nonce_is_stale: bool,
}

impl Proof {
    /// The thumbprint of the key that its sender holds.
    pub(crate) const fn key(&self) -> Thumbprint {
        self.key
    }

    /// Whether the client should be told the next nonce.
    pub(crate) const fn nonce_is_stale(&self) -> bool {
        self.nonce_is_stale
    }
}

impl DpopVerifier {
    /// For requests to URLs that begin with `base`.
    pub(crate) fn new(settings: Dpop, base: &str) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        settings.check(&mut mistakes);
        mistakes.into_result()?;
        // Validators that are not ours may not have done so.
        install_crypto();
        Ok(Self {
            required: settings.required,
            algorithms: settings.algorithms,
            max_age: settings.max_age.as_secs(),
            base: BaseUrl::new(base).ok_or_else(|| {
                let expected = "the URL that the paths of requests follow, like \"https://api.example.com\"";
                ConfigError::invalid(Setting::DpopBase, base, expected)
            })?,
            nonces: settings.nonces.map(Nonces::new),
            replays: Replays::new(settings.max_proofs),
        })
    }

    /// Whether bearer tokens are refused.
    pub(crate) const fn is_required(&self) -> bool {
        self.required
    }

    /// The names of the algorithms of proofs.
    pub(crate) fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        self.algorithms.iter().flat_map(|algorithm| algorithm.names()).copied()
    }

    /// The nonce to hand out now, if proofs need one.
    pub(crate) fn nonce(&self) -> Option<HeaderValue> {
        let nonce = self.nonce_at(now())?;
        Some(HeaderValue::from_str(&nonce).expect("base64url is always a header value"))
    }

    pub(super) fn nonce_at(&self, now: u64) -> Option<String> {
        Some(self.nonces.as_ref()?.current(now))
    }

    /// Verifies the proof of a request. Changes nothing.
    pub(crate) fn verify(&self, presented: Presented<'_>) -> Result<Proof, InvalidProof> {
        self.verify_at(presented, now())
    }

    pub(super) fn verify_at(&self, presented: Presented<'_>, now: u64) -> Result<Proof, InvalidProof> {
        let jws = Jws::parse(one_header(presented.headers)?)?;
        if !self.algorithms.contains(&jws.algorithm) {
            return Err(InvalidProof::Algorithm);
        }
        let request = Request {
            method: presented.method.as_str(),
            target: self.base.target(presented.path),
            token: presented.token,
            now,
        };
        let claims = claims::check(&jws.claims, &request, self.max_age)?;
        // Last, because it costs more than everything else together.
        let (key, thumbprint) = key::read(jws.jwk, jws.algorithm).ok_or(InvalidProof::Key)?;
        if !key.verifies(jws.signed.as_bytes(), jws.signature) {
            return Err(InvalidProof::Signature);
        }
        let nonce_is_stale = match &self.nonces {
            Some(nonces) => {
                let freshness = claims.nonce.and_then(|nonce| nonces.freshness(nonce, now));
                freshness.ok_or(InvalidProof::Nonce)? == Freshness::Previous
            }
            None => false,
        };
        let hash = replay::hash(&thumbprint, claims.id);
        Ok(Proof { key: thumbprint, hash, expires: claims.expires, nonce_is_stale })
    }

    /// Uses a proof up.
    pub(crate) fn remember(&self, proof: &Proof) -> Result<(), Unremembered> {
        self.replays.remember(proof.hash, proof.expires, now())
    }
}

/// The text of the `DPoP` header, of which there is one (RFC 9449 section 4.3, rule 1).
fn one_header(headers: &HeaderMap) -> Result<&str, InvalidProof> {
    let mut values = headers.get_all(DPOP).iter();
    match (values.next(), values.next()) {
        (None, _) => Err(InvalidProof::Missing),
        (Some(proof), None) => proof.to_str().map_err(|_| InvalidProof::Malformed),
        (Some(_), Some(_)) => Err(InvalidProof::Repeated),
    }
}

/// Seconds since the epoch. With a clock before 1970 every proof is too old.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
}
