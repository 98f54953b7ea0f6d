//! Google and GitHub, which validate opaque tokens at endpoints of their own.

use super::Issuer;
use super::common::check_names;
use super::prepared::Prepared;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::provider::{Card, GitHubProvider, GoogleProvider};
use crate::validate::{AnswerRules, CallSource, Endpoint, GitHub, Google, IntrospectionSettings, endpoint_url};

/// The kind of Google and GitHub: opaque tokens of configured clients, validated by calls to the provider.
#[derive(Clone)]
pub struct Opaque {
    card: &'static Card,
    application: Application,
    /// The URL for the calls.
    endpoint: String,
}

/// The registered clients.
#[derive(Clone)]
enum Application {
    Google { clients: Vec<String> },
    GitHub { client_id: String, secret: String },
}

impl GoogleProvider {
    /// Returns an issuer that accepts the Google tokens of these client ids.
    pub fn issuer<C: Into<String>>(self, clients: impl IntoIterator<Item = C>) -> Issuer<Opaque> {
        let clients = clients.into_iter().map(Into::into).collect();
        Issuer::opaque(self.0, Google::ISSUER, Google::ENDPOINT, Application::Google { clients })
    }
}

impl GitHubProvider {
    /// Returns an issuer that accepts the GitHub tokens of the OAuth app with this client id and secret. The subject is
    /// the numeric user id, which does not change with the name.
    pub fn issuer(self, client_id: impl Into<String>, secret: impl Into<String>) -> Issuer<Opaque> {
        let application = Application::GitHub { client_id: client_id.into(), secret: secret.into() };
        Issuer::opaque(self.0, GitHub::ISSUER, GitHub::API, application)
    }
}

impl Issuer<Opaque> {
    fn opaque(card: &'static Card, issuer: &str, endpoint: &str, application: Application) -> Self {
        Self::new(issuer, Opaque { card, application, endpoint: endpoint.to_owned() })
    }

    /// Sets the URL for the calls.
    #[cfg(test)]
    pub(crate) fn at(mut self, endpoint: impl Into<String>) -> Self {
        self.kind.endpoint = endpoint.into();
        self
    }

    #[cfg(test)]
    pub(crate) async fn connect(self) -> Result<crate::validate::IntrospectionValidator, crate::config::BuildError> {
        Ok(self.prepare()?.connect().await?.into_introspection())
    }

    /// Checks the settings.
    pub(super) fn prepare(self) -> Result<Prepared, Mistakes> {
        let Self { common, kind: Opaque { card, application, endpoint } } = self;
        let from_environment = common.from_environment;
        let mut mistakes = Mistakes::default();
        common.check(&mut mistakes);
        let unusable = || ConfigError::hidden(Setting::Endpoint, super::common::ENDPOINT_FORM);
        let mut endpoint = endpoint_url(&endpoint);
        let (source, clients, authorization_server) = match application {
            Application::Google { clients } => {
                check_names(&mut mistakes, Setting::Clients, Some(&clients));
                (Ok(CallSource::Google(Google)), clients, Google::ISSUER)
            }
            Application::GitHub { client_id, secret } => {
                endpoint = endpoint.and_then(|api| GitHub::endpoint(api, &client_id));
                let source = GitHub::new(&client_id, &secret).map(CallSource::GitHub);
                (source, vec![client_id], GitHub::AUTHORIZATION_SERVER)
            }
        };
        let endpoint = mistakes.take(endpoint.ok_or_else(unusable));
        let source = mistakes.take(source.map_err(|reason| ConfigError::conflict(Setting::ClientSecret, reason)));
        let egress = common.egress(&mut mistakes);
        let (Some(endpoint), Some(source), true) = (endpoint, source, mistakes.is_empty()) else {
            return Err(mistakes.named(|_| from_environment));
        };
        let rules = AnswerRules {
            parties: if matches!(source, CallSource::Google(_)) { clients.clone() } else { Vec::new() },
            must_expire: matches!(source, CallSource::Google(_)),
            ..AnswerRules::new(common.name.clone(), clients)
        };
        let settings = IntrospectionSettings {
            rules: common.rules(rules),
            limits: common.call_limits(),
            endpoint: Endpoint::Configured(endpoint),
            source,
            egress,
        };
        Ok(Prepared::introspection(common, authorization_server.to_owned(), Some(String::new()), card, settings))
    }
}
