//! The issuer of access tokens, and the settings that all kinds have.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::any_kind::{Any, Custom};
use super::common::{Common, Revoked};
use super::introspection_kind::Introspection;
use super::jwt_kind::Jwt;
use super::opaque_kind::Opaque;
use crate::scope::ScopeSet;
use crate::token::ValidatedToken;

/// An issuer of access tokens, with the rules for accepting its tokens.
///
/// A URL converts into an issuer of RFC 9068 JWTs.
///
/// | value | tokens |
/// |---|---|
/// | [`Issuer::jwt`] | JWTs, with keys from discovery, from a URL or from a document |
/// | [`Issuer::introspection`] | opaque tokens, validated by the authorization server (RFC 7662) |
/// | [`Provider::AUTH0.issuer(..)`](crate::Provider) and others | the tokens of an identity provider |
///
/// The type parameter is the kind of the issuer. Each kind has only the settings that it uses.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_guard::{Issuer, Provider, ResourceServer};
/// use mcp_guard::issuer::ClientAuthentication;
///
/// # fn example(secret: String) {
/// ResourceServer::builder("https://notes.example.com/mcp")
///     .issuer("https://auth.example.com")
///     .issuer(Issuer::jwt("https://other.example.com").audience("api://notes").leeway(Duration::from_secs(60)))
///     .issuer(Provider::AUTH0.issuer("https://tenant.eu.auth0.com/").clients(["abc"]))
///     .issuer(Issuer::introspection("https://old.example.com", ClientAuthentication::secret("notes", secret)))
/// # ;
/// # }
/// ```
///
/// GitHub tokens have no audience, so this kind has no such setting:
///
/// ```compile_fail,E0599
/// mcp_guard::Provider::GITHUB.issuer("id", "secret").audience("https://notes.example.com/mcp");
/// ```
///
/// JWTs are validated locally, without responses to cache. Introspection uses no keys:
///
/// ```compile_fail,E0599
/// mcp_guard::Issuer::jwt("https://auth.example.com").cache_time(std::time::Duration::ZERO);
/// ```
///
/// ```compile_fail,E0599
/// # use mcp_guard::Issuer;
/// # use mcp_guard::issuer::ClientAuthentication;
/// Issuer::introspection("https://auth.example.com", ClientAuthentication::secret("id", "secret"))
///     .jwks_uri("https://keys.example.com");
/// ```
#[derive(Clone)]
#[must_use]
pub struct Issuer<K = Any> {
    pub(super) common: Common,
    pub(super) kind: K,
}

/// A kind of issuer whose tokens mcp-guard validates.
pub trait Kind {}
/// A kind whose tokens have an audience, a client and scopes.
pub trait Claimed: Kind {}
/// A kind whose tokens are validated by calls to the authorization server.
pub trait Calling: Kind {}

impl Kind for Jwt {}
impl Kind for Introspection {}
impl Kind for Opaque {}
impl Claimed for Jwt {}
impl Claimed for Introspection {}
impl Calling for Introspection {}
impl Calling for Opaque {}

impl<K> Issuer<K> {
    pub(super) fn new(name: impl Into<String>, kind: K) -> Self {
        Self { common: Common::new(name.into()), kind }
    }

    fn set(mut self, set: impl FnOnce(&mut Common)) -> Self {
        set(&mut self.common);
        self
    }

    /// Makes errors name environment variables.
    pub(crate) fn named_by_environment(self) -> Self {
        self.set(|common| common.from_environment = true)
    }
}

impl<K: Kind> Issuer<K> {
    /// Sets the accepted difference between the clocks of the issuer and this server. Default: 30 seconds. Maximum: 5
    /// minutes.
    pub fn leeway(self, leeway: Duration) -> Self {
        self.set(|common| common.leeway = leeway)
    }

    /// Sets the maximum length of a token, in bytes. Default: 16 KiB. Maximum: 1 MiB.
    ///
    /// [`ResourceServer::serve`](crate::ResourceServer::serve) and `run` accept request heads with such a token and at
    /// least 16 KiB of other headers, over HTTP/1.1 and HTTP/2. A larger head is rejected with `431`, a longer token in a
    /// smaller head with `401`. A proxy in front of the server has a limit of its own, often 8 KiB.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        self.set(|common| common.max_token_bytes = bytes)
    }

    /// Sets the maximum time since a token was issued (`iat`), in addition to `exp`. Tokens without `iat` are then
    /// rejected. Default: no maximum.
    pub fn max_token_age(self, age: Duration) -> Self {
        self.set(|common| common.max_token_age = Some(age))
    }

    /// Sets the number of validated tokens in the cache. Default: 10,000. A token of more than one kilobyte counts as
    /// several. 0 disables the cache.
    pub fn cached_tokens(self, count: usize) -> Self {
        self.set(|common| common.cached_tokens = count)
    }

    /// Allows endpoints on a private network: RFC 1918, unique local and shared addresses. Default: off.
    ///
    /// By default, this server connects only to public addresses, checked after DNS resolution. Loopback is allowed
    /// only if the configured URL is on loopback. Link-local addresses and those of cloud metadata services, such as
    /// `169.254.169.254`, are always rejected.
    ///
    /// # Security
    ///
    /// An attacker who controls the issuer's metadata or its DNS name can then direct requests of this server to any
    /// host of the private network.
    pub fn allow_private_network(self) -> Self {
        self.set(|common| common.private_network = true)
    }

    /// Also trusts the CA certificates of this PEM file, for an authorization server with a private CA. Default: only
    /// those of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR` on Linux.
    ///
    /// Applies to all requests to this issuer: for metadata, keys and introspection. The file is read when the server is
    /// built.
    pub fn ca_file(self, path: impl Into<PathBuf>) -> Self {
        self.set(|common| common.ca_file = Some(path.into()))
    }

    /// Sends requests to this issuer through an HTTP proxy, like `http://127.0.0.1:3128`. Default: none. The variables
    /// `HTTPS_PROXY` and `ALL_PROXY` are not used.
    ///
    /// The URL may contain a user name and a password. The proxy receives `CONNECT` requests and cannot read the traffic.
    /// Requests to loopback do not use it.
    ///
    /// # Security
    ///
    /// The proxy resolves the names of the issuer's hosts, so this server cannot check their addresses: names that
    /// resolve to a private or link-local address are not rejected. The proxy must restrict the addresses instead. URLs
    /// with an IP address are still checked.
    pub fn egress_proxy(self, url: impl Into<String>) -> Self {
        self.set(|common| common.egress_proxy = Some(url.into()))
    }

    /// Adds scopes that the application derives from other claims, such as roles, permissions or groups. Each call adds
    /// a function, and all their scopes are granted.
    ///
    /// By default, only the scope claim grants scopes. The claims are deserialized into `T` after the token is
    /// validated. If deserialization fails, the function adds no scopes, and the token stays valid.
    ///
    /// ```
    /// # use mcp_guard::{Issuer, prelude::*};
    /// #[derive(serde::Deserialize)]
    /// struct Roles {
    ///     client_id: String,
    ///     roles: Vec<String>,
    /// }
    ///
    /// let issuer = Issuer::jwt("https://auth.example.com").grants(|claims: &Roles| {
    ///     let roles = claims.roles.iter().filter(|_| claims.client_id == "todo-app");
    ///     let scopes = roles.filter_map(|role| match role.as_str() {
    ///         "reader" => Some(Scope::from_static("todo:read")),
    ///         "editor" => Some(Scope::from_static("todo:write")),
    ///         _ => None,
    ///     });
    ///     scopes.collect::<ScopeSet>()
    /// });
    /// ```
    ///
    /// # Security
    ///
    /// Scopes are granted to a client. Roles belong to its user. A role that grants a scope is available to every
    /// client of the user, even without the user's consent. So check the client as well. Map each role by name, and
    /// never use the text of a role as a scope.
    pub fn grants<T, S>(self, scopes: impl Fn(&T) -> S + Send + Sync + 'static) -> Self
    where
        T: DeserializeOwned + 'static,
        S: Into<ScopeSet>,
    {
        self.set(|common| common.grants.push(scopes))
    }

    /// Rejects a token when `revoked` returns `true` for it. Default: no tokens are revoked.
    ///
    /// The function is called on every request, also for cached tokens. It should read memory, not a database.
    ///
    /// ```
    /// # use mcp_guard::Issuer;
    /// # use std::{collections::HashSet, sync::{Arc, RwLock}};
    /// let locked_out = Arc::new(RwLock::new(HashSet::<String>::new()));
    /// let subjects = Arc::clone(&locked_out);
    /// let issuer = Issuer::jwt("https://auth.example.com")
    ///     .revoked(move |token| subjects.read().map_or(true, |subjects| subjects.contains(token.subject())));
    /// ```
    pub fn revoked(self, revoked: impl Fn(&ValidatedToken) -> bool + Send + Sync + 'static) -> Self {
        self.set(|common| common.revoked = Some(Revoked(Arc::new(revoked))))
    }
}

impl<K: Calling> Issuer<K> {
    /// Sets how long a response about a token is cached, at most until the token expires. Default: 60 seconds. 0
    /// disables the cache.
    ///
    /// A revocation takes effect after this time. Responses that reject a token are cached for at most 10 seconds.
    pub fn cache_time(self, time: Duration) -> Self {
        self.set(|common| common.cache_time = time)
    }

    /// Sets the maximum number of calls to the authorization server at once. Default: 32.
    ///
    /// The limit protects the authorization server from floods of invalid tokens. Up to eight times as many tokens
    /// wait. Requests with further tokens are rejected with `503`.
    pub fn max_calls(self, calls: usize) -> Self {
        self.set(|common| common.max_calls = calls)
    }
}

impl<K: Claimed> Issuer<K> {
    /// Accepts tokens whose `aud` contains exactly this value. Default: the resource URL. Further calls add values.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.set(|common| common.audiences.push(audience.into()))
    }

    /// Accepts only tokens that were issued to these clients. Default: all clients of the issuer.
    pub fn clients<C: Into<String>>(self, clients: impl IntoIterator<Item = C>) -> Self {
        self.set(|common| common.clients = Some(clients.into_iter().map(Into::into).collect()))
    }

    /// Reads the scopes from the first of these claims that is present, as a string or a list of strings. Default:
    /// `scope`. Some issuers use `scp`.
    ///
    /// Do not name role or permission claims here. They are rights of the user, not scopes granted to the client. Use
    /// [`grants`](Self::grants) to map them to scopes.
    pub fn scope_claims<C: Into<String>>(self, names: impl IntoIterator<Item = C>) -> Self {
        self.set(|common| common.scope_claims = Some(names.into_iter().map(Into::into).collect()))
    }

    /// Makes building the server fail if the issuer is unavailable. Default: off.
    ///
    /// By default, an issuer may start later than this server. While it cannot be reached or responds with a status of
    /// 429 or from 500, the metadata and the keys are requested again after 1 to 30 seconds. Until they arrive,
    /// requests with a token get `503` with `Retry-After`, and `/health/ready` is `503`. A wrong configuration always
    /// makes building the server fail: metadata of another issuer, `404`, an invalid document, an untrusted
    /// certificate, missing CA certificates, or wrong credentials for the [proxy](Self::egress_proxy). Has no effect if nothing is requested from the issuer when the server is built.
    pub fn fail_fast(self) -> Self {
        self.set(|common| common.fail_fast = true)
    }

    /// Adds this prefix to each scope in challenges and in the metadata. Default: none.
    ///
    /// Some authorization servers need it: clients request `api://todo/todo:read`, and tokens contain `todo:read`.
    pub fn scope_prefix(self, prefix: impl Into<String>) -> Self {
        self.set(|common| common.scope_prefix = Some(prefix.into()))
    }

    /// Accepts tokens without `sub` from clients that act without a user (the client credentials grant). Default: such
    /// tokens are rejected, and a warning in the log names this setting.
    ///
    /// Their subject is `urn:mcp-guard:client:{client_id}`. A `sub` with this prefix is rejected, so no user can have
    /// such a subject.
    ///
    /// # Security
    ///
    /// If an authorization server omits `sub` for users as well, all users of a client become one caller. So tokens
    /// with a claim that only users have, such as `username` or `auth_time`, are rejected. Inspect tokens of both kinds
    /// from your authorization server before you enable this.
    pub fn allow_client_tokens(self) -> Self {
        self.set(|common| common.allow_client_tokens = true)
    }
}

/// Implements `Debug` without the settings, which contain secrets and may contain a URL with a password.
macro_rules! opaque_debug {
    ($($kind:ident),*) => {
        $(impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($kind))
            }
        })*
    };
}

opaque_debug!(Any, Custom, Introspection, Jwt, Opaque);

impl<K: fmt::Debug> fmt::Debug for Issuer<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Issuer").field(&self.kind).finish()
    }
}
