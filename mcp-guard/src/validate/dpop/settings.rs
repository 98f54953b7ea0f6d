//! What a server asks of proofs.

use std::time::Duration;

use crate::validate::keys::Algorithm;

/// The longest that a proof may be good for.
const LONGEST: Duration = Duration::from_secs(600);

/// How a server takes tokens that are bound to a client's key (DPoP, RFC 9449).
///
/// Such a token comes as `Authorization: DPoP <token>`, with a `DPoP` header that proves, for this one request, that its sender holds the key. A token
/// that is bound to a key is never accepted without such a proof, whether this is configured or not.
///
/// ```
/// # use mcp_guard::{Dpop, ResourceServer};
/// # use std::time::Duration;
/// # let builder = ResourceServer::builder("https://todo.example.com/mcp");
/// builder.dpop(Dpop::required().nonces(Duration::from_secs(300)))
/// # ;
/// ```
///
/// # Deployment
///
/// - A proof names the URL that its sender called: the resource URL has to be the one that clients use, also behind a proxy.
/// - Which proofs were used is remembered by the process. Where several serve one resource, a proof that was caught on its way can be used once with each of
///   the others as long as it is fresh, and so it can after a restart; [`nonces`](Self::nonces) close both gaps, and ask of a load balancer that a client
///   stays with one process.
/// - A signature is verified on every request, also where the token itself was seen before.
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
    /// Signature algorithms of proofs that are allowed unless configured otherwise. Clients make a key for the purpose, so there is no need for old ones.
    pub const ALGORITHMS: &[Algorithm] = &[Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256];

    /// Takes bound tokens with a proof, and bearer tokens as before.
    pub fn optional() -> Self {
        Self {
            required: false,
            algorithms: Self::ALGORITHMS.to_vec(),
            max_age: Duration::from_secs(60),
            max_proofs: 200_000,
            nonces: None,
        }
    }

    /// Takes bound tokens with a proof, and no bearer tokens any more.
    pub fn required() -> Self {
        Self { required: true, ..Self::optional() }
    }

    /// The signature algorithms of proofs. Default: [`Dpop::ALGORITHMS`].
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// How old a proof may be, from one second to ten minutes; it counts in whole seconds. Default: one minute. Ten seconds more are allowed to clocks that are fast.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// How many used proofs are remembered, each until it is too old to be used again. When there are more, requests with a proof are refused with `503`.
    /// Each takes some 150 bytes. Default: 200,000, which with proofs of a minute is good for 3,000 requests in a second.
    pub const fn max_proofs(mut self, proofs: usize) -> Self {
        self.max_proofs = proofs;
        self
    }

    /// Asks for a nonce of this server in every proof (RFC 9449 section 9), so that none can be made in advance. There is a new one every `rotation`, at least
    /// a second; the one before it is still good. Clients need one more request to learn the first. Default: none is asked for.
    pub const fn nonces(mut self, rotation: Duration) -> Self {
        self.nonces = Some(rotation);
        self
    }

    pub(super) fn check(&self) -> Result<(), InvalidDpop> {
        if self.algorithms.is_empty() {
            return Err(InvalidDpop::NoAlgorithm);
        }
        if self.max_age < Duration::from_secs(1) || self.max_age > LONGEST {
            return Err(InvalidDpop::MaxAge(self.max_age));
        }
        if self.max_proofs == 0 {
            return Err(InvalidDpop::NoProofs);
        }
        match self.nonces {
            Some(rotation) if rotation < Duration::from_secs(1) => Err(InvalidDpop::Rotation(rotation)),
            _ => Ok(()),
        }
    }
}

/// Why proofs cannot be asked for in this way.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDpop {
    /// No proof could be signed.
    #[error("`.algorithms([])` would refuse every proof: name one, or leave the call away")]
    NoAlgorithm,
    /// No proof would be fresh, or one would be good for too long.
    #[error("`.max_age({0:?})` is not between one second and ten minutes")]
    MaxAge(Duration),
    /// No proof could be remembered.
    #[error("`.max_proofs(0)` would refuse every proof: name a limit, or leave the call away for 200,000")]
    NoProofs,
    /// Nonces would be stale at once.
    #[error("`.nonces({0:?})` would make nonces that are stale at once: name at least one second")]
    Rotation(Duration),
    /// The URL that the paths of requests follow.
    #[error(
        "{0:?} is no base for the URLs of requests: write it like \"https://api.example.com\", or with the path that is taken away on the way here"
    )]
    BaseUrl(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_refuse_every_proof_or_none_is_not_built() {
        let seconds = Duration::from_secs;
        assert_eq!(Dpop::optional().check(), Ok(()));
        assert_eq!(Dpop::required().nonces(seconds(1)).max_age(seconds(600)).check(), Ok(()));
        for (dpop, error) in [
            (Dpop::optional().algorithms([]), InvalidDpop::NoAlgorithm),
            (Dpop::optional().max_age(Duration::from_millis(999)), InvalidDpop::MaxAge(Duration::from_millis(999))),
            (Dpop::optional().max_age(seconds(601)), InvalidDpop::MaxAge(seconds(601))),
            (Dpop::optional().max_proofs(0), InvalidDpop::NoProofs),
            (Dpop::optional().nonces(Duration::ZERO), InvalidDpop::Rotation(Duration::ZERO)),
        ] {
            assert_eq!(dpop.check(), Err(error));
        }
    }
}
