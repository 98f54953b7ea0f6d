use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;

use crate::algorithm::SigningAlgorithm;
use crate::client::ResourceServers;
use crate::endpoints::{Endpoints, IssuerPath};
use crate::error::DevError;
use crate::key::SigningKey;
use crate::metadata_form::MetadataForm;
use crate::server::DevAuthServer;
use crate::state::{Settings, Shared};

/// Configures a [`DevAuthServer`].
#[derive(Clone, Debug)]
#[must_use]
pub struct DevAuthServerBuilder {
    listen: SocketAddr,
    algorithm: SigningAlgorithm,
    issuer_path: String,
    settings: Settings,
}

impl DevAuthServer {
    /// Starts the configuration of a server.
    pub fn builder() -> DevAuthServerBuilder {
        DevAuthServerBuilder::new()
    }
}

impl DevAuthServerBuilder {
    fn new() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            algorithm: SigningAlgorithm::Es256,
            issuer_path: String::new(),
            settings: Settings {
                token_lifetime: Duration::from_secs(3600),
                jwks_max_age: Duration::from_secs(300),
                default_audience: None,
                metadata_forms: MetadataForm::ALL.to_vec(),
                metadata_issuer: None,
                opaque_tokens: false,
                resource_servers: ResourceServers::default(),
            },
        }
    }

    /// Listens on this loopback address; by default on a free port of `127.0.0.1`.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.listen = address.into();
        self
    }

    /// Signs with this algorithm; by default with ES256.
    pub fn algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Lets the tokens of the token endpoint live this long; by default an hour. Counted in whole seconds.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// Gives the issuer a path, such as `/tenant1`; by default it has none.
    pub fn issuer_path(mut self, path: impl Into<String>) -> Self {
        self.issuer_path = path.into();
        self
    }

    /// Makes tokens for this audience when a client names no `resource`; by default that is an error.
    pub fn default_audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.default_audience = Some(audience.into());
        self
    }

    /// Serves the metadata at these addresses only; by default at all of them.
    pub fn metadata_forms(mut self, forms: impl IntoIterator<Item = MetadataForm>) -> Self {
        self.settings.metadata_forms = forms.into_iter().collect();
        self
    }

    /// Makes the metadata lie about the issuer, to test that nobody believes it.
    pub fn metadata_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.metadata_issuer = Some(issuer.into());
        self
    }

    /// Makes the token endpoint issue opaque tokens, which only introspection understands; by default it issues JWTs.
    pub fn opaque_tokens(mut self) -> Self {
        self.settings.opaque_tokens = true;
        self
    }

    /// Lets a resource server introspect tokens with these credentials. Clients that registered with a secret may as well.
    pub fn resource_server(mut self, client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.settings.resource_servers.0.insert(client_id.into(), secret.into());
        self
    }

    /// Lets the keys be cached for this long; by default for five minutes. Counted in whole seconds.
    pub fn jwks_max_age(mut self, max_age: Duration) -> Self {
        self.settings.jwks_max_age = max_age;
        self
    }

    /// Starts the server on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// [`DevError::NotLoopback`] if other machines could reach the address, [`DevError::IssuerPath`] if the path
    /// cannot be part of an issuer, [`DevError::Listen`] if the address is taken.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub async fn start(self) -> Result<DevAuthServer, DevError> {
        if !self.listen.ip().is_loopback() {
            return Err(DevError::NotLoopback(self.listen));
        }
        let path = IssuerPath::new(self.issuer_path)?;
        let failed = |source| DevError::Listen { address: self.listen, source };
        let listener = TcpListener::bind(self.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let key = SigningKey::generate(self.algorithm);
        let shared = Shared::new(Endpoints::new(address, path), self.settings, key);
        Ok(DevAuthServer::serve(listener, address, shared))
    }
}
