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

/// How long a shutdown waits for requests that are being answered.
const GRACE: Duration = Duration::from_secs(5);

/// A running OAuth 2.1 authorization server for development and tests.
///
/// It stops when it is dropped. See the [crate docs](crate) for what it serves.
///
/// # Security
///
/// It gives a token for any subject and any scope to whoever can reach it: every program on the same machine, and every
/// web page that is served from it. Pages from elsewhere are kept out, also those whose host name leads to loopback,
/// by the `Host` and the `Origin` of their requests. Nothing that matters may trust its issuer.
pub struct DevAuthServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Dropping it ends the server as well as sending does.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl DevAuthServer {
    pub(crate) fn serve(listener: TcpListener, address: SocketAddr, shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let (stop, stopped) = oneshot::channel();
        let service = axum::serve(listener, router(Arc::clone(&shared))).with_graceful_shutdown(async {
            // An error means that the sender is gone, which is the other way to say stop.
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

    /// Makes a new key the current one; the old key leaves the published set.
    pub fn rotate_key(&self) {
        let key = self.generate_key();
        lock(&self.shared.keys).rotate(key);
    }

    /// Makes a new key the current one; the old key stays in the published set.
    pub fn add_key(&self) {
        let key = self.generate_key();
        lock(&self.shared.keys).add(key);
    }

    /// Adds any value to the published set, whether it is a key or not.
    pub fn publish_jwk(&self, jwk: impl Into<Value>) {
        lock(&self.shared.keys).publish(jwk.into());
    }

    /// Removes the keys of this name from the published set; the current key goes on signing even so.
    pub fn retire_key(&self, kid: &str) {
        lock(&self.shared.keys).retire(kid);
    }

    /// Switches an outage on or off: while it lasts, every endpoint answers 503.
    pub fn set_outage(&self, outage: bool) {
        self.shared.outage.store(outage, Ordering::Relaxed);
    }

    /// Stops listening, and waits a moment for the requests that are being answered.
    pub async fn shutdown(self) {
        let Self { stop, mut task, .. } = self;
        drop(stop);
        if timeout(GRACE, &mut task).await.is_err() {
            task.abort();
        }
    }

    /// Starts an access token of this issuer, signed with the current key.
    ///
    /// Its audience is the server's default audience, if there is one.
    pub fn token(&self) -> TokenBuilder {
        let token = self.current_key().token(self.issuer());
        match &self.shared.settings.default_audience {
            Some(audience) => token.audience(audience),
            None => token,
        }
    }

    /// Issues an opaque token that stands for the claims of `token`.
    ///
    /// Introspection gives them back, whatever they are, until the token is revoked or an `exp` that is a number is over.
    ///
    /// # Panics
    ///
    /// Panics if the operating system gives no randomness.
    #[must_use]
    pub fn opaque_token(&self, token: TokenBuilder) -> String {
        introspect::issue(&self.shared, token)
    }

    /// Revokes an opaque token: from now on introspection says that it is not active. A JWT cannot be revoked.
    pub fn revoke(&self, token: &str) {
        lock(&self.shared.opaque_tokens).remove(token);
    }

    /// Returns the key that signs now.
    #[must_use]
    pub fn current_key(&self) -> SigningKey {
        lock(&self.shared.keys).current().clone()
    }

    /// Returns the issuer, such as `http://127.0.0.1:8081`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.shared.endpoints.issuer
    }

    /// Returns the address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns where the keys are published.
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.shared.endpoints.jwks
    }

    /// Returns where tokens are issued.
    #[must_use]
    pub fn token_endpoint(&self) -> &str {
        &self.shared.endpoints.token
    }

    /// Returns where a user would be asked for consent.
    #[must_use]
    pub fn authorization_endpoint(&self) -> &str {
        &self.shared.endpoints.authorization
    }

    /// Returns where tokens are introspected.
    #[must_use]
    pub fn introspection_endpoint(&self) -> &str {
        &self.shared.endpoints.introspection
    }

    /// Returns where clients register.
    #[must_use]
    pub fn registration_endpoint(&self) -> &str {
        &self.shared.endpoints.registration
    }

    /// Returns how often the keys were asked for, requests during an outage included.
    #[must_use]
    pub fn jwks_fetches(&self) -> usize {
        self.shared.jwks_fetches.load(Ordering::Relaxed)
    }

    /// Returns how often metadata was asked for at any well-known address, served or not, also during an outage.
    #[must_use]
    pub fn metadata_fetches(&self) -> usize {
        self.shared.metadata_fetches.load(Ordering::Relaxed)
    }

    /// Returns how often tokens were asked about, refused requests and those during an outage included.
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
