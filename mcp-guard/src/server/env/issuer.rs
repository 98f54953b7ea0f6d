//! The issuer that the environment variables configure.

use std::time::Duration;

use super::EnvConfig;
use crate::config::{EnvError, Setting};
use crate::issuer::{Claimed, Issuer, Jwt, Kind};
use crate::provider::Provider;
use crate::validate::ClientAuthentication;

/// The settings that Google and GitHub do not use.
const CLAIM_SETTINGS: [Setting; 6] = [
    Setting::Issuer,
    Setting::Audience,
    Setting::ScopePrefix,
    Setting::JwksUri,
    Setting::AllowClientTokens,
    Setting::FailFast,
];

/// The parsed values.
struct Values {
    leeway: Option<Duration>,
    max_token_bytes: Option<usize>,
    max_token_age: Option<Duration>,
    private_network: bool,
    ca_file: Option<String>,
    egress_proxy: Option<String>,
    client_tokens: bool,
    fail_fast: bool,
}

impl Values {
    /// Applies the settings that all kinds of issuers have.
    fn set<K: Kind>(&self, issuer: Issuer<K>) -> Issuer<K> {
        let issuer = self.leeway.into_iter().fold(issuer, Issuer::leeway);
        let issuer = self.max_token_bytes.into_iter().fold(issuer, Issuer::max_token_bytes);
        let issuer = self.max_token_age.into_iter().fold(issuer, Issuer::max_token_age);
        let issuer = self.ca_file.iter().fold(issuer, Issuer::ca_file);
        let issuer = self.egress_proxy.iter().fold(issuer, Issuer::egress_proxy);
        if self.private_network { issuer.allow_private_network() } else { issuer }
    }
}

impl EnvConfig {
    /// Returns the issuer, of the kind of its provider. Reports every mistake.
    pub(super) fn configured_issuer(&self) -> Result<Issuer, EnvError> {
        let mut errors = Vec::new();
        let mut number = |setting, expected| {
            self.parse(setting, expected).unwrap_or_else(|error| {
                errors.push(error);
                None
            })
        };
        let leeway = number(Setting::Leeway, "a number of seconds").map(Duration::from_secs);
        let max_token_age = number(Setting::MaxTokenAge, "a number of seconds").map(Duration::from_secs);
        let max_token_bytes = number(Setting::MaxTokenBytes, "a number of bytes");
        let max_token_bytes = max_token_bytes.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        let mut flag = |setting| {
            self.parse(setting, "true or false").unwrap_or_else(|error| {
                errors.push(error);
                None
            })
        };
        let private_network = flag(Setting::AllowPrivateNetwork).unwrap_or(false);
        let client_tokens = flag(Setting::AllowClientTokens).unwrap_or(false);
        let [ca_file, egress_proxy] =
            [Setting::CaFile, Setting::EgressProxy].map(|setting| self.get(setting).map(str::to_owned));
        let fail_fast = flag(Setting::FailFast).unwrap_or(false);
        let values = Values {
            leeway,
            max_token_bytes,
            max_token_age,
            private_network,
            ca_file,
            egress_proxy,
            client_tokens,
            fail_fast,
        };
        match self.issuer_of_provider(&values) {
            Ok(issuer) if errors.is_empty() => return Ok(issuer.named_by_environment()),
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
        match EnvError::all(errors) {
            Err(error) => Err(error),
            Ok(()) => Err(self.missing(Setting::Issuer, "the issuer of the access tokens")),
        }
    }

    /// Returns the issuer of the configured provider. Rejects variables that this kind does not use.
    fn issuer_of_provider(&self, values: &Values) -> Result<Issuer, EnvError> {
        let provider = self.provider()?;
        let reject = |settings: &[Setting]| {
            let title = provider.map_or("an issuer of RFC 9068 tokens", Provider::title);
            let set = settings.iter().filter(|setting| self.get(**setting).is_some());
            EnvError::all(set.map(|setting| self.unused(*setting, title)).collect())
        };
        let id = || match self.list(Setting::Clients).as_slice() {
            [id] => Ok(id.clone()),
            [] => Err(self.missing(Setting::Clients, "the id of the client that is registered for this server")),
            _ => Err(self.invalid(Setting::Clients, "one client id, registered for this server")),
        };
        let secret = || {
            let secret = self.get(Setting::ClientSecret);
            secret.ok_or_else(|| self.missing(Setting::ClientSecret, "the secret of the client MCP_GUARD_CLIENT_ID"))
        };
        let registered = |unused: Result<(), EnvError>| {
            EnvError::all([unused.err(), id().err(), secret().err()].into_iter().flatten().collect())
        };
        Ok(match provider {
            None => {
                reject(&[Setting::ClientSecret])?;
                self.jwt(self.with_clients(Issuer::jwt(self.required_issuer()?)), values).into()
            }
            Some(Provider::Jwt(provider)) => {
                reject(&[Setting::ClientSecret])?;
                self.jwt(self.with_clients(provider.issuer(self.issuer().unwrap_or_default())), values).into()
            }
            Some(Provider::Scalekit(provider)) => {
                let is_confirmed =
                    [Setting::Clients, Setting::ClientSecret].iter().any(|name| self.get(*name).is_some());
                let environment = self.issuer().unwrap_or_default();
                let issuer = if is_confirmed {
                    provider.confirmed_issuer(environment, id()?, secret()?)
                } else {
                    provider.issuer(environment)
                };
                self.jwt(issuer, values).into()
            }
            Some(Provider::Introspection(provider)) => {
                registered(reject(&[Setting::JwksUri]))?;
                let authentication = ClientAuthentication::secret(id()?, secret()?);
                self.claimed(provider.issuer(self.issuer().unwrap_or_default(), authentication), values).into()
            }
            Some(Provider::Google(provider)) => {
                let unused = reject(&[&[Setting::ClientSecret], &CLAIM_SETTINGS[..]].concat()).err();
                let missing = || self.missing(Setting::Clients, "the ids of the clients that may use this server");
                let missing = self.get(Setting::Clients).is_none().then(missing);
                EnvError::all(unused.into_iter().chain(missing).collect())?;
                values.set(provider.issuer(self.list(Setting::Clients))).into()
            }
            Some(Provider::GitHub(provider)) => {
                registered(reject(&CLAIM_SETTINGS))?;
                values.set(provider.issuer(id()?, secret()?)).into()
            }
        })
    }

    fn required_issuer(&self) -> Result<&str, EnvError> {
        let missing =
            || self.missing(Setting::Issuer, "the issuer of the access tokens, like https://auth.example.com");
        self.issuer().ok_or_else(missing)
    }

    fn with_clients<K: Claimed>(&self, issuer: Issuer<K>) -> Issuer<K> {
        if self.get(Setting::Clients).is_some() { issuer.clients(self.list(Setting::Clients)) } else { issuer }
    }

    /// Applies the settings for issuers of JWTs.
    fn jwt(&self, issuer: Issuer<Jwt>, values: &Values) -> Issuer<Jwt> {
        let issuer = self.claimed(issuer, values);
        match self.get(Setting::JwksUri) {
            Some(url) => issuer.jwks_uri(url),
            None => issuer,
        }
    }

    /// Applies the settings for issuers whose tokens have claims.
    fn claimed<K: Claimed>(&self, issuer: Issuer<K>, values: &Values) -> Issuer<K> {
        let issuer = self.list(Setting::Audience).into_iter().fold(values.set(issuer), Issuer::audience);
        let issuer = if values.client_tokens { issuer.allow_client_tokens() } else { issuer };
        let issuer = if values.fail_fast { issuer.fail_fast() } else { issuer };
        match self.get(Setting::ScopePrefix) {
            Some(prefix) => issuer.scope_prefix(prefix),
            None => issuer,
        }
    }
}
