//! The settings for DPoP proofs.

use std::time::Duration;

use crate::config::{ConfigError, Mistakes, Setting};
use crate::validate::keys::Algorithm;

/// The maximum for [`Dpop::max_age`].
const LONGEST: Duration = Duration::from_secs(600);

/// The settings for tokens that are bound to a client's key (DPoP, RFC 9449).
///
/// A client sends such a token as `Authorization: DPoP <token>`, with a `DPoP` header that proves possession of the key
/// for this request. A bound token is never accepted without a proof, even if DPoP is not configured.
///
/// ```
/// # use mcp_guard::ResourceServer;
/// # use mcp_guard::settings::Dpop;
/// # use std::time::Duration;
/// # let builder = ResourceServer::builder("https://todo.example.com/mcp");
/// builder.dpop(Dpop::required().nonces(Duration::from_secs(300)))
/// # ;
/// ```
///
/// # Deployment
///
/// - A proof contains the URL that the client requested. So the resource URL must be the one that clients use, also
///   behind a proxy.
/// - Each process remembers the proofs that it has seen. While an intercepted proof is fresh, it can be replayed to
///   another process of the same resource, or after a restart. [`nonces`](Self::nonces) prevents both, and requires a
///   load balancer that routes each client to the same process.
/// - The signature of a proof is verified on every request, even if the token is cached.
#[derive(Clone, Debug)]
#[must_use]
pub struct Dpop {
    pub(super) required: bool,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) max_age: Duration,
    pub(super) max_proofs: usize,
    pub(super) nonces: Option<Duration>,
}

impl Dpop {
    /// The default signature algorithms of proofs. Clients create a key for DPoP, so legacy algorithms are not needed.
    pub const ALGORITHMS: &[Algorithm] = &[Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256];

    /// Accepts both bound tokens with a proof and bearer tokens.
    pub fn optional() -> Self {
        Self {
            required: false,
            algorithms: Self::ALGORITHMS.to_vec(),
            max_age: Duration::from_secs(60),
            max_proofs: 200_000,
            nonces: None,
        }
    }

    /// Accepts only bound tokens with a proof.
    pub fn required() -> Self {
        Self { required: true, ..Self::optional() }
    }

    /// Sets the allowed signature algorithms of proofs. Default: [`Dpop::ALGORITHMS`].
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets the maximum age of a proof, from one second to ten minutes, in whole seconds. Default: one minute. Clocks
    /// of clients may be ten seconds ahead.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Sets how many used proofs are remembered, each until it expires. When the limit is reached, requests with a
    /// proof are rejected with `503`. Each proof takes about 150 bytes. Default: 200,000, enough for 3,000 requests per
    /// second with proofs of one minute.
    pub const fn max_proofs(mut self, proofs: usize) -> Self {
        self.max_proofs = proofs;
        self
    }

    /// Requires a server nonce in every proof (RFC 9449 section 9), so that proofs cannot be created in advance. The
    /// nonce changes every `rotation`, at least one second, and the previous one remains valid. Clients need one
    /// additional request to obtain the first nonce. Default: no nonces.
    pub const fn nonces(mut self, rotation: Duration) -> Self {
        self.nonces = Some(rotation);
        self
    }

    /// Validates the settings.
    pub(crate) fn check(&self, mistakes: &mut Mistakes) {
        let second = Duration::from_secs(1);
        mistakes.check(!self.algorithms.is_empty(), || {
            ConfigError::hidden(Setting::DpopAlgorithms, "at least one algorithm")
        });
        mistakes.check((second..=LONGEST).contains(&self.max_age), || {
            ConfigError::invalid(Setting::DpopMaxAge, format!("{:?}", self.max_age), "one second to ten minutes")
        });
        mistakes.check(self.max_proofs > 0, || {
            ConfigError::invalid(Setting::DpopMaxProofs, "0", "at least 1; the default is 200000")
        });
        if let Some(rotation) = self.nonces {
            mistakes.check(rotation >= second, || {
                ConfigError::invalid(Setting::DpopNonces, format!("{rotation:?}"), "at least one second")
            });
        }
    }
}

#[cfg(test)]
mod tests;
