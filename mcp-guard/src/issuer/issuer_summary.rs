//! What an issuer is configured to accept.

use super::Prepared;
use super::prepared::Setup;

/// What an issuer is configured to accept, without secrets.
#[derive(Clone, Debug)]
pub(crate) struct IssuerSummary {
    /// The accepted `iss` values. The authorization servers if there are none.
    pub(crate) names: Vec<String>,
    pub(crate) audiences: Vec<String>,
    /// The algorithms of JWTs, or how other tokens are validated.
    pub(crate) algorithms: Vec<&'static str>,
}

impl Prepared {
    pub(crate) fn summary(&self) -> IssuerSummary {
        let names = if self.names.is_empty() { &self.authorization_servers } else { &self.names };
        let (audiences, algorithms) = match &self.setup {
            Setup::Jwt(settings, _) => {
                let algorithms = settings.algorithms.iter().filter_map(|algorithm| algorithm.names().first().copied());
                (settings.rules.audiences.clone(), algorithms.collect())
            }
            Setup::Introspection(settings) => (settings.rules.audiences.clone(), vec!["introspection"]),
            Setup::Custom(_) => (Vec::new(), vec!["validated by the application"]),
        };
        IssuerSummary { names: names.clone(), audiences, algorithms }
    }
}
