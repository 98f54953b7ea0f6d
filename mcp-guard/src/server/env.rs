//! The configuration of a server by environment variables.

mod decisions;
mod docs_page;
mod issuer;
mod rates;
mod revocations;

use std::collections::BTreeMap;
use std::env::VarError;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use super::{Lifespan, Limits, Network, NoTools, Observation, ResourceMetadata, ResourceServerBuilder};
use crate::config::{ConfigError, ConfigErrorKind, EnvError, Setting};
use crate::policy::Enforcement;
use crate::provider::Provider;
use crate::scope::ScopeSet;
use crate::token::{TokenParts, ValidatedToken};

const PREFIX: &str = "MCP_GUARD_";
/// The prefix of the variables of the development authorization server, which this crate does not read.
const DEV_PREFIX: &str = "MCP_GUARD_DEV_";

/// The `MCP_GUARD_*` environment variables. They configure one issuer. Lists are separated by commas.
///
/// | variable | meaning |
/// |---|---|
/// | `MCP_GUARD_RESOURCE` | the resource URL, as clients use it; required |
/// | `MCP_GUARD_MOUNT_PATH` | the path at which requests arrive, if a proxy removes a prefix; default: that of the resource URL |
/// | `MCP_GUARD_METADATA_URL` | the metadata URL in challenges; default: the well-known location |
/// | `MCP_GUARD_ISSUER` | the issuer of the tokens; required unless the provider fixes it; optional on stdio |
/// | `MCP_GUARD_AUDIENCE` | accepted `aud` values; default: the resource URL |
/// | `MCP_GUARD_PROVIDER` | the name of a [`Provider`]; default: an issuer of RFC 9068 tokens |
/// | `MCP_GUARD_CLIENT_ID` | allowed clients; with a secret, the id of this server at the provider |
/// | `MCP_GUARD_CLIENT_SECRET` | the secret of this server at the provider |
/// | `MCP_GUARD_SCOPE_PREFIX` | the prefix of scopes in authorization requests |
/// | `MCP_GUARD_JWKS_URI` | the URL of the issuer's keys; default: the one in its metadata |
/// | `MCP_GUARD_LEEWAY_SECONDS` | accepted clock difference of the issuer; default 30 |
/// | `MCP_GUARD_MAX_TOKEN_BYTES` | maximum length of a token; default 16384, at most 1048576 |
/// | `MCP_GUARD_MAX_TOKEN_AGE_SECONDS` | maximum time since `iat`; default: only `exp` counts |
/// | `MCP_GUARD_ALLOW_CLIENT_TOKENS` | `true` enables [`allow_client_tokens`](crate::Issuer::allow_client_tokens) |
/// | `MCP_GUARD_ALLOW_PRIVATE_NETWORK` | `true` enables [`allow_private_network`](crate::Issuer::allow_private_network) |
/// | `MCP_GUARD_CA_FILE` | a PEM file with CA certificates of the authorization server, in addition to those of the system |
/// | `MCP_GUARD_EGRESS_PROXY` | the [proxy](crate::Issuer::egress_proxy) for requests to the authorization server; default: none |
/// | `MCP_GUARD_FAIL_FAST` | `true` enables [`fail_fast`](crate::Issuer::fail_fast): an unavailable issuer is an error at startup |
/// | `MCP_GUARD_LISTEN` | the listening address; default: that of a resource URL on loopback, or `127.0.0.1:8080` |
/// | `MCP_GUARD_ALLOWED_ORIGINS` | web origins whose pages may call the server |
/// | `MCP_GUARD_ALLOWED_HOSTS` | allowed hosts in addition to the host of the resource URL |
/// | `MCP_GUARD_TLS_CERT`, `MCP_GUARD_TLS_KEY` | PEM files of a certificate chain and its key; both or none |
/// | `MCP_GUARD_ALLOW_PLAIN_HTTP` | `true`: serve plain HTTP at other than loopback addresses, behind a proxy that terminates TLS |
/// | `MCP_GUARD_DRAIN_SECONDS` | maximum time for requests in progress when the server stops; default 10 |
/// | `MCP_GUARD_DECISION_LOG` | the file for [decision records](crate::record); default: none |
/// | `MCP_GUARD_AUDIT_KEY` | the key of the log, at least 32 bytes as base64 or hexadecimal; default: the file `<log>.key`, which is created with a new log |
/// | `MCP_GUARD_DECISIONS_WHEN_FULL` | `refuse`, `wait` or `drop`: what happens to calls that cannot be recorded; default `refuse` |
/// | `MCP_GUARD_ENFORCEMENT` | `report-only`: missing scopes are recorded and [not enforced](crate::policy::Enforcement::ReportOnly); default `enforced` |
/// | `MCP_GUARD_METRICS_LISTEN` | the address at which metrics are exported, such as `127.0.0.1:9464`; needs the feature `prometheus`; default: none |
/// | `MCP_GUARD_RATE_FAILED_CREDENTIALS` | requests with invalid credentials from one address, like `300/minute`, or `off`; default `300/minute` |
/// | `MCP_GUARD_RATE_WITHOUT_TOKEN` | [requests without a token](crate::settings::RateLimits::without_token) from one address, like `600/minute`, or `off`; default `off` |
/// | `MCP_GUARD_RATE_PER_CALLER` | requests of one caller, like `600/minute`, or `off`; default `off` |
/// | `MCP_GUARD_CONCURRENT_PER_CALLER` | MCP requests of one caller in progress; default: unlimited |
/// | `MCP_GUARD_TRUSTED_PROXIES` | addresses and networks of trusted proxies |
/// | `MCP_GUARD_DOCS` | `true` serves an open documentation page at `/docs`, `guarded` one for callers with a token; default `false`; requires the feature `docs-page` |
/// | `MCP_GUARD_REVOCATION_SCOPE` | the scope of `POST /admin/revocations`, which [revokes tokens](crate::revocation); default: no such route |
/// | `MCP_GUARD_REVOCATION_PATH` | another path of this route |
/// | `MCP_GUARD_LONGEST_TOKEN_SECONDS` | the longest lifetime of an access token; `unlimited` keeps revocations until a restart; default 86400 |
/// | `MCP_GUARD_MAX_REVOCATIONS` | the maximum number of revocations; default 1000000 |
/// | `MCP_GUARD_SUBJECT` | the caller of a [`LocalServer`](crate::LocalServer) |
/// | `MCP_GUARD_SCOPES` | the scopes of this caller, separated by spaces |
///
/// An unknown variable that begins with `MCP_GUARD_` is an error, because it is probably misspelled. `MCP_GUARD_DEV_*`
/// variables configure the development authorization server and are ignored. Building the server reports all errors at
/// once.
#[derive(Clone)]
pub struct EnvConfig {
    values: BTreeMap<Setting, String>,
    /// The variables that are empty, unknown or not valid Unicode.
    errors: Vec<EnvError>,
    opens_files: bool,
}

/// The caller's issuer on a local server without a configured issuer.
const LOCAL_ISSUER: &str = "urn:mcp-guard:local";

impl EnvConfig {
    /// Reads the environment variables.
    #[must_use]
    pub fn read() -> Self {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        Self::from_vars(names, |name| std::env::var(name))
    }

    fn from_vars(names: impl IntoIterator<Item = String>, var: impl Fn(&str) -> Result<String, VarError>) -> Self {
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
        Self { values, errors, opens_files: true }
    }

    /// Returns the errors of variables that are empty, unknown or not valid Unicode. For programs that use only single
    /// values: [`builder`](Self::builder) and [`caller`](Self::caller) report them as well.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names every such variable.
    pub fn check(&self) -> Result<(), EnvError> {
        EnvError::all(self.errors.clone())
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
        self.readable(Setting::Provider)?;
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
        self.values.entry(Setting::Resource).or_insert_with(|| url.into());
        self
    }

    /// Sets the issuer, unless the environment configures one.
    #[must_use]
    pub fn or_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.values.entry(Setting::Issuer).or_insert_with(|| issuer.into());
        self
    }

    /// Sets the allowed web origins, unless the environment configures them.
    #[must_use]
    pub fn or_allowed_origins<O: AsRef<str>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        let origins: Vec<O> = origins.into_iter().collect();
        let list = || origins.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(",");
        self.values.entry(Setting::AllowedOrigins).or_insert_with(list);
        self
    }

    /// Returns whether missing scopes are enforced.
    ///
    /// # Errors
    ///
    /// [`EnvError`] if the value is neither `report-only` nor `enforced`.
    pub fn enforcement(&self) -> Result<Enforcement, EnvError> {
        self.parse(Setting::Enforcement, "report-only or enforced").map(Option::unwrap_or_default)
    }

    /// Ignores the log of decisions, for a program that only checks the configuration while the server may be running.
    #[must_use]
    pub fn without_files(mut self) -> Self {
        self.opens_files = false;
        self
    }

    /// Returns the caller of a [`LocalServer`](crate::LocalServer). On stdio, the environment names the caller (MCP,
    /// authorization, "Protocol Requirements"). `None` is an anonymous caller, who may use only public operations.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names every variable that is empty, unknown or not valid Unicode. Also if the scopes are invalid, or
    /// configured without a subject.
    pub fn caller(&self) -> Result<Option<ValidatedToken>, EnvError> {
        self.check()?;
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

    /// Returns a builder with the settings of the variables. Its `build` reports every variable that is missing or invalid.
    pub fn builder(&self) -> ResourceServerBuilder<NoTools> {
        let mut errors = self.errors.clone();
        if self.resource().is_none() && !self.is_reported(Setting::Resource) {
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
            .metadata(ResourceMetadata {
                url: self.get(Setting::MetadataUrl).map(str::to_owned),
                ..ResourceMetadata::new()
            })
            .named_by_environment(self.values.keys().copied());
        if let Some(path) = self.get(Setting::MountPath) {
            builder = builder.mount_path(path);
        }
        match self.listen() {
            Ok(Some(address)) => builder = builder.listen(address),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
        match self.configured_issuer() {
            Ok(issuer) => builder = builder.issuer(issuer),
            // The issuer may be missing because its variable is invalid.
            Err(EnvError::Config(error)) if self.is_reported(error.setting()) => {}
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
        match self.parse(Setting::DrainTimeout, "a number of seconds") {
            Ok(Some(seconds)) => {
                builder = builder.lifespan(Lifespan::new().drain_timeout(Duration::from_secs(seconds)));
            }
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
        match self.parse::<SocketAddr>(Setting::MetricsListen, "an address like 127.0.0.1:9464") {
            #[cfg(feature = "prometheus")]
            Ok(Some(address)) => builder = builder.observation(Observation::new().metrics_listen(address)),
            #[cfg(not(feature = "prometheus"))]
            Ok(Some(_)) => {
                errors.push(self.unused(Setting::MetricsListen, "mcp-guard without its `prometheus` feature"));
            }
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
        match self.parse(Setting::AllowPlainHttp, "true or false") {
            Ok(Some(true)) => builder = builder.allow_plain_http(),
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
        match self.rate_limits() {
            Ok(Some(rates)) => builder = builder.limits(Limits::new().rates(rates)),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
        match self.decisions() {
            Ok(decisions) => builder = builder.observation(Observation::new().decisions(decisions)),
            Err(error) => errors.push(error),
        }
        match self.enforcement() {
            Ok(enforcement) => builder = builder.enforcement(enforcement),
            Err(error) => errors.push(error),
        }
        builder = self.docs_page(builder, &mut errors);
        builder = self.with_revocations(builder, &mut errors);
        // A variable that could not be read is also reported where it is parsed.
        let mut reported = Vec::new();
        for error in errors {
            if !reported.contains(&error) {
                reported.push(error);
            }
        }
        builder.with_environment_errors(reported)
    }

    /// Returns whether the variable of this setting could not be read.
    fn is_reported(&self, setting: Setting) -> bool {
        self.readable(setting).is_err()
    }

    /// Returns the error of the variable of this setting, if it could not be read.
    fn readable(&self, setting: Setting) -> Result<(), EnvError> {
        let is_its = |error: &&EnvError| matches!(error, EnvError::Config(error) if error.setting() == setting);
        self.errors.iter().find(is_its).cloned().map_or(Ok(()), Err)
    }

    fn parse<T: FromStr>(&self, setting: Setting, expected: &'static str) -> Result<Option<T>, EnvError> {
        self.readable(setting)?;
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
        self.values.get(&setting).map(String::as_str)
    }

    /// Returns the items of a comma-separated list. An extra comma results in an empty item, which building the server
    /// rejects.
    fn list(&self, setting: Setting) -> Vec<String> {
        let items = self.get(setting).into_iter().flat_map(|value| value.split(','));
        items.map(|item| item.trim().to_owned()).collect()
    }
}

impl EnvConfig {
    /// Returns the variables and their values, without secrets.
    fn shown(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().filter_map(|(setting, value)| {
            // The URL of a proxy may contain a password.
            let is_secret = matches!(setting, Setting::ClientSecret | Setting::EgressProxy | Setting::AuditKey);
            Some((setting.variable()?, if is_secret { "[redacted]" } else { value }))
        })
    }
}

impl fmt::Debug for EnvConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.shown()).finish()
    }
}

/// Prints a line for each variable, without secrets.
impl fmt::Display for EnvConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().try_for_each(|(variable, value)| writeln!(f, "{variable}={value}"))
    }
}

#[cfg(test)]
mod tests;
