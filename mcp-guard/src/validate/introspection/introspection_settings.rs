//! The settings of an [`IntrospectionValidator`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::answer_rules::AnswerRules;
use super::call::{Call, CallSource};
use super::in_flight_calls::InFlightCalls;
use super::rejected_tokens::RejectedTokens;
use super::validator::{IntrospectionValidator, Reachable};
use crate::config::{ConfigError, Setting};
use crate::urls::is_endpoint;
use crate::validate::cache::TokenCache;
use crate::validate::fetch::{Egress, Fetcher};
use crate::validate::keys::MetadataForm;
use crate::validate::keys::discovery::DiscoveryError;

/// Validated settings.
pub(crate) struct IntrospectionSettings {
    pub(crate) rules: AnswerRules,
    pub(crate) limits: CallLimits,
    pub(crate) source: CallSource,
    pub(crate) endpoint: Endpoint,
    pub(crate) egress: Egress,
}

/// The limits for calls and for the cache.
pub(crate) struct CallLimits {
    pub(crate) max_length: usize,
    pub(crate) cache_time: Duration,
    pub(crate) cached_tokens: usize,
    pub(crate) max_calls: usize,
}

/// The introspection endpoint.
pub(crate) enum Endpoint {
    /// The endpoint in the metadata of the issuer, at one of these locations.
    Discovered(&'static [MetadataForm]),
    Configured(Url),
}

/// Parses a URL that tokens and credentials may be sent to.
pub(crate) fn endpoint_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(is_endpoint)
}

impl IntrospectionSettings {
    /// Builds the validator. Its endpoint is not discovered yet, unless it is configured.
    pub(crate) fn build(self) -> Result<(IntrospectionValidator, Option<EndpointDiscovery>), ConfigError> {
        let Self { rules, limits, source, endpoint, egress } = self;
        let unusable = |error: &dyn fmt::Display| ConfigError::unusable(Setting::Issuer, error);
        let fetcher = |url: &Url| Fetcher::new(url, &egress).map_err(|error| unusable(&error));
        let (fetcher, endpoint, forms) = match endpoint {
            Endpoint::Configured(url) => (fetcher(&url)?, Some(url), None),
            Endpoint::Discovered(forms) => {
                let issuer = Url::parse(&rules.issuer).map_err(|error| unusable(&error))?;
                // The network policy of the issuer also applies to the endpoint: only an issuer on loopback may have an
                // endpoint on loopback.
                (fetcher(&issuer)?, None, Some(forms))
            }
        };
        let issuer = rules.issuer.clone();
        let call = Arc::new(Call::new(fetcher, endpoint, source));
        let discovery = forms.map(|forms| EndpointDiscovery { issuer, forms, call: Arc::clone(&call) });
        let validator = IntrospectionValidator {
            max_length: limits.max_length,
            rules,
            call,
            in_flight: InFlightCalls::new(limits.max_calls),
            accepted: TokenCache::new(limits.cached_tokens, Some(limits.cache_time)),
            rejected: RejectedTokens::new(limits.cache_time),
            reachable: Arc::new(Reachable::default()),
            throttle: Arc::default(),
        };
        Ok((validator, discovery))
    }
}

/// The discovery of the endpoint of a validator.
pub(crate) struct EndpointDiscovery {
    issuer: String,
    forms: &'static [MetadataForm],
    call: Arc<Call>,
}

impl EndpointDiscovery {
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Discovers the endpoint, which the validator then uses.
    ///
    /// # Errors
    ///
    /// [`DiscoveryError`] if the metadata of the issuer cannot be fetched or contains no usable endpoint.
    pub(crate) async fn run(&self) -> Result<(), DiscoveryError> {
        self.call.discover(&self.issuer, self.forms).await
    }
}
