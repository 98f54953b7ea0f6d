//! Saying what a server is.

use std::net::SocketAddr;
#[cfg(feature = "tls")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::BuildError;
use super::Connections;
use super::GuardedService;
use super::assemble;
use super::settings::PolicySettings;
use super::settings::Revoked;
use super::settings::Secret;
use super::settings::Settings;
#[cfg(feature = "tls")]
use super::settings::TlsFiles;
use super::settings::Tools;
use super::variable;
use crate::auth::STREAM_CHECK_INTERVAL;
use crate::guarded::GuardedServer;
use crate::policy::Client;
use crate::policy::Denial;
use crate::policy::Visibility;
use crate::provider::Provider;
use crate::scope::Scope;
use crate::scope::ScopeSet;
use crate::token::ValidatedToken;
use crate::validate::Dpop;
use crate::validate::Grants;
use crate::validate::SharedValidator;
use crate::validate::TokenProfile;
use crate::validate::TokenValidator;

/// Configures a [`ResourceServer`](crate::ResourceServer).
#[derive(Debug)]
#[must_use]
pub struct ResourceServerBuilder<T> {
    pub(super) settings: Settings,
    pub(super) tools: T,
}

/// No tools are given yet: [`ResourceServerBuilder::tools`] takes them.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoTools;

impl ResourceServerBuilder<NoTools> {
    pub(super) fn new(resource: String) -> Self {
        Self {
            settings: Settings {
                from_environment: false,
                resource,
                authorization_servers: Vec::new(),
                audiences: Vec::new(),
                provider: None,
                client_ids: Vec::new(),
                client_secret: None,
                scope_prefix: None,
                profile: None,
                private_network: false,
                grants: Grants::default(),
                revoked: None,
                validator: None,
                dpop: None,
                policy: PolicySettings::default(),
                allowed_origins: Vec::new(),
                allowed_hosts: Vec::new(),
                name: None,
                documentation: None,
                legacy_sessions: None,
                max_sessions: 1_000,
                max_body_bytes: 4 * 1024 * 1024,
                max_total_body_bytes: None,
                max_unauthenticated_body_bytes: None,
                stream_check_interval: STREAM_CHECK_INTERVAL,
                health: true,
                listen: None,
                tls: None,
                connections: Connections::new(),
                trusted_proxies: Vec::new(),
            },
            tools: NoTools,
        }
    }
}

impl<T> ResourceServerBuilder<T> {
    /// Lets errors name the environment's variables.
    pub(super) const fn named_by_environment(mut self) -> Self {
        self.settings.from_environment = true;
        self
    }

    /// Accepts tokens of this issuer, written exactly as it writes itself. Its metadata is asked for its keys when the server is built. May be called several
    /// times: a token is for the issuer that it names, and judged by the keys of no other.
    ///
    /// The metadata document of this server sends clients there (RFC 9728), and beside [`validator`](Self::validator) that is all: it must be an issuer whose
    /// tokens the validator accepts.
    pub fn authorization_server(mut self, issuer: impl Into<String>) -> Self {
        self.settings.authorization_servers.push(issuer.into());
        self
    }

    /// Accepts tokens with this `aud`, too, or instead of the resource URL where the issuer cannot write that.
    ///
    /// The first call replaces the resource URL; further calls add.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audiences.push(audience.into());
        self
    }

    /// Which identity provider the authorization server is, so that its tokens are read as it writes them. Default: none, and RFC 9068 to the letter.
    pub const fn provider(mut self, provider: Provider) -> Self {
        self.settings.provider = Some(provider);
        self
    }

    /// Accepts tokens of this client only; further calls add. For a provider whose tokens this server cannot read by itself, it is the client as which the
    /// server asks about them.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.settings.client_ids.push(client_id.into());
        self
    }

    /// The secret with which the server asks a provider about tokens. Never shown.
    pub fn client_secret(mut self, secret: impl Into<String>) -> Self {
        self.settings.client_secret = Some(Secret(secret.into()));
        self
    }

    /// What clients must write in front of each scope when they ask the authorization server for it, as challenges and the metadata then do.
    pub fn scope_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.scope_prefix = Some(prefix.into());
        self
    }

    /// What the issuers' access tokens look like. Default: RFC 9068 to the letter.
    pub const fn token_profile(mut self, profile: TokenProfile) -> Self {
        self.settings.profile = Some(profile);
        self
    }

    /// Adds scopes that the application reads out of other claims, such as roles, permissions or groups: for providers that cannot issue scopes of yours. See
    /// [`JwtValidatorBuilder::grants`](crate::JwtValidatorBuilder::grants), and its section on security. May be called several times.
    pub fn grants<C, G>(mut self, scopes: impl Fn(&C) -> G + Send + Sync + 'static) -> Self
    where
        C: DeserializeOwned + 'static,
        G: Into<ScopeSet>,
    {
        self.settings.grants.push(scopes);
        self
    }

    /// Refuses tokens that the application says are revoked, whatever their issuer says: it is asked about every token on every request, so it must answer
    /// from memory. See [`CachedBuilder::revoked`](crate::CachedBuilder::revoked).
    pub fn revoked(mut self, revoked: impl Fn(&ValidatedToken) -> bool + Send + Sync + 'static) -> Self {
        self.settings.revoked = Some(Revoked(Arc::new(revoked)));
        self
    }

    /// Lets the authorization server be on a private network, as [`JwtValidatorBuilder::allow_private_network`](crate::JwtValidatorBuilder::allow_private_network)
    /// does. A validator of yours is not touched by it.
    ///
    /// # Security
    ///
    /// Whoever can write the issuer's metadata, or answer for its name, then says which host of the private network this server asks.
    pub const fn allow_private_network(mut self) -> Self {
        self.settings.private_network = true;
        self
    }

    /// Validates tokens with this validator instead of one made from the authorization server's metadata. Where clients get tokens,
    /// [`authorization_server`](Self::authorization_server) still says.
    pub fn validator(mut self, validator: impl TokenValidator) -> Self {
        self.settings.validator = Some(SharedValidator::new(validator));
        self
    }

    /// Takes tokens that are bound to a key of the client, with a proof for each request (DPoP, RFC 9449). Without this call, and for tokens that come without a
    /// proof, bound tokens are refused.
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.settings.dpop = Some(dpop);
        self
    }

    /// The scopes that every request needs, but for public operations. They are what clients ask for first, so keep them few.
    pub fn baseline<B: Into<Scope>>(mut self, scopes: impl IntoIterator<Item = B>) -> Self {
        self.settings.policy.baseline = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Says that whoever holds `broad` holds `narrow`, too. Closed transitively when the server is built. What a vocabulary
    /// (`#[guarded_tools(scopes = ..)]`) says of its scopes is known already.
    pub fn scope_implies(mut self, broad: Scope, narrow: Scope) -> Self {
        self.settings.policy.implications.push((broad, narrow));
        self
    }

    /// Lets callers without a token use the `public` tools. All other tools stay shut.
    ///
    /// Clients of revisions before 2026-07-28 are then served without sessions, unless [`legacy_sessions`](Self::legacy_sessions) says otherwise: a session
    /// is memory, and not for everybody who asks.
    pub const fn allow_anonymous(mut self) -> Self {
        self.settings.policy.allow_anonymous = true;
        self
    }

    /// The web origins whose pages may call this server: for CORS and for the `Origin` check. Its own origin is always allowed.
    pub fn allowed_origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.settings.allowed_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// The hosts that requests may name, besides the one of the resource URL: `host`, or `host:port` to fix the port as well.
    pub fn allowed_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.settings.allowed_hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// A name for people, in the metadata (`resource_name`).
    pub fn resource_name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Where the server's documentation is, in the metadata (`resource_documentation`).
    pub fn resource_documentation(mut self, url: impl Into<String>) -> Self {
        self.settings.documentation = Some(url.into());
        self
    }

    /// Whether clients of revisions before 2026-07-28 get sessions. Default: yes, unless anonymous callers are allowed. Without, they are served statelessly: no server-initiated messages,
    /// and nothing to lose in a restart.
    pub const fn legacy_sessions(mut self, sessions: bool) -> Self {
        self.settings.legacy_sessions = Some(sessions);
        self
    }

    /// Limits the legacy sessions that are open at once. Each takes some 100 KiB and ends five minutes after its last use. Default: 1,000.
    ///
    /// When the limit is reached, the principal (issuer, subject and client) that holds most sessions loses the one that was idle longest. A new session is
    /// rejected with `503` only if that is its own principal and all of its sessions have requests in progress.
    pub const fn max_sessions(mut self, sessions: usize) -> Self {
        self.settings.max_sessions = sessions;
        self
    }

    /// Names only the baseline in a `401`, so that callers without a token learn nothing of what each tool requires. Clients then step up once more.
    pub const fn hide_requirements(mut self) -> Self {
        self.settings.policy.hide_requirements = true;
        self
    }

    /// Names in a `403` what the token holds already, too: for clients that replace their scopes by those of a challenge instead of adding them (the
    /// TypeScript SDK v1, VS Code). The list is left out where it is longer than 2 KiB.
    pub const fn name_granted_scopes(mut self) -> Self {
        self.settings.policy.name_granted_scopes = true;
        self
    }

    /// What lists show of operations that a caller may not use. Default: everything, so that clients can call it, be told what they lack, and ask for it.
    pub const fn visibility(mut self, visibility: Visibility) -> Self {
        self.settings.policy.visibility = visibility;
        self
    }

    /// In which form tool calls are refused. Default: HTTP `403`.
    pub const fn denial(mut self, denial: Denial) -> Self {
        self.settings.policy.denials.usual = denial;
        self
    }

    /// Chooses the form by client; `None` is the usual one.
    ///
    /// ```
    /// # use mcp_guard::{Denial, ResourceServer};
    /// # let builder = ResourceServer::builder("https://todo.example.com/mcp");
    /// builder.denial_for(|client| {
    ///     client.user_agent()?.starts_with("openai-mcp/").then_some(Denial::ToolResultWithChallenge)
    /// })
    /// # ;
    /// ```
    pub fn denial_for(mut self, choose: impl Fn(&Client<'_>) -> Option<Denial> + Send + Sync + 'static) -> Self {
        self.settings.policy.denials.choose = Some(Arc::new(choose));
        self
    }

    /// The largest request body, in bytes. Default: 4 MiB.
    pub const fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_body_bytes = bytes;
        self
    }

    /// Limits the memory that the bodies of all authenticated requests, and the messages in them, take at once, in bytes. A request beyond it is rejected
    /// with `503` and `Retry-After`. Default: 64 MiB, or twice [`max_body_bytes`](Self::max_body_bytes) if that is more.
    ///
    /// A request counts with the buffer of its body and with what its message takes while it is parsed: twice its size where most of it is text, and up to
    /// 170 times its size where it is a list of small objects. Half of the parsed message counts until its operation ended. One subject uses half of the budget
    /// at most, and a request that could never fit into that is rejected with `413`. An eighth is kept for subjects with less than 64 KiB in use.
    pub const fn max_total_body_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_total_body_bytes = Some(bytes);
        self
    }

    /// Limits the memory that the bodies of requests without a valid token take at once, in bytes, in addition to
    /// [`max_total_body_bytes`](Self::max_total_body_bytes). Of each at most 64 KiB are read, except for anonymous callers. Default: 8 MiB.
    ///
    /// Beyond it, a request is rejected with `503` and `Retry-After`, or with the `401` of the baseline where its body has at most 4 KiB. A quarter is kept for
    /// such small bodies.
    pub const fn max_unauthenticated_body_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_unauthenticated_body_bytes = Some(bytes);
        self
    }

    /// Sets how often the tokens of event streams and long calls are validated again. Default: every 30 seconds.
    ///
    /// A stream ends, and a call is answered with `401`, when its token was revoked ([`revoked`](Self::revoked)), became inactive at its authorization server,
    /// or was signed with a key that its issuer withdrew. That takes one interval and the time of one validation. The check uses no cache, and fetches the
    /// issuer's keys if they are older than the interval. While an authorization server does not answer, streams go on.
    pub const fn stream_check_interval(mut self, interval: Duration) -> Self {
        self.settings.stream_check_interval = interval;
        self
    }

    /// Leaves `/health` and `/health/ready` away, for applications that have their own.
    pub const fn without_health(mut self) -> Self {
        self.settings.health = false;
        self
    }

    /// Where [`GuardedService::run`] listens. Default: `127.0.0.1:8080`.
    pub const fn listen(mut self, address: SocketAddr) -> Self {
        self.settings.listen = Some(address);
        self
    }

    /// Speaks TLS with this certificate chain and private key, both PEM files. Clients are not asked for certificates: tokens that are bound to one need another
    /// TLS server in front of [`GuardedService::into_router`], which says what it saw in a [`ClientCertificate`](crate::ClientCertificate).
    #[cfg(feature = "tls")]
    pub fn tls(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.settings.tls = Some(TlsFiles { certificate: certificate.into(), key: key.into() });
        self
    }

    /// Limits the connections of [`GuardedService::serve`] and its siblings: their number, and how long clients may be idle.
    pub fn connections(mut self, connections: Connections) -> Self {
        self.settings.connections = connections;
        self
    }

    /// Trusts these proxies to name their clients: IP addresses, or networks like `10.0.0.0/8`. Default: none.
    ///
    /// Requests are then counted for the client in `X-Forwarded-For` or `Forwarded` (RFC 7239) instead of for the proxy; see
    /// [`Connections::max_per_address`]. Both headers are read from the right, past addresses of trusted proxies. They are ignored in requests of all
    /// other peers. Where a proxy sends both headers and they name different clients, the answer is `400`: let the proxy set one of them and remove the other.
    ///
    /// # Security
    ///
    /// Every program that can connect from these addresses chooses the client address that its requests are counted for.
    pub fn trusted_proxies<P: Into<String>>(mut self, proxies: impl IntoIterator<Item = P>) -> Self {
        self.settings.trusted_proxies = proxies.into_iter().map(Into::into).collect();
        self
    }

    /// The tools. `factory` is called for each stateless request and for each legacy session, so let it clone a handle and not open a database.
    pub fn tools<S, F>(self, factory: F) -> ResourceServerBuilder<Tools<S>>
    where
        S: GuardedServer,
        F: Fn() -> Result<S, std::io::Error> + Send + Sync + 'static,
    {
        ResourceServerBuilder { settings: self.settings, tools: Tools { factory: Arc::new(factory) } }
    }
}

impl<S: GuardedServer> ResourceServerBuilder<Tools<S>> {
    /// Checks everything that can be checked before the first request, fetches the issuer's keys, and assembles the server.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the value that is wrong and the way out.
    pub async fn build(self) -> Result<GuardedService, BuildError> {
        let from_environment = self.settings.from_environment;
        assemble::assemble(self.settings, self.tools)
            .await
            .map_err(|error| if from_environment { variable::explain(error) } else { error })
    }
}
