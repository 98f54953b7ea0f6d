//! The settings that all kinds of issuers have.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::config::{ConfigError, Mistakes, Setting};
use crate::provider::Card;
use crate::scope::ScopeSpelling;
use crate::token::ValidatedToken;
use crate::urls::is_loopback;
use crate::validate::{AnswerRules, CallLimits, ClientTokens, Egress, EgressProxy, ExtraRoots, Grants};

/// The maximum leeway. RFC 7519 section 4.1.4: "usually no more than a few minutes".
const MAX_LEEWAY: Duration = Duration::from_secs(5 * 60);
/// The largest maximum length of a token. A request head is kept in memory, so it must not be arbitrarily large.
const MAX_TOKEN_BYTES: usize = 1024 * 1024;
/// The maximum of waiting and cache times.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The expected form of an issuer identifier (RFC 8414 section 2).
pub(super) const ISSUER_FORM: &str = "an https URL, or an http URL on loopback, exactly as in the issuer's metadata, without user name, query and fragment";
/// The expected form of a URL that receives credentials or serves keys.
pub(super) const ENDPOINT_FORM: &str = "an https URL, or an http URL on loopback, without user name and fragment";

/// The settings that all kinds of issuers have.
#[derive(Clone)]
pub(crate) struct Common {
    /// The configured issuer.
    pub(super) name: String,
    /// Whether environment variables configure the issuer. Errors then name the variables.
    pub(super) from_environment: bool,
    /// The accepted audiences, empty for the default.
    pub(super) audiences: Vec<String>,
    pub(super) clients: Option<Vec<String>>,
    pub(super) scope_claims: Option<Vec<String>>,
    pub(super) scope_prefix: Option<String>,
    pub(super) allow_client_tokens: bool,
    pub(super) leeway: Duration,
    pub(super) max_token_bytes: usize,
    pub(super) max_token_age: Option<Duration>,
    pub(super) cached_tokens: usize,
    /// How long a response of the authorization server is cached.
    pub(super) cache_time: Duration,
    /// The maximum number of calls to the authorization server at once.
    pub(super) max_calls: usize,
    pub(super) private_network: bool,
    /// A PEM file with CA certificates in addition to those of the system.
    pub(super) ca_file: Option<PathBuf>,
    pub(super) egress_proxy: Option<String>,
    pub(super) fail_fast: bool,
    pub(super) grants: Grants,
    pub(super) revoked: Option<Revoked>,
}

/// The revocation check of the application. Returns whether a token is revoked.
#[derive(Clone)]
pub(crate) struct Revoked(pub(super) Arc<dyn Fn(&ValidatedToken) -> bool + Send + Sync>);

impl fmt::Debug for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revoked")
    }
}

impl Common {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            from_environment: false,
            audiences: Vec::new(),
            clients: None,
            scope_claims: None,
            scope_prefix: None,
            allow_client_tokens: false,
            leeway: Duration::from_secs(30),
            max_token_bytes: 16 * 1024,
            max_token_age: None,
            cached_tokens: 10_000,
            cache_time: Duration::from_secs(60),
            max_calls: 32,
            private_network: false,
            ca_file: None,
            egress_proxy: None,
            fail_fast: false,
            grants: Grants::default(),
            revoked: None,
        }
    }

    pub(super) const fn call_limits(&self) -> CallLimits {
        CallLimits {
            max_length: self.max_token_bytes,
            cache_time: self.cache_time,
            cached_tokens: self.cached_tokens,
            max_calls: self.max_calls,
        }
    }

    /// Completes the rules for the responses of the authorization server.
    pub(super) fn rules(&self, rules: AnswerRules) -> AnswerRules {
        AnswerRules {
            clients: self.clients.clone().unwrap_or_default(),
            client_tokens: ClientTokens::new(self.allow_client_tokens),
            leeway: self.leeway.as_secs(),
            max_age: self.max_token_age.map(|age| age.as_secs()),
            scope_claims: self.scope_claims.clone().unwrap_or(rules.scope_claims),
            grants: self.grants.clone(),
            ..rules
        }
    }

    /// Checks the settings for requests to the authorization server, and reads the CA certificates.
    pub(super) fn egress(&self, mistakes: &mut Mistakes) -> Egress {
        let roots = self.ca_file.as_ref().map(|path| {
            ExtraRoots::read(path).map_err(|reason| {
                let expected = format!("a readable PEM file with at least one CA certificate ({reason})");
                ConfigError::invalid(Setting::CaFile, path.display().to_string(), expected)
            })
        });
        let proxy = self.egress_proxy.as_ref().map(|url| {
            // The URL may contain a password.
            EgressProxy::parse(url).ok_or_else(|| ConfigError::hidden(Setting::EgressProxy, EgressProxy::FORM))
        });
        Egress {
            private_network: self.private_network,
            roots: mistakes.take(roots.transpose()).flatten(),
            proxy: mistakes.take(proxy.transpose()).flatten(),
        }
    }

    /// Checks the settings.
    pub(super) fn check(&self, mistakes: &mut Mistakes) {
        mistakes.check(!self.audiences.iter().any(String::is_empty), || {
            ConfigError::invalid(Setting::Audience, "", "a non-empty value")
        });
        check_names(mistakes, Setting::Clients, self.clients.as_deref());
        check_names(mistakes, Setting::ScopeClaims, self.scope_claims.as_deref());
        check_prefix(mistakes, Setting::ScopePrefix, self.scope_prefix.as_deref());
        check_at_most(mistakes, Setting::Leeway, self.leeway, MAX_LEEWAY);
        check_wait(mistakes, Setting::CacheTime, self.cache_time);
        mistakes.check(self.max_calls > 0, || ConfigError::invalid(Setting::MaxCalls, "0", "at least 1 call"));
        mistakes.check((1..=MAX_TOKEN_BYTES).contains(&self.max_token_bytes), || {
            let expected = format!("1 to {MAX_TOKEN_BYTES} bytes, 16384 by default");
            ConfigError::invalid(Setting::MaxTokenBytes, self.max_token_bytes.to_string(), expected)
        });
        mistakes.check(self.max_token_age.is_none_or(|age| age.as_secs() > 0), || {
            ConfigError::invalid(Setting::MaxTokenAge, "0 s", "at least one second")
        });
    }
}

/// Returns the error for an issuer that this provider does not have.
pub(super) fn invalid_issuer(issuer: &str, card: &Card, example: &str) -> ConfigError {
    match card.name {
        "" => invalid_url(Setting::Issuer, issuer, ISSUER_FORM),
        _ => invalid_url(Setting::Issuer, issuer, &format!("an issuer of {}, like {example}", card.title)),
    }
}

/// Returns the error for an invalid URL. It quotes the URL, unless that may contain a secret, and names the alternatives to
/// plain HTTP.
pub(super) fn invalid_url(setting: Setting, url: &str, expected: &str) -> ConfigError {
    let is_plain_http = Url::parse(url).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url));
    let alternatives = match setting {
        _ if !is_plain_http => "",
        Setting::Issuer => {
            "; use https with a private CA (`.ca_file(..)`, MCP_GUARD_CA_FILE), or the https issuer in the tokens with \
            an internal https URL of its keys (`.jwks_uri(..)`, MCP_GUARD_JWKS_URI) or with given keys (`.jwks(..)`)"
        }
        Setting::JwksUri => {
            "; use https with a private CA (`.ca_file(..)`, MCP_GUARD_CA_FILE), or given keys (`.jwks(..)`)"
        }
        _ => "; use https with a private CA (`.ca_file(..)`, MCP_GUARD_CA_FILE)",
    };
    let expected = format!("{expected}{alternatives}");
    // User name and password, a query and a fragment.
    if url.contains(['@', '?', '#']) {
        ConfigError::hidden(setting, expected)
    } else {
        ConfigError::invalid(setting, url, expected)
    }
}

/// Requires a resource, which is the default audience.
pub(super) fn check_resource(mistakes: &mut Mistakes, resource: &str) {
    mistakes.check(!resource.is_empty(), || {
        ConfigError::missing(Setting::Resource, "the resource URL, the default audience of tokens")
    });
}

/// Rejects an empty list, which would disable the rule, and empty names.
pub(super) fn check_names(mistakes: &mut Mistakes, setting: Setting, names: Option<&[String]>) {
    mistakes.check(names.is_none_or(|names| !names.is_empty() && !names.iter().any(String::is_empty)), || {
        ConfigError::hidden(setting, "at least one value, and no empty value")
    });
}

pub(super) fn check_prefix(mistakes: &mut Mistakes, setting: Setting, prefix: Option<&str>) {
    if let Some(prefix) = prefix
        && let Err(expected) = ScopeSpelling::with_prefix(prefix)
    {
        mistakes.push(ConfigError::invalid(setting, prefix, expected));
    }
}

pub(super) fn check_at_most(mistakes: &mut Mistakes, setting: Setting, value: Duration, most: Duration) {
    mistakes.check(value <= most, || {
        ConfigError::invalid(setting, format!("{} s", value.as_secs()), format!("at most {} s", most.as_secs()))
    });
}

pub(super) fn check_wait(mistakes: &mut Mistakes, setting: Setting, value: Duration) {
    check_at_most(mistakes, setting, value, MAX_WAIT);
}
