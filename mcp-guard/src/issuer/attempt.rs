//! An attempt to connect to an issuer: it fetches everything that the validator needs before its first token.

use std::time::Duration;

use tokio::time::timeout;
use url::Url;

use crate::config::{ConfigError, Setting};
use crate::validate::{Egress, EndpointDiscovery, Failure, KeyStore, check_client};

/// The maximum time for fetching the metadata and the keys of an issuer together.
pub(super) const FETCH_LIMIT: Duration = Duration::from_secs(15);

/// The requests that connect a validator to its issuer. They can be repeated.
pub(super) enum Attempt {
    /// Fetches the keys, then has the provider confirm the client credentials. The order ensures that only the server
    /// with the keys receives the secret.
    Keys(KeyStore, Option<Box<ClientProof>>),
    /// Discovers the introspection endpoint.
    Endpoint(EndpointDiscovery),
}

/// Client credentials that a token endpoint must confirm.
pub(super) struct ClientProof {
    pub(super) token_endpoint: Url,
    pub(super) egress: Egress,
    pub(super) client_id: String,
    pub(super) secret: String,
}

/// A failed attempt.
pub(super) struct ConnectError {
    pub(super) error: ConfigError,
    pub(super) failure: Failure,
}

impl ConnectError {
    /// Returns whether the provider rejected the client credentials.
    pub(super) fn rejects_credentials(&self) -> bool {
        self.error.setting() == Setting::ClientSecret && !self.failure.is_temporary()
    }
}

impl Attempt {
    pub(super) fn issuer(&self) -> &str {
        match self {
            Self::Keys(store, _) => store.issuer(),
            Self::Endpoint(discovery) => discovery.issuer(),
        }
    }

    /// Returns the keys that the attempt fetches.
    pub(super) fn keys(&self) -> Option<KeyStore> {
        match self {
            Self::Keys(store, _) => Some(store.clone()),
            Self::Endpoint(_) => None,
        }
    }

    pub(super) async fn run(&self) -> Result<(), ConnectError> {
        match self {
            Self::Keys(store, proof) => {
                let setting = if store.has_configured_url() { Setting::JwksUri } else { Setting::Issuer };
                store.load().await.map_err(|error| ConnectError {
                    failure: error.failure(),
                    error: ConfigError::unusable(setting, &error),
                })?;
                match proof {
                    Some(proof) => proof.confirm().await,
                    None => Ok(()),
                }
            }
            Self::Endpoint(discovery) => {
                let unusable = |failure, reason: &dyn std::fmt::Display| ConnectError {
                    error: ConfigError::unusable(Setting::Issuer, reason),
                    failure,
                };
                match timeout(FETCH_LIMIT, discovery.run()).await {
                    Ok(discovered) => discovered.map_err(|error| unusable(error.failure(), &error)),
                    Err(_) => Err(unusable(
                        Failure::Timeout,
                        &format_args!("the metadata was not returned within {} s", FETCH_LIMIT.as_secs()),
                    )),
                }
            }
        }
    }
}

impl ClientProof {
    async fn confirm(&self) -> Result<(), ConnectError> {
        let checked = check_client(&self.token_endpoint, &self.egress, &self.client_id, &self.secret).await;
        checked.map_err(|error| {
            let reason = "the client id and secret are not confirmed: compare both with the provider's dashboard";
            let error_text = format!("{reason} ({error})");
            ConnectError { failure: error.failure(), error: ConfigError::unusable(Setting::ClientSecret, &error_text) }
        })
    }
}
