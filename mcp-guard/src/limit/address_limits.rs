//! The limits of a client address, before authentication.

use super::client_address::ClientAddress;
use super::exceeded::Exceeded;
use super::keyed_rate::KeyedRate;
use super::settings::RateLimits;
use crate::rule::Rule;

/// Limits the requests of each client address that fail to authenticate, or do not try to.
pub(crate) struct AddressLimits {
    failed_credentials: Option<KeyedRate<ClientAddress>>,
    without_token: Option<KeyedRate<ClientAddress>>,
}

impl AddressLimits {
    pub(crate) fn new(settings: &RateLimits) -> Self {
        Self {
            failed_credentials: settings.failed_credentials.map(KeyedRate::new),
            without_token: settings.without_token.map(KeyedRate::new),
        }
    }

    /// Checks whether credentials of this address may be validated.
    ///
    /// # Errors
    ///
    /// The address sent too many invalid credentials.
    pub(crate) fn check_credentials(&self, address: ClientAddress) -> Result<(), Exceeded> {
        let Some(limit) = &self.failed_credentials else { return Ok(()) };
        let exceeded = |wait| Exceeded::rate(Rule::CredentialsRate, limit.rate(), wait);
        limit.check(&address).map_err(exceeded)
    }

    /// Counts a request with invalid credentials.
    pub(crate) fn count_failed(&self, address: ClientAddress) {
        if let Some(limit) = &self.failed_credentials {
            // Requests that were validated at the same time may exceed the rate. The next one is refused.
            let _ = limit.count(&address);
        }
    }

    /// Counts a request without a token.
    ///
    /// # Errors
    ///
    /// The address sends too many such requests.
    pub(crate) fn count_without_token(&self, address: ClientAddress) -> Result<(), Exceeded> {
        let Some(limit) = &self.without_token else { return Ok(()) };
        limit.count(&address).map_err(|wait| Exceeded::rate(Rule::AddressRate, limit.rate(), wait))
    }
}

// Not derived: the counts are many, and contain addresses of clients.
opaque_debug!(AddressLimits);
