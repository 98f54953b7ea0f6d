//! The validator for all issuers of a server, and the issuers' entries in the metadata.

use futures::future::join_all;

use super::readiness::IssuerReadiness;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::issuer::{Issuer, IssuerSummary, Prepared};
use crate::scope::ScopeSpelling;
use crate::validate::{Issuers, NamedIssuer, SharedValidator, TokenCacheHandle};

/// Issuers with checked settings.
pub(super) struct PreparedTrust {
    issuers: Vec<Prepared>,
    spelling: ScopeSpelling,
}

/// The connected issuers.
pub(super) struct Trust {
    pub(super) validator: SharedValidator,
    /// The parts of the readiness route.
    pub(super) readiness: Vec<IssuerReadiness>,
    pub(super) cache_handle: TokenCacheHandle,
    /// What each issuer is configured to accept.
    pub(super) summaries: Vec<IssuerSummary>,
    /// The authorization servers for the metadata.
    pub(super) authorization_servers: Vec<String>,
    /// The spelling of scopes in the metadata and in challenges.
    pub(super) spelling: ScopeSpelling,
}

impl PreparedTrust {
    /// Checks the settings of every issuer, and that all issuers spell scopes alike.
    pub(super) fn new(issuers: Vec<Issuer>, resource: &str) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.check(!issuers.is_empty(), || {
            ConfigError::missing(Setting::Issuer, "the issuer of the access tokens, like \"https://auth.example.com\"")
        });
        let issuers: Vec<Prepared> =
            issuers.into_iter().filter_map(|issuer| mistakes.take(issuer.prepare(resource))).collect();
        let mut prefixes: Vec<&str> = issuers.iter().filter_map(|issuer| issuer.scope_prefix.as_deref()).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        let spelling = match prefixes[..] {
            [] | [""] => ScopeSpelling::default(),
            [prefix] => {
                let spelling = ScopeSpelling::with_prefix(prefix);
                let invalid = |expected| ConfigError::invalid(Setting::ScopePrefix, prefix, expected);
                mistakes.take(spelling.map_err(invalid)).unwrap_or_default()
            }
            _ => {
                let reason = format!(
                    "the issuers have different scope prefixes ({prefixes:?}), but a challenge names each scope once: configure the same prefix for all issuers"
                );
                mistakes.push(ConfigError::conflict(Setting::ScopePrefix, reason));
                ScopeSpelling::default()
            }
        };
        mistakes.into_result()?;
        Ok(Self { issuers, spelling })
    }

    /// Returns the maximum length of a token, of any issuer. 0 if no issuer has a maximum.
    pub(super) fn max_token_bytes(&self) -> usize {
        self.issuers.iter().map(|issuer| issuer.max_token_bytes).max().unwrap_or_default()
    }

    /// Fetches the metadata and keys of all issuers concurrently. Those of unavailable issuers are fetched later.
    pub(super) async fn connect(self) -> Result<Trust, Mistakes> {
        let mut mistakes = Mistakes::default();
        let authorization_servers =
            self.issuers.iter().flat_map(|issuer| &issuer.authorization_servers).cloned().collect();
        let summaries = self.issuers.iter().map(Prepared::summary).collect();
        let max_token_bytes = self.max_token_bytes();
        let (mut named, mut handles, mut readiness) = (Vec::new(), Vec::new(), Vec::new());
        let connected = self.issuers.into_iter().map(|mut issuer| async move {
            let (names, issuers) = (std::mem::take(&mut issuer.names), std::mem::take(&mut issuer.issuers));
            let takes_opaque = issuer.takes_opaque;
            let server = issuer.authorization_servers.first().cloned().unwrap_or_default();
            Ok::<_, Mistakes>((server, names, issuers, takes_opaque, issuer.connect().await?))
        });
        for connected in join_all(connected).await {
            let Some((server, names, issuers, takes_opaque, validator)) = mistakes.take(connected) else { continue };
            handles.push(validator.cache_handle());
            let (status, validator) = (validator.status(), validator.into_shared());
            readiness.push(IssuerReadiness::new(server, status, validator.clone()));
            named.push(NamedIssuer { names, issuers, takes_opaque, validator });
        }
        mistakes.into_result()?;
        let validator = match named.pop() {
            Some(only) if named.is_empty() => only.validator,
            last => {
                named.extend(last);
                SharedValidator::new(Issuers::new(named, max_token_bytes)?)
            }
        };
        let cache_handle = TokenCacheHandle::of_all(handles);
        Ok(Trust { validator, readiness, cache_handle, summaries, authorization_servers, spelling: self.spelling })
    }
}
