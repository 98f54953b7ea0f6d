//! The configuration of a server by environment variables.

use std::collections::BTreeMap;
use std::env::VarError;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use super::{EnvError, Network, NoTools, ResourceServerBuilder};
use crate::config::{ConfigError, ConfigErrorKind, Setting};
use crate::issuer::{Claimed, Issuer, Jwt, Kind};
use crate::provider::Provider;
use crate::scope::ScopeSet;
use crate::token::{TokenParts, ValidatedToken};
use crate::validate::ClientAuthentication;

const PREFIX: &str = "MCP_GUARD_";
/// The prefix of the variables of the development authorization server, which this crate does not read.
const DEV_PREFIX: &str = "MCP_GUARD_DEV_";

/// The `MCP_GUARD_*` environment variables. They configure one issuer. Lists are separated by commas.
///
/// | variable | meaning |
/// |---|---|
/// | `MCP_GUARD_RESOURCE` | the resource URL, as clients use it; required |
/// | `MCP_GUARD_ISSUER` | the issuer of the tokens; required unless the provider fixes it; optional on stdio |
/// | `MCP_GUARD_AUDIENCE` | accepted `aud` values; default: the resource URL |
/// | `MCP_GUARD_PROVIDER` | the name of a [`Provider`]; default: an issuer of RFC 9068 tokens |
/// | `MCP_GUARD_CLIENT_ID` | allowed clients; with a secret, the id of this server at the provider |
/// | `MCP_GUARD_CLIENT_SECRET` | the secret of this server at the provider |
/// | `MCP_GUARD_SCOPE_PREFIX` | the prefix of scopes in authorization requests |
/// | `MCP_GUARD_JWKS_URI` | the URL of the issuer's keys; default: the one in its metadata |
/// | `MCP_GUARD_LEEWAY_SECONDS` | accepted clock difference of the issuer; default 30 |
/// | `MCP_GUARD_MAX_TOKEN_BYTES` | maximum length of a token; default 16384 |
/// | `MCP_GUARD_MAX_TOKEN_AGE_SECONDS` | maximum time since `iat`; default: only `exp` counts |
/// | `MCP_GUARD_ALLOW_CLIENT_TOKENS` | `true` enables [`Issuer::allow_client_tokens`] |
/// | `MCP_GUARD_ALLOW_PRIVATE_NETWORK` | `true` enables [`Issuer::allow_private_network`] |
/// | `MCP_GUARD_LISTEN` | the listening address; default `127.0.0.1:8080` |
/// | `MCP_GUARD_ALLOWED_ORIGINS` | web origins whose pages may call the server |
/// | `MCP_GUARD_ALLOWED_HOSTS` | allowed hosts in addition to the host of the resource URL |
/// | `MCP_GUARD_TLS_CERT`, `MCP_GUARD_TLS_KEY` | PEM files of a certificate chain and its key; both or none |
/// | `MCP_GUARD_ALLOW_PLAIN_HTTP` | `true`: serve plain HTTP at other than loopback addresses, behind a proxy that terminates TLS |
/// | `MCP_GUARD_TRUSTED_PROXIES` | addresses and networks of trusted proxies |
/// | `MCP_GUARD_SUBJECT` | the caller of a [`LocalServer`](crate::LocalServer) |
/// | `MCP_GUARD_SCOPES` | the scopes of this caller, separated by spaces |
///
/// An unknown variable that begins with `MCP_GUARD_` is an error, because it is probably misspelled. `MCP_GUARD_DEV_*`
/// variables configure the development authorization server and are ignored.
#[derive(Clone)]
pub struct EnvConfig(BTreeMap<Setting, String>);

/// The caller's issuer on a local server without a configured issuer.
const LOCAL_ISSUER: &str = "urn:mcp-guard:local";

impl EnvConfig {
    /// Reads the environment variables.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names every variable that is empty, unknown or not valid Unicode.
    pub fn read() -> Result<Self, EnvError> {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        Self::from_vars(names, |name| std::env::var(name))
    }

    fn from_vars(
        names: impl IntoIterator<Item = String>,
        var: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Self, EnvError> {
        let is_known = |name: &str| Setting::in_environment().any(|(_, variable)| variable == name);
        let is_unknown = |name: &String| name.starts_with(PREFIX) && !name.starts_with(DEV_PREFIX) && !is_known(name);
        let mut errors: Vec<EnvError> =
            names.into_iter().filter(is_unknown).map(|name| EnvError::Unknown { name }).collect();
        let mut values = BTreeMap::new();
        for (setting, variable) in Setting::in_environment() {
            // Values are not trimmed. A value from a mounted file often ends with a line break.
            let expected = match var(variable) {
                Ok(value) if value.trim().is_empty() => "a non-empty value",
                Ok(value) if value.trim() != value && setting != Setting::Scopes => {
                    "a value without leading or trailing white space"
                }
                Ok(value) => {
                    values.insert(setting, value);
                    continue;
                }
                Err(VarError::NotPresent) => continue,
                Err(VarError::NotUnicode(_)) => "valid Unicode",
            };
            errors.push(ConfigError::hidden(setting, expected).named_by_environment().into());
        }
        EnvError::all(errors)?;
        Ok(Self(values))
    }

    /// Returns the configured issuer.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.get(Setting::Issuer)
    }

    /// Returns the configured identity provider.
    ///
    /// # Errors
    ///
    /// [`EnvError`] if no provider has this name.
    pub fn provider(&self) -> Result<Option<Provider>, EnvError> {
        let parse = |name: &str| name.parse().map_err(|error: ConfigError| error.named_by_environment().into());
        self.get(Setting::Provider).map(parse).transpose()
    }

    /// Returns the configured resource URL.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.get(Setting::Resource)
    }

    /// Returns the configured listening address.
    ///
    /// # Errors
    ///
    /// [`EnvError`] if the value is not a socket address.
    pub fn listen(&self) -> Result<Option<SocketAddr>, EnvError> {
        self.parse(Setting::Listen, "an address like 127.0.0.1:8080")
    }

    /// Sets the resource URL, unless the environment configures one.
    #[must_use]
    pub fn or_resource(mut self, url: impl Into<String>) -> Self {
        self.0.entry(Setting::Resource).or_insert_with(|| url.into());
        self
    }

    /// Sets the issuer, unless the environment configures one.
    #[must_use]
    pub fn or_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.0.entry(Setting::Issuer).or_insert_with(|| issuer.into());
        self
    }

    /// Returns the caller of a [`LocalServer`](crate::LocalServer). On stdio, the environment names the caller (MCP,
    /// authorization, "Protocol Requirements"). `None` is an anonymous caller, who may use only public operations.
    ///
    /// # Errors
    ///
    /// [`EnvError`] if the scopes are invalid, or configured without a subject.
    pub fn caller(&self) -> Result<Option<ValidatedToken>, EnvError> {
        let scopes: Result<Option<ScopeSet>, _> = self.parse(Setting::Scopes, "a list of scopes, separated by spaces");
        let Some(subject) = self.get(Setting::Subject) else {
            if self.get(Setting::Scopes).is_none() {
                return Ok(None);
            }
            let missing = self.missing(Setting::Subject, "the caller with the scopes in MCP_GUARD_SCOPES");
            return EnvError::all(scopes.err().into_iter().chain([missing]).collect()).map(|()| None);
        };
        Ok(Some(ValidatedToken::new(TokenParts {
            subject: subject.to_owned(),
            issuer: self.issuer().unwrap_or(LOCAL_ISSUER).to_owned(),
            scopes: scopes?.unwrap_or_default(),
            ..TokenParts::default()
        })))
    }

    /// Returns a builder with the settings of the variables.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names every variable that is missing or invalid.
    pub fn builder(&self) -> Result<ResourceServerBuilder<NoTools>, EnvError> {
        let mut errors = Vec::new();
        if self.resource().is_none() {
            errors.push(self.missing(Setting::Resource, "the URL that clients use, like https://todo.example.com/mcp"));
        }
        for setting in [Setting::Subject, Setting::Scopes] {
            if self.get(setting).is_some() {
                errors.push(self.unused(setting, "an HTTP server, where the access token names the caller"));
            }
        }
        let network = [Setting::AllowedOrigins, Setting::AllowedHosts, Setting::TrustedProxies];
        let [origins, hosts, proxies] = network.map(|setting| self.get(setting).map(|_| self.list(setting)));
        let mut builder = ResourceServerBuilder::new(self.resource().unwrap_or_default().to_owned())
            .network(Network { allowed_origins: origins, allowed_hosts: hosts, trusted_proxies: proxies })
            .named_by_environment(self.0.keys().copied());
        match self.listen() {
            Ok(Some(address)) => builder = builder.listen(address),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
        match self.configured_issuer() {
            Ok(issuer) => builder = builder.issuer(issuer),
            Err(error) => errors.push(error),
        }
        match (self.get(Setting::TlsCertificate), self.get(Setting::TlsKey)) {
            (None, None) => {}
            (Some(_), None) => errors.push(self.missing(Setting::TlsKey, "the key of MCP_GUARD_TLS_CERT")),
            (None, Some(_)) => {
                errors.push(self.missing(Setting::TlsCertificate, "the certificate of MCP_GUARD_TLS_KEY"));
            }
            #[cfg(feature = "tls")]
            (Some(certificate), Some(key)) => builder = builder.tls(certificate, key),
            #[cfg(not(feature = "tls"))]
            (Some(_), Some(_)) => {
                errors.push(self.unused(Setting::TlsCertificate, "mcp-guard without its `tls` feature"));
            }
        }
        match self.parse(Setting::AllowPlainHttp, "true or false") {
            Ok(Some(true)) => builder = builder.allow_plain_http(),
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
        EnvError::all(errors)?;
        Ok(builder)
    }

    /// Returns the issuer, of the kind of its provider. Reports every mistake.
    fn configured_issuer(&self) -> Result<Issuer, EnvError> {
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
        let values = Values { leeway, max_token_bytes, max_token_age, private_network, client_tokens };
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
        match self.get(Setting::ScopePrefix) {
            Some(prefix) => issuer.scope_prefix(prefix),
            None => issuer,
        }
    }

    fn parse<T: FromStr>(&self, setting: Setting, expected: &'static str) -> Result<Option<T>, EnvError> {
        let parse = |value: &str| value.parse().map_err(|_| self.invalid(setting, expected));
        self.get(setting).map(parse).transpose()
    }

    /// Returns an error that contains the value. Not for secrets.
    fn invalid(&self, setting: Setting, expected: &'static str) -> EnvError {
        let value = self.get(setting).unwrap_or_default();
        ConfigError::invalid(setting, value, expected).named_by_environment().into()
    }

    fn missing(&self, setting: Setting, expected: &'static str) -> EnvError {
        ConfigError::missing(setting, expected).named_by_environment().into()
    }

    /// Returns an error for a variable that this configuration does not use.
    fn unused(&self, setting: Setting, by: &str) -> EnvError {
        let reason = format!("not used by {by}: unset it");
        ConfigError::new(setting, ConfigErrorKind::Conflict { reason }).named_by_environment().into()
    }

    fn get(&self, setting: Setting) -> Option<&str> {
        self.0.get(&setting).map(String::as_str)
    }

    /// Returns the items of a comma-separated list. An extra comma results in an empty item, which building the server
    /// rejects.
    fn list(&self, setting: Setting) -> Vec<String> {
        let items = self.get(setting).into_iter().flat_map(|value| value.split(','));
        items.map(|item| item.trim().to_owned()).collect()
    }
}

/// The parsed values.
struct Values {
    leeway: Option<Duration>,
    max_token_bytes: Option<usize>,
    max_token_age: Option<Duration>,
    private_network: bool,
    client_tokens: bool,
}

impl Values {
    /// Applies the settings that all kinds of issuers have.
    fn set<K: Kind>(&self, issuer: Issuer<K>) -> Issuer<K> {
        let issuer = self.leeway.into_iter().fold(issuer, Issuer::leeway);
        let issuer = self.max_token_bytes.into_iter().fold(issuer, Issuer::max_token_bytes);
        let issuer = self.max_token_age.into_iter().fold(issuer, Issuer::max_token_age);
        if self.private_network { issuer.allow_private_network() } else { issuer }
    }
}

/// The settings that Google and GitHub do not use.
const CLAIM_SETTINGS: [Setting; 5] =
    [Setting::Issuer, Setting::Audience, Setting::ScopePrefix, Setting::JwksUri, Setting::AllowClientTokens];

impl fmt::Debug for EnvConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(setting, value)| {
            (setting.variable(), if *setting == Setting::ClientSecret { "[redacted]" } else { value })
        });
        f.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BuildError;

    const RESOURCE: &str = "MCP_GUARD_RESOURCE";
    const ISSUER: &str = "MCP_GUARD_ISSUER";
    const LISTEN: &str = "MCP_GUARD_LISTEN";
    const PROVIDER: &str = "MCP_GUARD_PROVIDER";
    const PRIVATE_NETWORK: &str = "MCP_GUARD_ALLOW_PRIVATE_NETWORK";
    const CLIENT_SECRET: &str = "MCP_GUARD_CLIENT_SECRET";
    const CLIENT_ID: &str = "MCP_GUARD_CLIENT_ID";
    const TLS_CERT: &str = "MCP_GUARD_TLS_CERT";
    const TLS_KEY: &str = "MCP_GUARD_TLS_KEY";
    const AUDIENCE: &str = "MCP_GUARD_AUDIENCE";
    const SUBJECT: &str = "MCP_GUARD_SUBJECT";
    const SCOPES: &str = "MCP_GUARD_SCOPES";
    const ALLOWED_HOSTS: &str = "MCP_GUARD_ALLOWED_HOSTS";
    const ALLOWED_ORIGINS: &str = "MCP_GUARD_ALLOWED_ORIGINS";
    const TRUSTED_PROXIES: &str = "MCP_GUARD_TRUSTED_PROXIES";
    const JWKS_URI: &str = "MCP_GUARD_JWKS_URI";
    const LEEWAY: &str = "MCP_GUARD_LEEWAY_SECONDS";
    const MAX_BYTES: &str = "MCP_GUARD_MAX_TOKEN_BYTES";
    const MAX_AGE: &str = "MCP_GUARD_MAX_TOKEN_AGE_SECONDS";
    const CLIENT_TOKENS: &str = "MCP_GUARD_ALLOW_CLIENT_TOKENS";

    fn config(vars: &[(&str, &str)]) -> Result<EnvConfig, EnvError> {
        let names = vars.iter().map(|(name, _)| (*name).to_owned());
        EnvConfig::from_vars(names, |name| {
            vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()).ok_or(VarError::NotPresent)
        })
    }

    fn error(vars: &[(&str, &str)]) -> EnvError {
        config(vars).and_then(|config| config.builder().map(drop)).unwrap_err()
    }

    const GOOD: [(&str, &str); 2] = [(RESOURCE, "https://todo.example.com/mcp"), (ISSUER, "https://auth.example.com")];

    fn with<'v>(extra: &[(&'v str, &'v str)]) -> Vec<(&'v str, &'v str)> {
        [&GOOD[..], extra].concat()
    }

    #[test]
    fn invalid_environment_error_names_the_variable() {
        for (vars, name) in [
            (vec![], RESOURCE),
            (vec![GOOD[0]], ISSUER),
            (vec![GOOD[1]], RESOURCE),
            (vec![(RESOURCE, ""), GOOD[1]], RESOURCE),
            (with(&[("MCP_GUARD_ISSUR", "x")]), "MCP_GUARD_ISSUR"),
            (with(&[(LISTEN, "8080")]), LISTEN),
            (with(&[(LISTEN, "localhost:8080")]), LISTEN),
            (with(&[(PROVIDER, "keyclock")]), PROVIDER),
            (with(&[(PRIVATE_NETWORK, "yes")]), PRIVATE_NETWORK),
            (with(&[(CLIENT_SECRET, "s3cret\n")]), CLIENT_SECRET),
            (vec![GOOD[0], (ISSUER, "https://auth.example.com\n")], ISSUER),
            (with(&[(TLS_CERT, "cert.pem")]), TLS_KEY),
            (with(&[(TLS_KEY, "key.pem")]), TLS_CERT),
            (with(&[(AUDIENCE, " ")]), AUDIENCE),
            (with(&[(LEEWAY, "1m")]), LEEWAY),
            (with(&[(LEEWAY, "-1")]), LEEWAY),
            (with(&[(MAX_BYTES, "16k")]), MAX_BYTES),
            (with(&[(MAX_AGE, "1h")]), MAX_AGE),
            (with(&[(CLIENT_TOKENS, "1")]), CLIENT_TOKENS),
        ] {
            let message = error(&vars).to_string();
            assert!(message.contains(name), "{vars:?}: {message}");
            assert!(!message.contains("s3cret"), "{message}");
        }
    }

    #[test]
    fn unknown_variable_error_lists_known_variables() {
        let message = error(&with(&[("MCP_GUARD_ISSUR", "x")])).to_string();
        assert!(message.contains(ISSUER), "{message}");
    }

    #[test]
    fn valid_environment_configures_the_builder() {
        let vars = with(&[
            (LISTEN, "127.0.0.1:9"),
            (AUDIENCE, "a, b"),
            (ALLOWED_HOSTS, "x, y:8443"),
            (ALLOWED_ORIGINS, "https://x,https://y"),
            (TRUSTED_PROXIES, "10.0.0.0/8, ::1"),
            ("MCP_GUARD_DEV_LISTEN", "127.0.0.1:1"),
            ("OTHER", "x"),
        ]);
        let settings = config(&vars).unwrap().builder().unwrap().settings;
        assert_eq!(settings.resource, "https://todo.example.com/mcp");
        assert_eq!(settings.network.allowed_origins.unwrap(), ["https://x", "https://y"]);
        assert_eq!(settings.listen, Some("127.0.0.1:9".parse().unwrap()));
        assert_eq!(settings.network.allowed_hosts.unwrap(), ["x", "y:8443"]);
        assert_eq!(settings.network.trusted_proxies.unwrap(), ["10.0.0.0/8", "::1"]);
        let unreadable = EnvConfig::from_vars([], |_| Err(VarError::NotUnicode("x".into())));
        assert!(unreadable.map(drop).unwrap_err().to_string().contains("valid Unicode"));
    }

    #[test]
    fn local_caller_requires_subject_and_valid_scopes() {
        let caller = |vars: &[(&str, &str)]| config(vars).and_then(|config| config.caller());
        assert!(caller(&[]).unwrap().is_none(), "anonymous");
        assert!(caller(&GOOD).unwrap().is_none(), "anonymous with an issuer");
        for (vars, issuer, scopes) in [
            (vec![(SUBJECT, "alice")], LOCAL_ISSUER, ""),
            (vec![(SUBJECT, "alice"), (SCOPES, "b a")], LOCAL_ISSUER, "a b"),
            (vec![(SUBJECT, "alice"), (SCOPES, "  a  ")], LOCAL_ISSUER, "a"),
            (vec![(SUBJECT, "alice"), (SCOPES, "a"), GOOD[1]], GOOD[1].1, "a"),
        ] {
            let token = caller(&vars).unwrap().unwrap();
            assert_eq!((token.subject(), token.issuer()), ("alice", issuer), "{vars:?}");
            assert_eq!((token.scopes().to_string().as_str(), token.client_id()), (scopes, None), "{vars:?}");
        }
        for (vars, name) in [
            (vec![(SCOPES, "a")], SUBJECT),
            (vec![(SCOPES, "a\"b")], SUBJECT),
            (vec![(SUBJECT, "alice"), (SCOPES, "a\"b")], SCOPES),
            (vec![(SUBJECT, "alice"), (SCOPES, "a\\b")], SCOPES),
            (vec![(SUBJECT, "alice"), (SCOPES, "ä")], SCOPES),
            (vec![(SUBJECT, "alice"), (SCOPES, "a\tb")], SCOPES),
            (vec![(SUBJECT, "alice"), (SCOPES, "")], SCOPES),
            (vec![(SUBJECT, " "), (SCOPES, "a")], SUBJECT),
            (vec![("MCP_GUARD_SCOPE", "a")], "MCP_GUARD_SCOPE"),
        ] {
            let message = caller(&vars).map(drop).unwrap_err().to_string();
            assert!(message.contains(name), "{vars:?}: {message}");
        }
    }

    #[test]
    fn http_server_rejects_a_configured_caller() {
        for (vars, name) in [
            (with(&[(SUBJECT, "alice")]), SUBJECT),
            (with(&[(SCOPES, "a")]), SCOPES),
            (with(&[(SUBJECT, "alice"), (SCOPES, "a")]), SUBJECT),
        ] {
            let message = error(&vars).to_string();
            assert!(message.contains(name) && message.contains("unset it"), "{vars:?}: {message}");
        }
    }

    #[test]
    fn certificate_is_used_or_rejected() {
        let built = config(&with(&[(TLS_CERT, "cert.pem"), (TLS_KEY, "key.pem")])).unwrap().builder();
        if cfg!(feature = "tls") {
            let tls = built.unwrap().settings.tls.unwrap();
            assert_eq!((tls.certificate.to_str(), tls.key.to_str()), (Some("cert.pem"), Some("key.pem")));
        } else {
            assert!(built.map(drop).unwrap_err().to_string().contains(TLS_CERT));
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        let config = config(&with(&[(CLIENT_SECRET, "s3cret")])).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    /// Returns the error of the configured issuer, without fetching anything.
    fn issuer_error(vars: &[(&str, &str)]) -> String {
        let built = config(vars).and_then(|config| config.configured_issuer());
        match built.map(|issuer| issuer.prepare("https://todo.example.com/mcp")) {
            Ok(Ok(_)) => String::new(),
            Ok(Err(mistakes)) => BuildError::from(mistakes).to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn environment_configures_every_kind_of_issuer() {
        let id_and_secret = [(CLIENT_ID, "todo"), (CLIENT_SECRET, "s3cret")];
        let common = [(LEEWAY, "60"), (MAX_BYTES, "4096"), (MAX_AGE, "3600"), (PRIVATE_NETWORK, "true")];
        for vars in [
            vec![
                GOOD[1],
                (CLIENT_ID, "a, b"),
                (JWKS_URI, "https://internal.example.com/keys"),
                (CLIENT_TOKENS, "true"),
            ],
            vec![(PROVIDER, "auth0"), GOOD[1], (CLIENT_ID, "a"), ("MCP_GUARD_SCOPE_PREFIX", "api://x/")],
            vec![(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1")],
            [&[(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1")], &id_and_secret[..]].concat(),
            [&[(PROVIDER, "introspection"), GOOD[1], (CLIENT_TOKENS, "false")], &id_and_secret[..]].concat(),
            [&[(PROVIDER, "github")], &id_and_secret[..]].concat(),
            vec![(PROVIDER, "google"), (CLIENT_ID, "a, b")],
        ] {
            assert_eq!(issuer_error(&[&vars, &common[..]].concat()), "", "{vars:?}");
        }
    }

    #[test]
    fn unused_or_invalid_variable_is_an_error() {
        let google = [(PROVIDER, "google"), (CLIENT_ID, "a")];
        let github = [(PROVIDER, "github"), (CLIENT_ID, "a"), (CLIENT_SECRET, "s3cret")];
        for (vars, name) in [
            (vec![GOOD[1], (CLIENT_SECRET, "s3cret")], CLIENT_SECRET),
            (vec![(PROVIDER, "auth0"), GOOD[1], (CLIENT_SECRET, "s3cret")], CLIENT_SECRET),
            (vec![(PROVIDER, "auth0")], ISSUER),
            (vec![(PROVIDER, "keycloak"), (ISSUER, "https://keycloak.example.com")], ISSUER),
            (vec![(PROVIDER, "scalekit"), GOOD[1]], AUDIENCE),
            (vec![(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1"), (CLIENT_ID, "a")], CLIENT_SECRET),
            (vec![(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1"), (CLIENT_SECRET, "s3cret")], CLIENT_ID),
            (vec![(PROVIDER, "introspection"), GOOD[1], (CLIENT_SECRET, "s3cret")], CLIENT_ID),
            (vec![(PROVIDER, "introspection"), GOOD[1], (CLIENT_ID, "a, b"), (CLIENT_SECRET, "s3cret")], CLIENT_ID),
            (vec![(PROVIDER, "google")], CLIENT_ID),
            ([&google[..], &[GOOD[1]]].concat(), ISSUER),
            ([&google[..], &[(AUDIENCE, "x")]].concat(), AUDIENCE),
            ([&google[..], &[(CLIENT_SECRET, "s3cret")]].concat(), CLIENT_SECRET),
            ([&google[..], &[(JWKS_URI, "https://x")]].concat(), JWKS_URI),
            ([&github[..], &[(AUDIENCE, "x")]].concat(), AUDIENCE),
            ([&github[..], &[(CLIENT_TOKENS, "true")]].concat(), CLIENT_TOKENS),
            (vec![(ISSUER, "https://user:s3cret@auth.example.com")], ISSUER),
            (vec![GOOD[1], (AUDIENCE, "a,,b")], AUDIENCE),
            (vec![GOOD[1], (CLIENT_ID, "a,")], CLIENT_ID),
            (vec![GOOD[1], (LEEWAY, "301")], LEEWAY),
            (vec![GOOD[1], (MAX_BYTES, "0")], MAX_BYTES),
            (vec![GOOD[1], (MAX_AGE, "0")], MAX_AGE),
            (vec![GOOD[1], (JWKS_URI, "http://internal.example.com/keys")], JWKS_URI),
            (vec![GOOD[1], ("MCP_GUARD_SCOPE_PREFIX", "a b")], "MCP_GUARD_SCOPE_PREFIX"),
        ] {
            let message = issuer_error(&vars);
            assert!(message.contains(name), "{vars:?}: {message}");
            assert!(!message.contains("s3cret") && !message.contains("::"), "{vars:?}: {message}");
        }
    }

    #[test]
    fn every_mistake_in_the_environment_is_reported() {
        let message = error(&[(LISTEN, "8080"), (TLS_KEY, "key.pem"), (SUBJECT, "alice")]).to_string();
        let issuer =
            error(&with(&[(LEEWAY, "1m"), (MAX_BYTES, "16k"), (CLIENT_TOKENS, "1"), (CLIENT_SECRET, "s3cret")]));
        for name in [LEEWAY, MAX_BYTES, CLIENT_TOKENS, CLIENT_SECRET] {
            assert!(issuer.to_string().contains(name), "{name}: {issuer}");
        }
        for name in [RESOURCE, ISSUER, LISTEN, TLS_CERT, SUBJECT] {
            assert!(message.contains(name), "{name}: {message}");
        }
        assert_eq!(format!("{:?}", error(&[])), error(&[]).to_string(), "`main` prints errors with `Debug`");
    }
}
