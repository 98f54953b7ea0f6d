//! From an issuer to its JWKS: RFC 8414 and OpenID Connect Discovery, in the three URL forms that MCP names (authorization, "Authorization
//! Server Metadata Discovery").

use serde::Deserialize;
use url::Url;

use crate::json;
use crate::urls::{is_endpoint, is_plain};
use crate::validate::fetch::{FetchError, Fetcher};

/// What is read of an authorization server's metadata.
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

/// Why the issuer's keys could not be found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoveryError {
    /// No form of the metadata URL gave a document.
    #[error("the metadata of issuer {issuer} cannot be fetched: {}", attempts.join("; "))]
    Unreachable {
        /// The configured issuer.
        issuer: String,
        /// What each form of the URL gave.
        attempts: Vec<String>,
    },
    /// The metadata names another issuer (RFC 8414 section 3.3). Compared by code point: a slash at the end matters.
    #[error(
        "the metadata at {url} is of issuer {found:?}, not {issuer:?}: configure the issuer exactly as its metadata writes it"
    )]
    OtherIssuer {
        /// The configured issuer.
        issuer: String,
        /// The issuer that the document names.
        found: String,
        /// Where the document was found.
        url: Url,
    },
    /// The metadata names no usable `introspection_endpoint`.
    #[error(
        "the metadata at {url} names no usable introspection_endpoint: name it with `.endpoint(..)`, if the authorization server has one"
    )]
    NoIntrospectionEndpoint {
        /// Where the document was found.
        url: Url,
    },
    /// The metadata names no `jwks_uri`, or one that is no URL or has credentials in it.
    #[error("the metadata at {url} names no usable jwks_uri")]
    NoJwksUri {
        /// Where the document was found.
        url: Url,
    },
}

/// Where an issuer publishes its metadata.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MetadataForm {
    /// `/.well-known/oauth-authorization-server` between host and path (RFC 8414 section 3.1).
    OAuth,
    /// `/.well-known/openid-configuration` between host and path (RFC 8414 section 5).
    OpenIdInserted,
    /// `/.well-known/openid-configuration` after the path (OpenID Connect Discovery section 4).
    OpenId,
    /// `/.well-known/oauth-authorization-server` after the path, which no specification says and some issuers do.
    OAuthAppended,
}

impl MetadataForm {
    /// What MCP names, in its order.
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

/// The URLs to try, in this order.
fn metadata_urls(issuer: &Url, forms: &[MetadataForm]) -> Vec<Url> {
    let mut urls: Vec<Url> = forms.iter().map(|form| form.url(issuer)).collect();
    // Without a path it makes no difference where it goes.
    urls.dedup();
    urls
}

/// Finds the JWKS of `issuer`.
pub(super) async fn jwks_uri(fetcher: &Fetcher, issuer: &str, forms: &[MetadataForm]) -> Result<Url, DiscoveryError> {
    let (metadata, url) = metadata(fetcher, issuer, forms).await?;
    // Whether its address may be asked is for the fetcher to say.
    metadata.jwks_uri.and_then(|uri| Url::parse(&uri).ok()).filter(is_plain).ok_or(DiscoveryError::NoJwksUri { url })
}

/// Finds the introspection endpoint of `issuer` (RFC 8414 section 2).
pub(in crate::validate) async fn introspection_endpoint(
    fetcher: &Fetcher,
    issuer: &str,
    forms: &[MetadataForm],
) -> Result<Url, DiscoveryError> {
    let (metadata, url) = metadata(fetcher, issuer, forms).await?;
    let endpoint = metadata.introspection_endpoint.and_then(|uri| Url::parse(&uri).ok()).filter(is_endpoint);
    endpoint.ok_or(DiscoveryError::NoIntrospectionEndpoint { url })
}

/// The metadata of `issuer`, and where it was found.
async fn metadata(fetcher: &Fetcher, issuer: &str, forms: &[MetadataForm]) -> Result<(Metadata, Url), DiscoveryError> {
    let unreachable = |attempts| DiscoveryError::Unreachable { issuer: issuer.to_owned(), attempts };
    let parsed = Url::parse(issuer).map_err(|error| unreachable(vec![format!("it is no URL: {error}")]))?;
    let mut attempts = Vec::new();
    let mut other = None;
    for url in metadata_urls(&parsed, forms) {
        let document = match fetcher.get(&url).await {
            Ok(document) => document,
            // Every other form would fail in the same way.
            Err(error @ (FetchError::NoTls | FetchError::Forbidden { .. })) => {
                return Err(unreachable(vec![error.to_string()]));
            }
            Err(error) => {
                attempts.push(error.to_string());
                continue;
            }
        };
        let Some(metadata) = Metadata::parse(&document.body) else {
            attempts.push(format!("{url} holds no authorization server metadata"));
            continue;
        };
        if metadata.issuer != issuer {
            // Another form may still be right: several tenants can share a host.
            other.get_or_insert(DiscoveryError::OtherIssuer { issuer: issuer.to_owned(), found: metadata.issuer, url });
            continue;
        }
        return Ok((metadata, url));
    }
    Err(other.unwrap_or_else(|| unreachable(attempts)))
}

/// For fuzzing: where the keys of `issuer` are, by this document alone.
#[cfg(fuzzing)]
pub(super) fn read(document: &str, issuer: &str) -> Option<Url> {
    let metadata = Metadata::parse(document)?;
    let reach = crate::validate::fetch::Reach::of(&Url::parse(issuer).ok()?);
    let uri = (metadata.issuer == issuer).then_some(metadata.jwks_uri?).and_then(|uri| Url::parse(&uri).ok());
    uri.filter(|uri| is_plain(uri) && crate::validate::fetch::judge(uri, reach).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_no_metadata() {
        let issuer = "https://auth.example.com";
        assert!(Metadata::parse(&format!(r#"["{issuer}","{issuer}/jwks"]"#)).is_none());
        let metadata = Metadata::parse(&format!(r#" {{"jwks_uri":"{issuer}/jwks","issuer":"{issuer}"}}"#)).unwrap();
        assert_eq!(metadata.issuer, issuer);
        assert!(Metadata::parse(&format!(r#"{{"issuer":"{issuer}","issuer":"other"}}"#)).is_none(), "issuer twice");
    }

    #[test]
    fn the_three_forms_in_their_order() {
        for (issuer, expected) in [
            (
                "https://auth.example.com/tenant1",
                &[
                    "https://auth.example.com/.well-known/oauth-authorization-server/tenant1",
                    "https://auth.example.com/.well-known/openid-configuration/tenant1",
                    "https://auth.example.com/tenant1/.well-known/openid-configuration",
                ][..],
            ),
            (
                "https://auth.example.com",
                &[
                    "https://auth.example.com/.well-known/oauth-authorization-server",
                    "https://auth.example.com/.well-known/openid-configuration",
                ],
            ),
            (
                "https://tenant.auth0.example/",
                &[
                    "https://tenant.auth0.example/.well-known/oauth-authorization-server",
                    "https://tenant.auth0.example/.well-known/openid-configuration",
                ],
            ),
            (
                "https://host.example/application/o/app/",
                &[
                    "https://host.example/.well-known/oauth-authorization-server/application/o/app",
                    "https://host.example/.well-known/openid-configuration/application/o/app",
                    "https://host.example/application/o/app/.well-known/openid-configuration",
                ],
            ),
        ] {
            let urls = metadata_urls(&Url::parse(issuer).unwrap(), MetadataForm::MCP);
            let urls: Vec<String> = urls.into_iter().map(String::from).collect();
            assert_eq!(urls, expected, "{issuer}");
        }
    }
}
