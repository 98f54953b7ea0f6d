//! One list of web origins, for the `Origin` check and for CORS.

use std::time::Duration;

use http::HeaderName;
use http::HeaderValue;
use http::Method;
use http::header::ACCEPT;
use http::header::AUTHORIZATION;
use http::header::CONTENT_TYPE;
use http::header::RETRY_AFTER;
use http::header::WWW_AUTHENTICATE;
use tower_http::cors::CorsLayer;
use url::Url;

use super::BuildError;
use crate::resource::ResourceUrl;

/// What browsers may send. `*` would not cover `Authorization` (Fetch, "CORS protocol and HTTP caches").
const ALLOWED_HEADERS: [HeaderName; 8] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    ACCEPT,
    HeaderName::from_static("mcp-protocol-version"),
    HeaderName::from_static("mcp-session-id"),
    HeaderName::from_static("mcp-method"),
    HeaderName::from_static("mcp-name"),
    HeaderName::from_static("last-event-id"),
];

/// What pages may read: without `WWW-Authenticate` a client cannot know which scope it lacks.
const EXPOSED_HEADERS: [HeaderName; 3] = [WWW_AUTHENTICATE, HeaderName::from_static("mcp-session-id"), RETRY_AFTER];

/// The origins whose pages may call.
#[derive(Clone, Debug)]
pub(super) struct AllowedOrigins(Vec<HeaderValue>);

impl AllowedOrigins {
    /// The resource's own origin and the configured ones, compared as browsers write them.
    pub(super) fn new(resource: &ResourceUrl, configured: &[String]) -> Result<Self, BuildError> {
        let mut origins = vec![resource.origin()];
        for text in configured {
            let is_origin =
                Url::parse(text).is_ok_and(|url| url.has_host() && url.origin().ascii_serialization() == *text);
            if !is_origin {
                return Err(BuildError::Origin { origin: text.clone() });
            }
            origins.push(text.clone());
        }
        let origins =
            origins.into_iter().map(|origin| HeaderValue::from_str(&origin).map_err(|_| BuildError::Origin { origin }));
        Ok(Self(origins.collect::<Result<_, _>>()?))
    }

    pub(super) fn allow(&self, origin: &HeaderValue) -> bool {
        self.0.contains(origin)
    }

    /// Outside of authentication, so that pages can read `401` and `403` as well, and preflights need no token.
    pub(super) fn cors(&self) -> CorsLayer {
        CorsLayer::new()
            .allow_origin(self.0.clone())
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers(ALLOWED_HEADERS)
            .expose_headers(EXPOSED_HEADERS)
            .max_age(Duration::from_secs(60 * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_origin_is_refused_when_the_server_is_built() {
        let resource = ResourceUrl::parse("https://h/mcp").unwrap();
        for origin in ["https://app.example.com", "http://localhost:6274", "http://[::1]:8080"] {
            assert!(AllowedOrigins::new(&resource, &[origin.to_owned()]).is_ok(), "{origin}");
        }
        for origin in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://APP.example.com",
            "https://app.example.com:443",
            "http://localhost:*",
            "file:///x",
        ] {
            assert!(AllowedOrigins::new(&resource, &[origin.to_owned()]).is_err(), "{origin:?}");
        }
    }
}
