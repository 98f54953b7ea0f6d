//! Discovery of the endpoints of an issuer: RFC 8414 and OpenID Connect Discovery, with the three URL forms of MCP
//! (authorization, "Authorization Server Metadata Discovery").

use serde::Deserialize;
use url::Url;

use crate::json;
use crate::urls::{is_endpoint, is_plain};
use crate::validate::fetch::{Accept, Failure, Fetcher};

/// The members of authorization server metadata that are read.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Option<String>,
    introspection_endpoint: Option<String>,
}

impl Metadata {
    fn parse(document: &str) -> Option<Self> {
        json::is_object(document).then(|| serde_json::from_str(document).ok()).flatten()
    }
}

/// A failed discovery.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoveryError {
    /// No metadata URL returned a valid document.
    #[error("the metadata of issuer {issuer} cannot be fetched: {}", attempts.join("; "))]
    Unreachable {
        /// The configured issuer.
        issuer: String,
        /// The error of each URL.
        attempts: Vec<String>,
        /// The kind of the failure: a temporary one if there is one.
        failure: Failure,
    },
    /// The metadata has another issuer (RFC 8414 section 3.3). It is compared by code point, including a trailing
    /// slash.
    #[error(
        "the metadata at {url} is of issuer {found:?}, expected {issuer:?}: configure the issuer exactly as in its metadata"
    )]
    OtherIssuer {
        /// The configured issuer.
        issuer: String,
        /// The issuer in the document.
        found: String,
        /// The URL of the document.
        url: Url,
    },
    /// The metadata has no valid `introspection_endpoint`.
    #[error("the metadata at {url} contains no usable introspection_endpoint: configure it with `.endpoint(..)`")]
    NoIntrospectionEndpoint {
        /// The URL of the document.
        url: Url,
    },
    /// The metadata has no `jwks_uri`, or an invalid one: not a URL, or a URL with credentials.
    #[error("the metadata at {url} contains no usable jwks_uri")]
    NoJwksUri {
        /// The URL of the document.
        url: Url,
    },
}

impl DiscoveryError {
    /// Returns the kind of the failure.
    pub(crate) const fn failure(&self) -> Failure {
        match self {
            Self::Unreachable { failure, .. } => *failure,
            Self::OtherIssuer { .. } | Self::NoIntrospectionEndpoint { .. } | Self::NoJwksUri { .. } => {
                Failure::Invalid
            }
        }
    }
}

/// A location of issuer metadata.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MetadataForm {
    /// `/.well-known/oauth-authorization-server` between host and path (RFC 8414 section 3.1).
    OAuth,
    /// `/.well-known/openid-configuration` between host and path (RFC 8414 section 5).
    OpenIdInserted,
    /// `/.well-known/openid-configuration` after the path (OpenID Connect Discovery section 4).
    OpenId,
    /// `/.well-known/oauth-authorization-server` after the path. This form is not standardized, but some issuers use
    /// it.
    OAuthAppended,
}

impl MetadataForm {
    /// The locations of the MCP specification, in its order.
    pub(crate) const MCP: &[Self] = &[Self::OAuth, Self::OpenIdInserted, Self::OpenId];

    fn url(self, issuer: &Url) -> Url {
        let path = issuer.path().trim_end_matches('/');
        let mut url = issuer.clone();
        url.set_path(&match self {
            Self::OAuth => format!("/.well-known/oauth-authorization-server{path}"),
            Self::OpenIdInserted => format!("/.well-known/openid-configuration{path}"),
            Self::OpenId => format!("{path}/.well-known/openid-configuration"),
            Self::OAuthAppended => format!("{path}/.well-known/oauth-authorization-server"),
        });
        url.set_query(None);
        url.set_fragment(None);
        url
    }
}

/// Returns the URLs to try, in order.
fn metadata_urls(issuer: &Url, forms: &[MetadataForm]) -> Vec<Url> {
    let mut urls: Vec<Url> = forms.iter().map(|form| form.url(issuer)).collect();
    // Without a path, the forms are equal.
    urls.dedup();
    urls
}

/// Discovers the JWKS URL of `issuer`.
pub(super) async fn jwks_uri(fetcher: &Fetcher, issuer: &str, forms: &[MetadataForm]) -> Result<Url, DiscoveryError> {
    let (metadata, url) = metadata(fetcher, issuer, forms).await?;
    // The fetcher checks the address.
    metadata.jwks_uri.and_then(|uri| Url::parse(&uri).ok()).filter(is_plain).ok_or(DiscoveryError::NoJwksUri { url })
}

/// Discovers the introspection endpoint of `issuer` (RFC 8414 section 2).
pub(in crate::validate) async fn introspection_endpoint(
    fetcher: &Fetcher,
    issuer: &str,
    forms: &[MetadataForm],
) -> Result<Url, DiscoveryError> {
    let (metadata, url) = metadata(fetcher, issuer, forms).await?;
    let endpoint = metadata.introspection_endpoint.and_then(|uri| Url::parse(&uri).ok()).filter(is_endpoint);
    endpoint.ok_or(DiscoveryError::NoIntrospectionEndpoint { url })
}

/// Fetches the metadata of `issuer`. Also returns its URL.
async fn metadata(fetcher: &Fetcher, issuer: &str, forms: &[MetadataForm]) -> Result<(Metadata, Url), DiscoveryError> {
    let mut attempts = Attempts { issuer, failure: Failure::Invalid, errors: Vec::new() };
    let parsed = match Url::parse(issuer) {
        Ok(parsed) => parsed,
        Err(error) => return Err(attempts.failed(format!("invalid URL: {error}"), Failure::Invalid).into_error()),
    };
    let mut other = None;
    for url in metadata_urls(&parsed, forms) {
        let document = match fetcher.get(&url, Accept::JSON).await {
            Ok(document) => document,
            Err(error) => {
                attempts = attempts.failed(error.to_string(), error.failure());
                // The other forms would fail with the same error.
                if error.concerns_every_url() {
                    return Err(attempts.into_error());
                }
                continue;
            }
        };
        let Some(metadata) = Metadata::parse(&document.body) else {
            let error = format!("{url} did not return authorization server metadata");
            attempts = attempts.failed(error, Failure::Invalid);
            continue;
        };
        if metadata.issuer != issuer {
            // Another form may still match, because several tenants can share a host.
            other.get_or_insert(DiscoveryError::OtherIssuer { issuer: issuer.to_owned(), found: metadata.issuer, url });
            continue;
        }
        return Ok((metadata, url));
    }
    // After a temporary failure, the document of this issuer may be at the URL that failed.
    match other {
        Some(other) if !attempts.failure.is_temporary() => Err(other),
        _ => Err(attempts.into_error()),
    }
}

/// The failed requests for metadata.
struct Attempts<'i> {
    issuer: &'i str,
    failure: Failure,
    errors: Vec<String>,
}

impl Attempts<'_> {
    /// Adds a failure. A temporary one has precedence: the document may be at that URL.
    fn failed(mut self, error: String, failure: Failure) -> Self {
        if self.errors.is_empty() || !self.failure.is_temporary() {
            self.failure = failure;
        }
        self.errors.push(error);
        self
    }

    fn into_error(self) -> DiscoveryError {
        DiscoveryError::Unreachable { issuer: self.issuer.to_owned(), attempts: self.errors, failure: self.failure }
    }
}

/// Returns the JWKS URL of `issuer` in this document, for the fuzz targets.
#[cfg(fuzzing)]
pub(super) fn read(document: &str, issuer: &str) -> Option<Url> {
    let metadata = Metadata::parse(document)?;
    let policy = crate::validate::fetch::NetworkPolicy::for_url(&Url::parse(issuer).ok()?);
    let uri = (metadata.issuer == issuer).then_some(metadata.jwks_uri?).and_then(|uri| Url::parse(&uri).ok());
    uri.filter(|uri| is_plain(uri) && crate::validate::fetch::check_url(uri, policy).is_ok())
}

#[cfg(test)]
mod tests;
