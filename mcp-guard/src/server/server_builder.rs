//! The builder of a server.

use std::net::SocketAddr;
#[cfg(feature = "tls")]
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "tls")]
use super::server_settings::TlsFiles;
use super::server_settings::{ServerSettings, Tools};
use super::{
    Connections, Disclosure, Lifespan, Limits, Network, Observation, ResourceMetadata, ResourceServer, Sessions,
    assemble,
};
use crate::config::{BuildError, EnvError, Setting};
use crate::guarded::GuardedServer;
use crate::issuer::Issuer;
use crate::policy::Enforcement;
use crate::revocation::Revocations;
use crate::scope::Scope;
use crate::validate::{Dpop, TokenValidator};

/// The settings of [`Revocations`].
const REVOCATION_SETTINGS: [Setting; 4] =
    [Setting::RevocationScope, Setting::RevocationPath, Setting::LongestToken, Setting::MaxRevocations];

/// A builder of a [`ResourceServer`], returned by [`ResourceServer::builder`].
///
/// Related settings are set as one value, such as [`Limits`]. A second call replaces the value.
#[derive(Debug)]
#[must_use]
pub struct ResourceServerBuilder<T> {
    pub(super) settings: ServerSettings,
    tools: T,
}

/// The state of a builder without tools. [`ResourceServerBuilder::tools`] sets them.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoTools;

impl ResourceServerBuilder<NoTools> {
    pub(super) fn new(resource: String) -> Self {
        Self { settings: ServerSettings { resource, ..ServerSettings::default() }, tools: NoTools }
    }
}

impl<T> ResourceServerBuilder<T> {
    /// Adds errors that `build` reports.
    pub(super) fn with_environment_errors(mut self, errors: Vec<EnvError>) -> Self {
        self.settings.environment_errors = errors;
        self
    }

    /// Accepts the tokens of this issuer, and names it as an authorization server in the metadata (RFC 9728). Required.
    ///
    /// A URL stands for an issuer of RFC 9068 JWTs with discovery. See [`Issuer`] for other kinds and their settings.
    /// Each call adds an issuer. Each token is validated with the rules and keys of the issuer in its `iss`.
    pub fn issuer(mut self, issuer: impl Into<Issuer>) -> Self {
        self.settings.issuers.push(issuer.into());
        self
    }

    /// Accepts the tokens that a validator of the application accepts, and names these authorization servers in the
    /// metadata. A shorthand for [`Issuer::custom`].
    pub fn validator<A: Into<String>>(
        self,
        validator: impl TokenValidator,
        authorization_servers: impl IntoIterator<Item = A>,
    ) -> Self {
        self.issuer(Issuer::custom(validator, authorization_servers))
    }

    /// Accepts tokens that are bound to a key of the client, if each request has a proof (DPoP, RFC 9449). Default:
    /// bound tokens are rejected.
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.settings.dpop = Some(dpop);
        self
    }

    /// Rejects the tokens that these revocations name, and ends their streams, calls and sessions. Replaces the value of the
    /// environment. Default: none.
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        for setting in REVOCATION_SETTINGS {
            self.settings.from_environment.remove(&setting);
        }
        self.settings.revocations = Some(revocations);
        self
    }

    /// Sets the scopes that every request requires, except for public operations. Clients request them first, so keep
    /// the list short. Default: none.
    pub fn baseline<B: Into<Scope>>(mut self, scopes: impl IntoIterator<Item = B>) -> Self {
        self.settings.policy.baseline = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Declares that a caller with the scope `broad` also has `narrow`. Implications are transitive. They add to those
    /// of the vocabulary (`#[guarded_tools(scopes = ..)]`).
    pub fn scope_implies(mut self, broad: Scope, narrow: Scope) -> Self {
        self.settings.policy.implications.push((broad, narrow));
        self
    }

    /// Lets callers without a token use the `public` operations, and no others. Default: off.
    ///
    /// Clients of MCP revisions before 2026-07-28 are then served without sessions, unless [`Sessions::legacy`] enables
    /// them. Unauthenticated callers could otherwise exhaust the memory for sessions.
    pub const fn allow_anonymous(mut self) -> Self {
        self.settings.policy.allow_anonymous = true;
        self
    }

    /// Sets the information that callers get about operations they are not authorized to use.
    pub fn disclosure(mut self, disclosure: Disclosure) -> Self {
        self.settings.policy.disclosure = disclosure;
        self
    }

    /// Sets the allowed hosts and web origins and the trusted proxies. Values that `network` does not set are kept,
    /// including those of the environment.
    pub fn network(mut self, network: Network) -> Self {
        for setting in network.settings() {
            self.settings.from_environment.remove(&setting);
        }
        self.settings.network = network.or(self.settings.network);
        self
    }

    /// Sets the limits for requests. The rates of the environment are kept, unless `limits` has its own.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits.or(&self.settings.limits);
        self
    }

    /// Sets the limits for sessions and streams.
    pub const fn sessions(mut self, sessions: Sessions) -> Self {
        self.settings.sessions = sessions;
        self
    }

    /// Sets the limits for the connections of [`ResourceServer::serve`], [`run`](ResourceServer::run) and
    /// [`serve_until`](ResourceServer::serve_until).
    pub const fn connections(mut self, connections: Connections) -> Self {
        self.settings.connections = connections;
        self
    }

    /// Adds hooks for the start and the stop of the server, and background tasks. Each call adds its steps.
    pub fn lifespan(mut self, lifespan: Lifespan) -> Self {
        self.settings.lifespan = self.settings.lifespan.merge(lifespan);
        self
    }

    /// Sets whether requests with missing scopes are refused, for all operations. Default: they are.
    ///
    /// With [`Enforcement::ReportOnly`], they are allowed and recorded. The start logs a warning, and
    /// [`DecisionsHandle::report`](crate::record::DecisionsHandle::report) lists them.
    pub const fn enforcement(mut self, enforcement: Enforcement) -> Self {
        self.settings.policy.enforcement = enforcement;
        self
    }

    /// Sets additional members of the protected resource metadata, and its URL. The URL of the environment is kept, unless
    /// `metadata` has its own.
    pub fn metadata(mut self, metadata: ResourceMetadata) -> Self {
        if metadata.url.is_some() {
            self.settings.from_environment.remove(&Setting::MetadataUrl);
        }
        self.settings.metadata = metadata.or(std::mem::take(&mut self.settings.metadata));
        self
    }

    /// Sets the monitoring of the server. The decision log and the address for metrics of the environment are kept, unless
    /// `observation` has its own.
    pub fn observation(mut self, observation: Observation) -> Self {
        self.settings.observation = observation.or(std::mem::take(&mut self.settings.observation));
        self
    }

    /// Sets the path at which requests for the MCP endpoint arrive. Default: the path of the resource URL.
    ///
    /// Use it behind a proxy that removes a prefix of the path, and where [`Router::nest`](axum::Router::nest) does. The
    /// resource URL remains the URL that clients use: challenges, metadata, the audience of tokens and DPoP proofs name
    /// it.
    ///
    /// The proxy must also send requests for the metadata to this server. Clients find it at the host of the resource
    /// URL (RFC 9728 section 3.1): for `https://todo.example.com/team/mcp` at
    /// `/.well-known/oauth-protected-resource/team/mcp`. Where that is impossible, set [`ResourceMetadata::url`].
    pub fn mount_path(mut self, path: impl Into<String>) -> Self {
        self.settings.mount_path = Some(path.into());
        self
    }

    /// Passes every request to rmcp's transport.
    ///
    /// By default, a stateless call of an operation that takes nothing from the connection does not pass through the
    /// transport, which takes most of the time of such a call. The responses are the same.
    pub const fn without_direct_dispatch(mut self) -> Self {
        self.settings.without_direct_dispatch = true;
        self
    }

    /// Sets the address for [`ResourceServer::run`]. Default: `127.0.0.1:8080`.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.settings.listen = Some(address.into());
        self
    }

    /// Serves TLS with this certificate chain and private key, both PEM files. Default: plain HTTP.
    ///
    /// The files are loaded before the server listens. A change of the files is noticed within seconds, and new
    /// connections then use the new certificate. With [`ResourceServer::serve`] and [`run`](ResourceServer::run), SIGHUP
    /// loads them at once. If the new files are not usable, the current certificate stays in use, and the log names the
    /// problem.
    ///
    /// The server requests no client certificates. Certificate-bound tokens need another TLS server in front of
    /// [`ResourceServer::into_router`]. That server adds a [`ClientCertificate`](crate::layer::ClientCertificate) to
    /// each request.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.settings.tls = Some(TlsFiles { certificate: certificate.into(), key: key.into() });
        self
    }

    /// Serves plain HTTP at addresses that are not loopback, for a proxy that terminates TLS. Without it and without
    /// [`tls`](Self::tls), such an address is an error: tokens would travel unencrypted.
    pub const fn allow_plain_http(mut self) -> Self {
        self.settings.allow_plain_http = true;
        self
    }

    /// Sets the tools. The value is cloned for each stateless request and for each legacy session, so keep shared state
    /// behind an [`Arc`].
    pub fn tools<S: GuardedServer + Clone + Sync>(self, tools: S) -> ResourceServerBuilder<Tools<S>> {
        self.tools_with(move || Ok(tools.clone()))
    }

    /// Sets a factory for the tools. It is called for each stateless request and for each legacy session, so it should
    /// clone a handle, not open a database.
    pub fn tools_with<S, F>(self, factory: F) -> ResourceServerBuilder<Tools<S>>
    where
        S: GuardedServer,
        F: Fn() -> Result<S, std::io::Error> + Send + Sync + 'static,
    {
        ResourceServerBuilder { settings: self.settings, tools: Tools { factory: Arc::new(factory) } }
    }

    /// Makes errors about these settings name their environment variables.
    pub(super) fn named_by_environment(mut self, settings: impl IntoIterator<Item = Setting>) -> Self {
        self.settings.from_environment.extend(settings);
        self
    }
}

impl<S: GuardedServer> ResourceServerBuilder<Tools<S>> {
    /// Checks every setting, fetches the issuers' keys, and assembles the server.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names every invalid setting.
    pub async fn build(self) -> Result<ResourceServer, BuildError> {
        assemble::assemble(self.settings, self.tools).await
    }
}
