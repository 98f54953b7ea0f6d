//! What a server asks of proofs.

use std::time::Duration;

use crate::config::{ConfigError, Mistakes, Setting};
use crate::validate::keys::Algorithm;

/// The longest that a proof may be good for.
const LONGEST: Duration = Duration::from_secs(600);

/// How a server takes tokens that are bound to a client's key (DPoP, RFC 9449).
///
/// Such a token comes as `Authorization: DPoP <token>`, with a `DPoP` header that proves, for this one request, that its sender holds the key. A token
/// that is bound to a key is never accepted without such a proof, whether this is configured or not.
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

    /// Finds the mistakes in the settings.
    pub(crate) fn check(&self, mistakes: &mut Mistakes) {
        let second = Duration::from_secs(1);
        mistakes.check(!self.algorithms.is_empty(), || {
            ConfigError::hidden(Setting::DpopAlgorithms, "at least one algorithm")
        });
        mistakes.check((second..=LONGEST).contains(&self.max_age), || {
            ConfigError::invalid(Setting::DpopMaxAge, format!("{:?}", self.max_age), "one second to ten minutes")
        });
        mistakes.check(self.max_proofs > 0, || {
            ConfigError::invalid(Setting::DpopMaxProofs, "0", "at least 1, 200000 by default")
        });
        if let Some(rotation) = self.nonces {
            mistakes.check(rotation >= second, || {
                ConfigError::invalid(Setting::DpopNonces, format!("{rotation:?}"), "at least one second")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BuildError;

    fn wrong(dpop: &Dpop) -> String {
        let mut mistakes = Mistakes::default();
        dpop.check(&mut mistakes);
        mistakes.into_result().map_or_else(|mistakes| BuildError::from(mistakes).to_string(), |()| String::new())
    }

    #[test]
    fn what_would_refuse_every_proof_or_none_is_not_built() {
        let seconds = Duration::from_secs;
        assert_eq!(wrong(&Dpop::optional()), "");
        assert_eq!(wrong(&Dpop::required().nonces(seconds(1)).max_age(seconds(600))), "");
        for (dpop, setting) in [
            (Dpop::optional().algorithms([]), "`Dpop::algorithms`"),
            (Dpop::optional().max_age(Duration::from_millis(999)), "`Dpop::max_age` \"999ms\""),
            (Dpop::optional().max_age(seconds(601)), "`Dpop::max_age` \"601s\""),
            (Dpop::optional().max_proofs(0), "`Dpop::max_proofs`"),
            (Dpop::optional().nonces(Duration::ZERO), "`Dpop::nonces`"),
        ] {
            let error = wrong(&dpop);
            assert!(error.contains(setting), "{setting}: {error}");
        }
    }
}
