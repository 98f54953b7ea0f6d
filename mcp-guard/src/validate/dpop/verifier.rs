//! Verification of DPoP proofs.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::claims::Request;
use super::header::Jws;
use super::nonce::{Freshness, Nonces};
use super::replay::{ProofHash, ReplayError, Replays};
use super::request_target::RequestUrls;
use super::{Dpop, claims, key, replay};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::rule::Rule;
use crate::token::Thumbprint;
use crate::validate::clock::unix_now;
use crate::validate::keys::{Algorithm, install_crypto};

/// The header with the proof.
pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The rule that a proof violates. The texts contain nothing from the proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum InvalidProof {
    #[error("no proof")]
    Missing,
    #[error("more than one proof")]
    Repeated,
    #[error("too long")]
    TooLong,
    #[error("malformed")]
    Malformed,
    #[error("typ is not dpop+jwt")]
    Type,
    #[error("unknown critical extensions")]
    Critical,
    #[error("algorithm not allowed")]
    Algorithm,
    #[error("key is not public, unusable, or does not match the algorithm")]
    Key,
    #[error("jti is missing or too long")]
    Id,
    #[error("htm does not match the request")]
    Method,
    #[error("htu does not match the request")]
    Target,
    #[error("expired, or issued in the future")]
    Time,
    #[error("ath does not match the access token")]
    Token,
    #[error("invalid signature")]
    Signature,
    #[error("nonce is missing, expired or unknown")]
    Nonce,
    #[error("already used")]
    Used,
}

impl InvalidProof {
    /// Returns the rule that rejects the proof.
    pub(crate) const fn rule(self) -> Rule {
        match self {
            Self::Missing => Rule::ProofMissing,
            Self::Repeated => Rule::ProofRepeated,
            Self::TooLong => Rule::ProofTooLong,
            Self::Malformed => Rule::ProofMalformed,
            Self::Type => Rule::ProofType,
            Self::Critical => Rule::ProofExtension,
            Self::Algorithm => Rule::ProofAlgorithm,
            Self::Key => Rule::ProofKey,
            Self::Id => Rule::ProofId,
            Self::Method => Rule::ProofMethod,
            Self::Target => Rule::ProofTarget,
            Self::Time => Rule::ProofTime,
            Self::Token => Rule::ProofToken,
            Self::Signature => Rule::ProofSignature,
            Self::Nonce => Rule::ProofNonce,
            Self::Used => Rule::ProofReplayed,
        }
    }
}

/// A verifier of proofs that remembers used ones.
#[derive(Clone, Debug)]
pub(crate) struct DpopVerifier {
    required: bool,
    algorithms: Vec<Algorithm>,
    /// The maximum age of a proof, in seconds.
    max_age: u64,
    urls: RequestUrls,
    nonces: Option<Arc<Nonces>>,
    replays: Arc<Replays>,
}

/// The request with the proof.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'r> {
    pub(crate) method: &'r Method,
    pub(crate) path: &'r str,
    pub(crate) headers: &'r HeaderMap,
    /// The access token.
    pub(crate) token: &'r str,
}

/// A verified proof, valid for one request.
pub(crate) struct Proof {
    key: Thumbprint,
    hash: ProofHash,
    expires: u64,
    nonce_is_stale: bool,
}

impl Proof {
    /// Returns the thumbprint of the key of the client.
    pub(crate) const fn key(&self) -> Thumbprint {
        self.key
    }

    /// Returns whether the response should include a new nonce.
    pub(crate) const fn nonce_is_stale(&self) -> bool {
        self.nonce_is_stale
    }
}

impl DpopVerifier {
    /// Creates a verifier for requests to one URL, at whatever path they arrive.
    pub(crate) fn for_resource(settings: Dpop, resource: &str) -> Result<Self, Mistakes> {
        Self::with_urls(settings, RequestUrls::one(resource), resource)
    }

    /// Creates a verifier for requests to URLs that begin with `base`.
    pub(crate) fn new(settings: Dpop, base: &str) -> Result<Self, Mistakes> {
        Self::with_urls(settings, RequestUrls::below(base), base)
    }

    fn with_urls(settings: Dpop, urls: Option<RequestUrls>, configured: &str) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        settings.check(&mut mistakes);
        mistakes.into_result()?;
        // Validators of the application may not have installed a backend.
        install_crypto();
        Ok(Self {
            required: settings.required,
            algorithms: settings.algorithms,
            max_age: settings.max_age.as_secs(),
            urls: urls.ok_or_else(|| {
                let expected = "the URL in front of all request paths, like \"https://api.example.com\"";
                ConfigError::invalid(Setting::DpopBase, configured, expected)
            })?,
            nonces: settings.nonces.map(|lifetime| Arc::new(Nonces::new(lifetime))),
            replays: Arc::new(Replays::new(settings.max_proofs)),
        })
    }

    /// Returns a verifier for requests to URLs that begin with `base`, with the same nonces and used proofs. `None` if
    /// `base` is not a URL.
    pub(crate) fn below(&self, base: &str) -> Option<Self> {
        Some(Self { urls: RequestUrls::below(base)?, ..self.clone() })
    }

    /// Returns whether bearer tokens are rejected.
    pub(crate) const fn is_required(&self) -> bool {
        self.required
    }

    /// Returns the names of the allowed algorithms.
    pub(crate) fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        self.algorithms.iter().flat_map(|algorithm| algorithm.names()).copied()
    }

    /// Returns the current nonce, if nonces are required.
    pub(crate) fn nonce(&self) -> Option<HeaderValue> {
        let nonce = self.nonce_at(unix_now())?;
        Some(HeaderValue::from_str(&nonce).expect("base64url is always a header value"))
    }

    pub(super) fn nonce_at(&self, now: u64) -> Option<String> {
        Some(self.nonces.as_ref()?.current(now))
    }

    /// Verifies the proof of a request. Does not mark it as used.
    pub(crate) fn verify(&self, presented: Presented<'_>) -> Result<Proof, InvalidProof> {
        self.verify_at(presented, unix_now())
    }

    pub(super) fn verify_at(&self, presented: Presented<'_>, now: u64) -> Result<Proof, InvalidProof> {
        let jws = Jws::parse(one_header(presented.headers)?)?;
        if !self.algorithms.contains(&jws.algorithm) {
            return Err(InvalidProof::Algorithm);
        }
        let request = Request {
            method: presented.method.as_str(),
            target: self.urls.target(presented.path),
            token: presented.token,
            now,
        };
        let claims = claims::check(&jws.claims, &request, self.max_age)?;
        // Verified last, because it is the most expensive check.
        let (key, thumbprint) = key::read(&jws.jwk, jws.algorithm).ok_or(InvalidProof::Key)?;
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

    /// Marks a proof as used.
    pub(crate) fn remember(&self, proof: &Proof) -> Result<(), ReplayError> {
        self.replays.remember(proof.hash, proof.expires, unix_now())
    }
}

/// Returns the only `DPoP` header (RFC 9449 section 4.3, rule 1).
fn one_header(headers: &HeaderMap) -> Result<&str, InvalidProof> {
    let mut values = headers.get_all(DPOP).iter();
    match (values.next(), values.next()) {
        (None, _) => Err(InvalidProof::Missing),
        (Some(proof), None) => proof.to_str().map_err(|_| InvalidProof::Malformed),
        (Some(_), Some(_)) => Err(InvalidProof::Repeated),
    }
}
