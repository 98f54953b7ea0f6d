use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::introspect;
use crate::key::SigningKey;
use crate::router::router;
use crate::state::{Shared, lock};
use crate::token::TokenBuilder;

/// The time that a shutdown waits for requests in flight.
const GRACE: Duration = Duration::from_secs(5);

/// A running OAuth 2.1 authorization server for development and tests.
///
/// Dropping it stops the server. See the [crate docs](crate) for the endpoints.
///
/// # Security
///
/// The server grants a token for any subject and any scope to every caller that can reach it: every program on this
/// machine, and every web page that is served from this machine. It checks `Host` and `Origin` to reject other pages,
/// also those whose host name resolves to loopback. Do not trust its issuer in production.
pub struct DevAuthServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Dropping the sender stops the server, as sending does.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl DevAuthServer {
    pub(crate) fn serve(listener: TcpListener, address: SocketAddr, shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let (stop, stopped) = oneshot::channel();
        let service = axum::serve(listener, router(Arc::clone(&shared))).with_graceful_shutdown(async {
            // An error means that the sender was dropped, which also stops the server.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move {
            if let Err(error) = service.await {
                tracing::error!(%error, "the development authorization server failed");
            }
        });
        tracing::info!(issuer = shared.endpoints.issuer, "the development authorization server is listening");
        Self { address, shared, stop, task }
    }

    /// Replaces the signing key, and removes the old key from the published set.
    pub fn rotate_key(&self) {
        let key = self.generate_key();
        lock(&self.shared.keys).rotate(key);
    }

    /// Replaces the signing key, and keeps the old key in the published set.
    pub fn add_key(&self) {
        let key = self.generate_key();
        lock(&self.shared.keys).add(key);
    }

    /// Adds any value to the published set, even if it is not a key.
    pub fn publish_jwk(&self, jwk: impl Into<Value>) {
        lock(&self.shared.keys).publish(jwk.into());
    }

    /// Removes the keys with this `kid` from the published set. The current key continues to sign.
    pub fn retire_key(&self, kid: &str) {
        lock(&self.shared.keys).retire(kid);
    }

    /// Starts or ends a simulated outage, during which every endpoint returns 503.
    pub fn set_outage(&self, outage: bool) {
        self.shared.outage.store(outage, Ordering::Relaxed);
    }

    /// Stops listening, and waits briefly for the requests in flight.
    pub async fn shutdown(self) {
        let Self { stop, mut task, .. } = self;
        drop(stop);
        if timeout(GRACE, &mut task).await.is_err() {
            task.abort();
        }
    }

    /// Creates a builder of access tokens of this issuer, signed with the current key.
    ///
    /// Sets the default audience of the server as the audience, if it is configured.
    pub fn token(&self) -> TokenBuilder {
        let token = self.current_key().token(self.issuer());
        match &self.shared.settings.default_audience {
            Some(audience) => token.audience(audience),
            None => token,
        }
    }

    /// Issues an opaque token for the claims of `token`.
    ///
    /// Introspection returns the claims unchanged, until the token is revoked or a numeric `exp` has passed.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no randomness.
    #[must_use]
    pub fn opaque_token(&self, token: TokenBuilder) -> String {
        introspect::issue(&self.shared, token)
    }

    /// Revokes an opaque token: introspection then reports it as inactive. A JWT cannot be revoked.
    pub fn revoke(&self, token: &str) {
        lock(&self.shared.opaque_tokens).remove(token);
    }

    /// Returns the current signing key.
    #[must_use]
    pub fn current_key(&self) -> SigningKey {
        lock(&self.shared.keys).current().clone()
    }

    /// Returns the issuer, such as `http://127.0.0.1:8081`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.shared.endpoints.issuer
    }

    /// Returns the listening address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of the key set.
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.shared.endpoints.jwks
    }

    /// Returns the URL of the token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> &str {
        &self.shared.endpoints.token
    }

    /// Returns the URL of the authorization endpoint.
    #[must_use]
    pub fn authorization_endpoint(&self) -> &str {
        &self.shared.endpoints.authorization
    }

    /// Returns the URL of the introspection endpoint.
    #[must_use]
    pub fn introspection_endpoint(&self) -> &str {
        &self.shared.endpoints.introspection
    }

    /// Returns the URL of the registration endpoint.
    #[must_use]
    pub fn registration_endpoint(&self) -> &str {
        &self.shared.endpoints.registration
    }

    /// Returns the number of requests for the keys, including those during an outage.
    #[must_use]
    pub fn jwks_fetches(&self) -> usize {
        self.shared.jwks_fetches.load(Ordering::Relaxed)
    }

    /// Returns the number of requests for metadata at any well-known address, including failed ones.
    #[must_use]
    pub fn metadata_fetches(&self) -> usize {
        self.shared.metadata_fetches.load(Ordering::Relaxed)
    }

    /// Returns the number of introspection requests, including rejected ones and those during an outage.
    #[must_use]
    pub fn introspections(&self) -> usize {
        self.shared.introspections.load(Ordering::Relaxed)
    }

    fn generate_key(&self) -> SigningKey {
        SigningKey::generate(self.current_key().algorithm())
    }
}

impl fmt::Debug for DevAuthServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevAuthServer").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}
