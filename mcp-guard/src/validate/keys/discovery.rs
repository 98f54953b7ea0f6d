//! From an issuer to its JWKS: RFC 8414 and OpenID Connect Discovery, in the three URL forms that MCP names (authorization, "Authorization
//! Server Metadata Discovery").

use serde::Deserialize;
use url::Url;

use crate::json;
use crate::validate::fetch::FetchError;
use crate::validate::fetch::Fetcher;
use crate::validate::fetch::is_loopback;
use crate::validate::fetch::is_secure;

/// What is read of an authorization server's metadata.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Option<String>,
}

impl Metadata {
    fn parse(document: &str) -> Option<Self> {
        json::is_object(document).then(|| serde_json::from_str(document).ok()).flatten()
    }
}

/// Why the issuer's keys could not be found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
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
    /// The metadata names no usable `jwks_uri`.
    #[error("the metadata at {url} names no usable jwks_uri")]
    NoJwksUri {
        /// Where the document was found.
        url: Url,
    },
}

/// The URLs to try, in MCP's order.
fn metadata_urls(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let at = |path: String| {
        let mut url = issuer.clone();
        url.set_path(&path);
        url.set_query(None);
        url.set_fragment(None);
        url
    };
    let mut urls = vec![
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("/.well-known/openid-configuration{path}")),
    ];
    if !path.is_empty() {
        urls.push(at(format!("{path}/.well-known/openid-configuration")));
    }
    urls
}

/// Finds the JWKS of `issuer`.
pub(super) async fn jwks_uri(fetcher: &Fetcher, issuer: &str) -> Result<Url, DiscoveryError> {
    let unreachable = |attempts| DiscoveryError::Unreachable { issuer: issuer.to_owned(), attempts };
    let parsed = Url::parse(issuer).map_err(|error| unreachable(vec![format!("it is no URL: {error}")]))?;
    let mut attempts = Vec::new();
    let mut other = None;
    for url in metadata_urls(&parsed) {
        let document = match fetcher.get(&url).await {
            Ok(document) => document,
            Err(error @ FetchError::NoTls) => return Err(unreachable(vec![error.to_string()])),
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
        return metadata.jwks_uri.and_then(|uri| usable(&uri, &parsed)).ok_or(DiscoveryError::NoJwksUri { url });
    }
    Err(other.unwrap_or_else(|| unreachable(attempts)))
}

/// A `jwks_uri` that may be asked. Only an issuer on loopback may send this server to loopback.
fn usable(jwks_uri: &str, issuer: &Url) -> Option<Url> {
    let uri = Url::parse(jwks_uri).ok()?;
    (is_secure(&uri) && (is_loopback(issuer) || uri.scheme() == "https" && !is_loopback(&uri))).then_some(uri)
}

/// For fuzzing: where the keys of `issuer` are, by this document alone.
#[cfg(fuzzing)]
pub(super) fn read(document: &str, issuer: &str) -> Option<Url> {
    let metadata = Metadata::parse(document)?;
    let parsed = Url::parse(issuer).ok()?;
    (metadata.issuer == issuer).then_some(metadata.jwks_uri?).and_then(|uri| usable(&uri, &parsed))
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
    fn which_jwks_uris_may_be_asked() {
        for (jwks_uri, of_public, of_local) in [
            ("https://keys.example.com/jwks", true, true),
            ("https://127.0.0.1/jwks", false, true),
            ("http://127.0.0.1:8081/jwks", false, true),
            ("http://keys.example.com/jwks", false, false),
            ("file:///etc/passwd", false, false),
            ("jwks", false, false),
        ] {
            let allowed = |issuer| usable(jwks_uri, &Url::parse(issuer).unwrap()).is_some();
            assert_eq!(allowed("https://auth.example.com"), of_public, "{jwks_uri}");
            assert_eq!(allowed("http://127.0.0.1:8081"), of_local, "{jwks_uri}");
        }
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
            let urls: Vec<String> = metadata_urls(&Url::parse(issuer).unwrap()).into_iter().map(String::from).collect();
            assert_eq!(urls, expected, "{issuer}");
        }
    }
}
