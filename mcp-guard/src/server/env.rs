//! A server as its environment describes it.

use std::collections::BTreeMap;
use std::env::VarError;
use std::fmt;
use std::net::SocketAddr;

use super::NoTools;
use super::ResourceServerBuilder;
use super::variable::ALLOWED_HOSTS;
use super::variable::ALLOWED_ORIGINS;
use super::variable::AUDIENCE;
use super::variable::CLIENT_ID;
use super::variable::CLIENT_SECRET;
use super::variable::DEV_PREFIX;
use super::variable::ISSUER;
use super::variable::KNOWN;
use super::variable::LISTEN;
use super::variable::PREFIX;
use super::variable::PRIVATE_NETWORK;
use super::variable::PROVIDER;
use super::variable::RESOURCE;
use super::variable::SCOPE_PREFIX;
use super::variable::SCOPES;
use super::variable::SUBJECT;
use super::variable::TLS_CERT;
use super::variable::TLS_KEY;
use super::variable::TRUSTED_PROXIES;
use super::variable::known;
use crate::provider::Provider;
use crate::provider::UnknownProvider;
use crate::scope::ScopeSet;
use crate::token::TokenParts;
use crate::token::ValidatedToken;

/// The `MCP_GUARD_*` variables of the environment.
///
/// | variable | meaning |
/// |---|---|
/// | `MCP_GUARD_RESOURCE` | the URL under which clients know this server; required |
/// | `MCP_GUARD_ISSUER` | the authorization server, one, written as it writes itself; required, but with a provider that has only one, and on stdio, where it is the caller's issuer |
/// | `MCP_GUARD_AUDIENCE` | the `aud` of good tokens, where it is not the resource; several with commas |
/// | `MCP_GUARD_PROVIDER` | the identity provider, by the name of its [`Provider`]; unset: an issuer of RFC 9068 tokens |
/// | `MCP_GUARD_CLIENT_ID` | the clients whose tokens are accepted, with commas; or, where a secret belongs to it, this server's id at the provider |
/// | `MCP_GUARD_CLIENT_SECRET` | this server's secret there |
/// | `MCP_GUARD_SCOPE_PREFIX` | what clients must write in front of a scope when they ask for it, where the provider wants that |
/// | `MCP_GUARD_ALLOW_PRIVATE_NETWORK` | `true`: the authorization server may be on a private network |
/// | `MCP_GUARD_LISTEN` | the address to listen on; default `127.0.0.1:8080` |
/// | `MCP_GUARD_ALLOWED_ORIGINS` | web origins whose pages may call, with commas |
/// | `MCP_GUARD_ALLOWED_HOSTS` | hosts that requests may name besides the resource's, with commas |
/// | `MCP_GUARD_TLS_CERT`, `MCP_GUARD_TLS_KEY` | PEM files of a certificate chain and its key; both or none |
/// | `MCP_GUARD_TRUSTED_PROXIES` | addresses and networks of proxies that are trusted to name their clients, separated by commas |
/// | `MCP_GUARD_SUBJECT`, `MCP_GUARD_SCOPES` | only for a [`LocalServer`](crate::LocalServer): who calls on stdio, and what they hold, separated by spaces |
///
/// A variable that begins with `MCP_GUARD_` and is not known is an error: it is more likely misspelt than meant for somebody else. Those of the
/// development authorization server, `MCP_GUARD_DEV_*`, are not read here.
#[derive(Clone)]
pub struct EnvConfig(BTreeMap<&'static str, String>);

/// What is wrong with the environment. The values of secrets are never shown.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// A variable that is needed is not there.
    #[error("{name} is not set: set it to {hint}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What belongs into it.
        hint: &'static str,
    },
    /// A variable is set to nothing.
    #[error("{0} is set and empty: give it a value, or unset it")]
    Empty(&'static str),
    /// A variable begins or ends with a space or a line break, as mounted files do. It is taken as it is, so that is an error.
    #[error("{0} begins or ends with a space or a line break: take it away")]
    Surrounded(&'static str),
    /// A variable is not valid Unicode.
    #[error("{0} is not valid Unicode")]
    NotUnicode(&'static str),
    /// A variable has a value that cannot be used.
    #[error("{name} is {value:?}, which is not {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A variable has no meaning for this server.
    #[error("{name} is set, but {reason}: unset it")]
    Useless {
        /// The variable.
        name: &'static str,
        /// Why it has no meaning.
        reason: &'static str,
    },
    /// A variable of ours that does not exist.
    #[error("{name} is not known; the known ones are {}", known())]
    Unknown {
        /// The variable.
        name: String,
    },
    /// No provider has this name.
    #[error("MCP_GUARD_PROVIDER is {value:?}, which is {source}; unset it for issuers of RFC 9068 tokens")]
    Provider {
        /// Its value.
        value: String,
        /// The names that there are.
        source: UnknownProvider,
    },
    /// A certificate without its key, or the other way round.
    #[error("{set} is set and {missing} is not: TLS needs both")]
    HalfTls {
        /// The one that is there.
        set: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
}

/// Who vouches for the caller of a local server where no issuer is configured.
const LOCAL_ISSUER: &str = "urn:mcp-guard:local";

impl EnvConfig {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names the variable that is empty, unreadable or unknown.
    pub fn read() -> Result<Self, EnvError> {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        Self::from_vars(names, |name| std::env::var(name))
    }

    fn from_vars(
        names: impl IntoIterator<Item = String>,
        var: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Self, EnvError> {
        for name in names {
            if name.starts_with(PREFIX) && !name.starts_with(DEV_PREFIX) && !KNOWN.contains(&name.as_str()) {
                return Err(EnvError::Unknown { name });
            }
        }
        let mut values = BTreeMap::new();
        for name in KNOWN {
            match var(name) {
                Ok(value) if value.trim().is_empty() => return Err(EnvError::Empty(name)),
                Ok(value) if value.trim() != value && *name != SCOPES => return Err(EnvError::Surrounded(name)),
                Ok(value) => {
                    values.insert(*name, value);
                }
                Err(VarError::NotPresent) => {}
                Err(VarError::NotUnicode(_)) => return Err(EnvError::NotUnicode(name)),
            }
        }
        Ok(Self(values))
    }

    /// The configured issuer.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.get(ISSUER)
    }

    /// The configured identity provider.
    ///
    /// # Errors
    ///
    /// [`EnvError::Provider`] when there is none of this name.
    pub fn provider(&self) -> Result<Option<Provider>, EnvError> {
        let parse =
            |value: &str| value.parse().map_err(|source| EnvError::Provider { value: value.to_owned(), source });
        self.get(PROVIDER).map(parse).transpose()
    }

    /// The configured resource URL.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.get(RESOURCE)
    }

    /// The configured address to listen on.
    ///
    /// # Errors
    ///
    /// [`EnvError::Invalid`] when it is no address.
    pub fn listen(&self) -> Result<Option<SocketAddr>, EnvError> {
        let parse = |value: &str| {
            value.parse().map_err(|_| EnvError::Invalid {
                name: LISTEN,
                value: value.to_owned(),
                expected: "an address like 127.0.0.1:8080",
            })
        };
        self.get(LISTEN).map(parse).transpose()
    }

    /// Uses this resource URL where none is configured.
    #[must_use]
    pub fn or_resource(mut self, url: impl Into<String>) -> Self {
        self.0.entry(RESOURCE).or_insert_with(|| url.into());
        self
    }

    /// Uses this issuer where none is configured.
    #[must_use]
    pub fn or_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.0.entry(ISSUER).or_insert_with(|| issuer.into());
        self
    }

    /// Who calls a [`LocalServer`](crate::LocalServer): whoever starts a server on stdio says so in its environment (MCP, authorization, "Protocol
    /// Requirements"). `None` if nobody does, and then nobody may do anything that is not public.
    ///
    /// # Errors
    ///
    /// [`EnvError`] when there are scopes without a subject, or something that is no scope.
    pub fn caller(&self) -> Result<Option<ValidatedToken>, EnvError> {
        let scopes = self.get(SCOPES).map(|scopes| {
            scopes.parse::<ScopeSet>().map_err(|_| EnvError::Invalid {
                name: SCOPES,
                value: scopes.to_owned(),
                expected: "a list of scopes, separated by spaces",
            })
        });
        let Some(subject) = self.get(SUBJECT) else {
            return match scopes {
                Some(_) => Err(EnvError::Missing { name: SUBJECT, hint: "whoever holds MCP_GUARD_SCOPES" }),
                None => Ok(None),
            };
        };
        Ok(Some(ValidatedToken::new(TokenParts {
            subject: subject.to_owned(),
            issuer: self.issuer().unwrap_or(LOCAL_ISSUER).to_owned(),
            scopes: scopes.transpose()?.unwrap_or_default(),
            ..TokenParts::default()
        })))
    }

    /// The server that the variables describe.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names the variable that is missing or wrong.
    pub fn builder(&self) -> Result<ResourceServerBuilder<NoTools>, EnvError> {
        let missing = |name, hint| EnvError::Missing { name, hint };
        let resource = self
            .get(RESOURCE)
            .ok_or_else(|| missing(RESOURCE, "the URL that clients use, like https://todo.example.com/mcp"))?;
        let mut builder = ResourceServerBuilder::new(resource.to_owned())
            .named_by_environment()
            .allowed_origins(self.list(ALLOWED_ORIGINS))
            .allowed_hosts(self.list(ALLOWED_HOSTS))
            .trusted_proxies(self.list(TRUSTED_PROXIES));
        for audience in self.list(AUDIENCE) {
            builder = builder.audience(audience);
        }
        if let Some(address) = self.listen()? {
            builder = builder.listen(address);
        }
        match (self.provider()?, self.get(ISSUER)) {
            // A provider says by itself whether it needs to be told.
            (Some(provider), issuer) => {
                builder = builder.provider(provider);
                if let Some(issuer) = issuer {
                    builder = builder.authorization_server(issuer);
                }
            }
            (None, Some(issuer)) => builder = builder.authorization_server(issuer),
            (None, None) => {
                return Err(missing(ISSUER, "the issuer of the access tokens, like https://auth.example.com"));
            }
        }
        match self.get(PRIVATE_NETWORK) {
            None | Some("false") => {}
            Some("true") => builder = builder.allow_private_network(),
            Some(other) => {
                return Err(EnvError::Invalid {
                    name: PRIVATE_NETWORK,
                    value: other.to_owned(),
                    expected: "true or false",
                });
            }
        }
        for client in self.list(CLIENT_ID) {
            builder = builder.client_id(client);
        }
        if let Some(secret) = self.get(CLIENT_SECRET) {
            builder = builder.client_secret(secret);
        }
        if let Some(prefix) = self.get(SCOPE_PREFIX) {
            builder = builder.scope_prefix(prefix);
        }
        for name in [SUBJECT, SCOPES] {
            if self.get(name).is_some() {
                return Err(EnvError::Useless { name, reason: "over HTTP an access token says who calls" });
            }
        }
        match (self.get(TLS_CERT), self.get(TLS_KEY)) {
            (None, None) => Ok(builder),
            (Some(_), None) => Err(EnvError::HalfTls { set: TLS_CERT, missing: TLS_KEY }),
            (None, Some(_)) => Err(EnvError::HalfTls { set: TLS_KEY, missing: TLS_CERT }),
            #[cfg(feature = "tls")]
            (Some(certificate), Some(key)) => Ok(builder.tls(certificate, key)),
            #[cfg(not(feature = "tls"))]
            (Some(_), Some(_)) => {
                Err(EnvError::Useless { name: TLS_CERT, reason: "mcp-guard was built without its `tls` feature" })
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The items of a list with commas; a comma too many makes an empty item, which the builder refuses.
    fn list(&self, name: &str) -> impl Iterator<Item = String> {
        self.get(name).into_iter().flat_map(|value| value.split(',')).map(|item| item.trim().to_owned())
    }
}

impl fmt::Debug for EnvConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let value = if *name == CLIENT_SECRET { "[redacted]" } else { value };
            (name, value)
        });
        f.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn every_wrong_environment_is_an_error_that_names_the_variable() {
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
        ] {
            let message = error(&vars).to_string();
            assert!(message.contains(name), "{vars:?}: {message}");
            assert!(!message.contains("s3cret"), "{message}");
        }
    }

    #[test]
    fn a_misspelt_variable_is_answered_with_those_that_are_of_use() {
        let message = error(&with(&[("MCP_GUARD_ISSUR", "x")])).to_string();
        assert!(message.contains(ISSUER), "{message}");
    }

    #[test]
    fn a_good_environment_is_taken_over() {
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
        assert_eq!(settings.authorization_servers, ["https://auth.example.com"]);
        assert_eq!(settings.audiences, ["a", "b"]);
        assert_eq!(settings.allowed_origins, ["https://x", "https://y"]);
        assert_eq!(settings.listen, Some("127.0.0.1:9".parse().unwrap()));
        assert_eq!(settings.provider, None);
        assert_eq!(settings.allowed_hosts, ["x", "y:8443"]);
        assert_eq!(settings.trusted_proxies, ["10.0.0.0/8", "::1"]);
        let provided = config(&[
            GOOD[0],
            (PROVIDER, "google"),
            (CLIENT_ID, "a, b"),
            (CLIENT_SECRET, "s3cret"),
            (SCOPE_PREFIX, "x/"),
            (PRIVATE_NETWORK, "true"),
        ]);
        let settings = provided.unwrap().builder().unwrap().settings;
        assert_eq!(settings.provider, Some(Provider::GOOGLE));
        assert_eq!(settings.authorization_servers, [""; 0]);
        assert_eq!(settings.client_ids, ["a", "b"]);
        assert_eq!(settings.client_secret.unwrap().0, "s3cret");
        assert_eq!(settings.scope_prefix.as_deref(), Some("x/"));
        assert!(settings.private_network);
        let unreadable = EnvConfig::from_vars([], |_| Err(VarError::NotUnicode("x".into())));
        assert!(matches!(unreadable, Err(EnvError::NotUnicode(_))));
    }

    #[test]
    fn who_calls_a_local_server_is_said_in_full_or_not_at_all() {
        let caller = |vars: &[(&str, &str)]| config(vars).and_then(|config| config.caller());
        assert!(caller(&[]).unwrap().is_none(), "nobody");
        assert!(caller(&GOOD).unwrap().is_none(), "nobody, whoever the issuer is");
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
            assert!(message.starts_with(name), "{vars:?}: {message}");
        }
    }

    #[test]
    fn over_http_nobody_is_who_the_environment_says() {
        for (vars, name) in [
            (with(&[(SUBJECT, "alice")]), SUBJECT),
            (with(&[(SCOPES, "a")]), SCOPES),
            (with(&[(SUBJECT, "alice"), (SCOPES, "a")]), SUBJECT),
        ] {
            assert!(matches!(error(&vars), EnvError::Useless { name: n, .. } if n == name), "{vars:?}");
        }
    }

    #[test]
    fn a_certificate_is_never_left_unused() {
        let built = config(&with(&[(TLS_CERT, "cert.pem"), (TLS_KEY, "key.pem")])).unwrap().builder();
        if cfg!(feature = "tls") {
            let tls = built.unwrap().settings.tls.unwrap();
            assert_eq!((tls.certificate.to_str(), tls.key.to_str()), (Some("cert.pem"), Some("key.pem")));
        } else {
            assert!(matches!(built, Err(EnvError::Useless { name: TLS_CERT, .. })));
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        let config = config(&with(&[(CLIENT_SECRET, "s3cret")])).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
