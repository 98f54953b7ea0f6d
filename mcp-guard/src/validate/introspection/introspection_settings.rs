//! What an [`IntrospectionValidator`] is made of.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::call::{Call, CallSource};
use super::flights::Flights;
use super::refused::RefusedTokens;
use super::rules::AnswerRules;
use super::{IntrospectionValidator, Reachable};
use crate::config::{ConfigError, Setting};
use crate::urls::is_endpoint;
use crate::validate::cache::TokenCache;
use crate::validate::fetch::{Fetcher, Reach};
use crate::validate::keys::{MetadataForm, discovery};

/// Settings that are checked.
pub(crate) struct IntrospectionSettings {
    pub(crate) rules: AnswerRules,
    pub(crate) limits: CallLimits,
    pub(crate) source: CallSource,
    pub(crate) endpoint: Endpoint,
    pub(crate) private_network: bool,
}

/// How much is asked and cached.
pub(crate) struct CallLimits {
    pub(crate) max_length: usize,
    pub(crate) cache_time: Duration,
    pub(crate) cached_tokens: usize,
    pub(crate) max_calls: usize,
}

/// The URL that is called.
pub(crate) enum Endpoint {
    /// The one in the issuer's metadata, which has one of these forms.
    Discovered(&'static [MetadataForm]),
    Configured(Url),
}

/// Reads a URL that tokens and credentials may be sent to.
pub(crate) fn endpoint_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(is_endpoint)
}

impl IntrospectionSettings {
    /// Finds the endpoint.
    pub(crate) async fn connect(self) -> Result<IntrospectionValidator, ConfigError> {
        let Self { rules, limits, source, endpoint, private_network } = self;
        let fetcher = |url: &Url| {
            Fetcher::new(Reach::of(url).allowing_private_network(private_network))
                .map_err(|error| ConfigError::unusable(Setting::Issuer, &error))
        };
        let (fetcher, endpoint) = match endpoint {
            Endpoint::Configured(url) => (fetcher(&url)?, url),
            Endpoint::Discovered(forms) => {
                let issuer =
                    Url::parse(&rules.issuer).map_err(|error| ConfigError::unusable(Setting::Issuer, &error))?;
                let fetcher = fetcher(&issuer)?;
                // With the issuer's own reach: only an issuer on loopback sends this server to loopback.
                let endpoint = discovery::introspection_endpoint(&fetcher, &rules.issuer, forms).await;
                (fetcher, endpoint.map_err(|error| ConfigError::unusable(Setting::Issuer, &error))?)
            }
        };
        Ok(IntrospectionValidator {
            max_length: limits.max_length,
            rules,
            call: Arc::new(Call::new(fetcher, endpoint, source)),
            flights: Flights::new(limits.max_calls),
            accepted: TokenCache::new(limits.cached_tokens, Some(limits.cache_time)),
            refused: RefusedTokens::new(limits.cache_time),
            reachable: Arc::new(Reachable::default()),
            throttle: Arc::default(),
        })
    }
}
