//! The issuer of access tokens, and the settings that every kind has.

use std::fmt;
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

/// An issuer whose access tokens a server accepts, and the rules for them.
///
/// A URL is enough for an issuer of RFC 9068 JWTs: wherever an issuer is expected, its text will do.
///
/// | value | tokens |
/// |---|---|
/// | [`Issuer::jwt`] | JWTs, with keys by discovery, from a URL or given |
/// | [`Issuer::introspection`] | opaque tokens, validated by the authorization server (RFC 7662) |
/// | [`Provider::AUTH0.issuer(..)`](crate::Provider) and the like | those of an identity provider |
///
/// The type parameter is the kind. A setting that a kind does not use cannot be called.
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
/// GitHub names no audience, so there is none to configure:
///
/// ```compile_fail,E0599
/// mcp_guard::Provider::GITHUB.issuer("id", "secret").audience("https://notes.example.com/mcp");
/// ```
///
/// JWTs are validated without a call, and an authorization server that is called needs no keys:
///
/// ```compile_fail,E0599
/// mcp_guard::Issuer::jwt("https://auth.example.com").cache_time(std::time::Duration::ZERO);
/// ```
///
/// ```compile_fail,E0599
/// # use mcp_guard::Issuer;
/// # use mcp_guard::issuer::ClientAuthentication;
/// Issuer::introspection("https://auth.example.com", ClientAuthentication::secret("id", "secret")).jwks_uri("https://keys.example.com");
/// ```
#[derive(Clone)]
#[must_use]
pub struct Issuer<K = Any> {
    pub(super) common: Common,
    pub(super) kind: K,
}

/// A kind of issuers that mcp-guard validates the tokens of.
pub trait Kind {}
/// A kind whose tokens name an audience, a client and scopes.
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

    /// Lets errors name the environment's variables.
    pub(crate) fn named_by_environment(self) -> Self {
        self.set(|common| common.from_environment = true)
    }
}

impl<K: Kind> Issuer<K> {
    /// Accepts clocks of the issuer that differ by this much. Default: 30 seconds; at most 5 minutes.
    pub fn leeway(self, leeway: Duration) -> Self {
        self.set(|common| common.leeway = leeway)
    }

    /// Rejects tokens that are longer, in bytes. Default: 16 KiB.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        self.set(|common| common.max_token_bytes = bytes)
    }

    /// Rejects tokens that were issued longer ago (`iat`), even if they expire later, and tokens without `iat`. Default: no limit but `exp`.
    pub fn max_token_age(self, age: Duration) -> Self {
        self.set(|common| common.max_token_age = Some(age))
    }

    /// Sets how many validated tokens are cached, where each takes no more than a kilobyte; a larger one counts for several. Default: 10,000. With 0
    /// every token is validated again.
    pub fn cached_tokens(self, count: usize) -> Self {
        self.set(|common| common.cached_tokens = count)
    }

    /// Allows endpoints on a private network: RFC 1918, unique local and shared addresses.
    ///
    /// By default metadata and keys are fetched from public addresses only, whatever a name resolves to, and from loopback only where the configured URL
    /// is on loopback. Link-local addresses and those of cloud metadata services, such as `169.254.169.254`, are always rejected. No proxy is used.
    ///
    /// # Security
    ///
    /// Whoever can write the issuer's metadata, or answer for its name, then chooses which host of the private network this server connects to.
    pub fn allow_private_network(self) -> Self {
        self.set(|common| common.private_network = true)
    }

    /// Adds scopes that the application derives from other claims, such as roles, permissions or groups, to those of the scope claim. May be called several
    /// times: the scopes add up.
    ///
    /// Without it no such claim grants a scope. The claims are read as a type of the application after the token passed every rule; claims that do not
    /// fit the type add nothing, and the token stays valid.
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
    /// A scope is granted to the client, a role is a right of its user. Roles as scopes are available to every client that the user signs in with,
    /// whatever the user consented to: check the client as well, and name each role instead of using its text as a scope.
    pub fn grants<T, S>(self, scopes: impl Fn(&T) -> S + Send + Sync + 'static) -> Self
    where
        T: DeserializeOwned + 'static,
        S: Into<ScopeSet>,
    {
        self.set(|common| common.grants.push(scopes))
    }

    /// Rejects tokens for which `revoked` returns true, before they expire. It is called for every token on every request, cached or not: let it read
    /// memory, not a database.
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
    /// Sets how long the answer about a token is cached, at most until the token expires. A revocation goes unnoticed for this time. Default: 60 seconds; with
    /// 0 every request is a call. Rejected tokens are cached for at most 10 seconds.
    pub fn cache_time(self, time: Duration) -> Self {
        self.set(|common| common.cache_time = time)
    }

    /// Sets how many calls to the authorization server may be in progress at once. Eight times as many tokens may wait; a further one is answered with
    /// `503`. So a flood of made-up tokens does not flood the authorization server. Default: 32.
    pub fn max_calls(self, calls: usize) -> Self {
        self.set(|common| common.max_calls = calls)
    }
}

impl<K: Claimed> Issuer<K> {
    /// Accepts tokens whose `aud` contains this text, compared exactly. The first call replaces the resource URL; further calls add.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.set(|common| common.audiences.push(audience.into()))
    }

    /// Accepts only tokens that were issued to these clients. Default: every client of the issuer.
    pub fn clients<C: Into<String>>(self, clients: impl IntoIterator<Item = C>) -> Self {
        self.set(|common| common.clients = Some(clients.into_iter().map(Into::into).collect()))
    }

    /// Reads the scopes from the first of these claims that is there, a text or a list of texts. Default: `scope`. Some issuers call it `scp`.
    ///
    /// Do not name roles or permissions here: they are rights of the user, not scopes granted to the client. [`grants`](Self::grants) maps them to scopes.
    pub fn scope_claims<C: Into<String>>(self, names: impl IntoIterator<Item = C>) -> Self {
        self.set(|common| common.scope_claims = Some(names.into_iter().map(Into::into).collect()))
    }

    /// Puts this text in front of each scope in challenges and in the metadata, for authorization servers where clients ask for
    /// `api://todo/todo:read` and tokens list `todo:read`.
    pub fn scope_prefix(self, prefix: impl Into<String>) -> Self {
        self.set(|common| common.scope_prefix = Some(prefix.into()))
    }

    /// Accepts tokens without `sub` of clients that act without a user (the client credentials grant). Their subject is
    /// `urn:mcp-guard:client:{client_id}`, which no user can have: a `sub` that begins like that is rejected.
    ///
    /// By default such a token is rejected, and a warning in the log names this setting.
    ///
    /// # Security
    ///
    /// An authorization server that omits `sub` for users as well would make one caller of all users of a client. A token with a claim that only users
    /// have, such as `username` or `auth_time`, is therefore rejected; have the authorization server issue both kinds of tokens before you use this.
    pub fn allow_client_tokens(self) -> Self {
        self.set(|common| common.allow_client_tokens = true)
    }
}

/// Shows nothing: there are secrets in the settings, and there may be a password in a URL.
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
