//! Configures a server.

use std::net::SocketAddr;
#[cfg(feature = "tls")]
use std::path::PathBuf;
use std::sync::Arc;

use super::server_settings::ServerSettings;
#[cfg(feature = "tls")]
use super::server_settings::TlsFiles;
use super::server_settings::Tools;
use super::{
    Connections, Disclosure, Limits, Network, Observation, ResourceMetadata, ResourceServer, Sessions, assemble,
};
use crate::config::{BuildError, Setting};
use crate::guarded::GuardedServer;
use crate::issuer::Issuer;
use crate::scope::Scope;
use crate::validate::{Dpop, TokenValidator};

/// Configures a [`ResourceServer`]. Made by [`ResourceServer::builder`].
///
/// Settings that belong together are set as one value, such as [`Limits`]; a second call replaces the value.
#[derive(Debug)]
#[must_use]
pub struct ResourceServerBuilder<T> {
    pub(super) settings: ServerSettings,
    tools: T,
}

/// No tools are given yet: [`ResourceServerBuilder::tools`] takes them.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoTools;

impl ResourceServerBuilder<NoTools> {
    pub(super) fn new(resource: String) -> Self {
        Self { settings: ServerSettings { resource, ..ServerSettings::default() }, tools: NoTools }
    }
}

impl<T> ResourceServerBuilder<T> {
    /// Accepts the tokens of this issuer, and sends clients to it for tokens (RFC 9728). A URL is an issuer of RFC 9068 JWTs, found by discovery; see
    /// [`Issuer`] for others and for their settings.
    ///
    /// May be called several times: each token is validated by the rules and the keys of the issuer that it names.
    pub fn issuer(mut self, issuer: impl Into<Issuer>) -> Self {
        self.settings.issuers.push(issuer.into());
        self
    }

    /// Accepts the tokens that a validator of the application accepts, and sends clients to these authorization servers for tokens. A shorthand for
    /// [`Issuer::custom`].
    pub fn validator<A: Into<String>>(
        self,
        validator: impl TokenValidator,
        authorization_servers: impl IntoIterator<Item = A>,
    ) -> Self {
        self.issuer(Issuer::custom(validator, authorization_servers))
    }

    /// Accepts tokens that are bound to a key of the client, with a proof for each request (DPoP, RFC 9449). Without this call, and without a proof, bound
    /// tokens are rejected.
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.settings.dpop = Some(dpop);
        self
    }

    /// Sets the scopes that every request requires, except for public operations. Clients ask for them first, so keep them few.
    pub fn baseline<B: Into<Scope>>(mut self, scopes: impl IntoIterator<Item = B>) -> Self {
        self.settings.policy.baseline = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Declares that a caller with the scope `broad` also has `narrow`. Closed transitively when the server is built. The implications of a vocabulary
    /// (`#[guarded_tools(scopes = ..)]`) are known already.
    pub fn scope_implies(mut self, broad: Scope, narrow: Scope) -> Self {
        self.settings.policy.implications.push((broad, narrow));
        self
    }

    /// Lets callers without a token use the `public` tools, and no others.
    ///
    /// Clients of revisions before 2026-07-28 are then served without sessions, unless [`Sessions::legacy`] says otherwise: a session is memory that
    /// unauthenticated callers could use up.
    pub const fn allow_anonymous(mut self) -> Self {
        self.settings.policy.allow_anonymous = true;
        self
    }

    /// Sets what callers learn about operations that they may not use.
    pub fn disclosure(mut self, disclosure: Disclosure) -> Self {
        self.settings.policy.disclosure = disclosure;
        self
    }

    /// Sets the hosts, web origins and proxies that are allowed. Values that `network` does not set stay, those of the environment included.
    pub fn network(mut self, network: Network) -> Self {
        for setting in network.settings() {
            self.settings.from_environment.remove(&setting);
        }
        self.settings.network = network.or(self.settings.network);
        self
    }

    /// Limits the memory that requests take.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Sets the limits of sessions and streams.
    pub const fn sessions(mut self, sessions: Sessions) -> Self {
        self.settings.sessions = sessions;
        self
    }

    /// Limits the connections of [`ResourceServer::serve`] and its siblings: their number, and how long clients may be idle.
    pub const fn connections(mut self, connections: Connections) -> Self {
        self.settings.connections = connections;
        self
    }

    /// Adds to the protected resource metadata.
    pub fn metadata(mut self, metadata: ResourceMetadata) -> Self {
        self.settings.metadata = metadata;
        self
    }

    /// Sets what operators can observe.
    pub const fn observation(mut self, observation: Observation) -> Self {
        self.settings.observation = observation;
        self
    }

    /// Sets the address for [`ResourceServer::run`]. Default: `127.0.0.1:8080`.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.settings.listen = Some(address.into());
        self
    }

    /// Speaks TLS with this certificate chain and private key, both PEM files. Clients are not asked for certificates: tokens that are bound to one need another
    /// TLS server in front of [`ResourceServer::into_router`], which reports the certificate in a [`ClientCertificate`](crate::layer::ClientCertificate).
    #[cfg(feature = "tls")]
    pub fn tls(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.settings.tls = Some(TlsFiles { certificate: certificate.into(), key: key.into() });
        self
    }

    /// Sets the tools. They are cloned for each stateless request and for each legacy session, so keep shared state behind an [`Arc`].
    pub fn tools<S: GuardedServer + Clone + Sync>(self, tools: S) -> ResourceServerBuilder<Tools<S>> {
        self.tools_with(move || Ok(tools.clone()))
    }

    /// Sets a factory of the tools. It is called for each stateless request and for each legacy session, so let it clone a handle and not open a database.
    pub fn tools_with<S, F>(self, factory: F) -> ResourceServerBuilder<Tools<S>>
    where
        S: GuardedServer,
        F: Fn() -> Result<S, std::io::Error> + Send + Sync + 'static,
    {
        ResourceServerBuilder { settings: self.settings, tools: Tools { factory: Arc::new(factory) } }
    }

    /// Lets errors about these settings name their environment variables.
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
    /// [`BuildError`] names every setting that cannot be used.
    pub async fn build(self) -> Result<ResourceServer, BuildError> {
        assemble::assemble(self.settings, self.tools).await
    }
}
