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
    /// Creates a builder with the default settings.
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

    /// Sets the loopback address to listen on. Default: a free port of `127.0.0.1`.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.listen = address.into();
        self
    }

    /// Sets the signature algorithm. Default: ES256.
    pub fn algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the lifetime of tokens from the token endpoint, in whole seconds. Default: one hour.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// Sets the path of the issuer, such as `/tenant1`. Default: no path.
    pub fn issuer_path(mut self, path: impl Into<String>) -> Self {
        self.issuer_path = path.into();
        self
    }

    /// Sets the audience of tokens that are requested without `resource`. Default: such requests are rejected.
    pub fn default_audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.default_audience = Some(audience.into());
        self
    }

    /// Sets the addresses that serve the metadata. Default: all of them.
    pub fn metadata_forms(mut self, forms: impl IntoIterator<Item = MetadataForm>) -> Self {
        self.settings.metadata_forms = forms.into_iter().collect();
        self
    }

    /// Puts another issuer into the metadata, to test that clients reject it.
    pub fn metadata_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.metadata_issuer = Some(issuer.into());
        self
    }

    /// Issues opaque tokens, which only introspection can resolve. Default: JWTs.
    pub fn opaque_tokens(mut self) -> Self {
        self.settings.opaque_tokens = true;
        self
    }

    /// Allows a resource server with these credentials to introspect tokens. Clients registered with a secret may as
    /// well.
    pub fn resource_server(mut self, client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.settings.resource_servers.0.insert(client_id.into(), secret.into());
        self
    }

    /// Sets how long the keys may be cached, in whole seconds. Default: five minutes.
    pub fn jwks_max_age(mut self, max_age: Duration) -> Self {
        self.settings.jwks_max_age = max_age;
        self
    }

    /// Starts the server on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns [`DevError::NotLoopback`] if other machines could reach the address, [`DevError::IssuerPath`] if the
    /// path is not valid in an issuer, and [`DevError::Listen`] if the address is in use.
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
