//! The allowed web origins. The `Origin` check and CORS use the same list.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method};
use rmcp::model::{JsonObject, Tool};
use serde_json::Value;
use tower_http::cors::CorsLayer;
use url::Url;

use crate::config::{ConfigError, Mistakes, Setting};
use crate::limit::{RATELIMIT, RATELIMIT_POLICY};
use crate::urls::ResourceUrl;
use crate::validate::DPOP;
use crate::wire::answer::DPOP_NONCE;

/// The request headers that browsers may send. `*` would not include `Authorization` (Fetch, "CORS protocol and HTTP
/// caches").
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

/// The response headers that pages may read. Without `WWW-Authenticate`, a client cannot know which scope it lacks.
const EXPOSED_HEADERS: [HeaderName; 5] =
    [WWW_AUTHENTICATE, HeaderName::from_static("mcp-session-id"), RETRY_AFTER, RATELIMIT, RATELIMIT_POLICY];

/// The origins whose pages may call the server.
#[derive(Clone, Debug)]
pub(super) struct AllowedOrigins(Vec<HeaderValue>);

impl AllowedOrigins {
    /// Parses the configured origins. Each must have the form that browsers send.
    pub(super) fn read(configured: &[String], mistakes: &mut Mistakes) -> Self {
        let read = |text: &String| {
            let origin = HeaderValue::from_str(text).ok().filter(|_| is_origin(text));
            mistakes.take(origin.ok_or_else(|| {
                let expected = "an origin like \"https://app.example.com\", \"http://localhost:6274\" or \"chrome-extension://..\", \
                                without a path";
                ConfigError::invalid(Setting::AllowedOrigins, text, expected)
            }))
        };
        Self(configured.iter().filter_map(read).collect())
    }

    /// Adds the origin of the resource URL.
    pub(super) fn with_own(mut self, resource: &ResourceUrl) -> Result<Self, ConfigError> {
        let own = HeaderValue::from_str(&resource.origin());
        self.0.push(own.map_err(|_| {
            ConfigError::hidden(Setting::Resource, "a URL with an origin that is a valid header value")
        })?);
        Ok(self)
    }

    pub(super) fn allow(&self, origin: &HeaderValue) -> bool {
        self.0.contains(origin)
    }

    /// Returns the CORS layer. It belongs outside authentication, so that pages can read `401` and `403`, and
    /// preflights need no token.
    ///
    /// The schemas of `tools` declare the arguments that clients mirror in `Mcp-Param-*` headers (MCP, "Custom Headers
    /// from Tool Parameters"). `dpop` is true if the server accepts DPoP proofs.
    pub(super) fn cors(&self, tools: &[Tool], dpop: bool) -> CorsLayer {
        let mirrored = tools.iter().flat_map(|tool| param_headers(&tool.input_schema));
        CorsLayer::new()
            .allow_origin(self.0.clone())
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers(ALLOWED_HEADERS.into_iter().chain(mirrored).chain(dpop.then_some(DPOP)).collect::<Vec<_>>())
            .expose_headers(EXPOSED_HEADERS.into_iter().chain(dpop.then_some(DPOP_NONCE)).collect::<Vec<_>>())
            .max_age(Duration::from_secs(60 * 60))
    }
}

/// Returns whether the text is the origin of web pages, or that of a browser extension or a desktop shell. Browsers
/// serialize the latter as scheme and host. `null` is never allowed: any page can have this origin.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization() == text,
        scheme => {
            let host = url.authority();
            !host.is_empty() && !host.contains('@') && url.as_str() == text && text == format!("{scheme}://{host}")
        }
    })
}

/// Returns the headers that the `x-mcp-header` annotations of a schema name.
fn param_headers(schema: &JsonObject) -> Vec<HeaderName> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .filter_map(|(_, property)| property.as_object())
        .flat_map(|property| {
            let own = property.get("x-mcp-header").and_then(Value::as_str);
            let own = own.and_then(|name| HeaderName::try_from(format!("mcp-param-{name}")).ok());
            own.into_iter().chain(param_headers(property))
        })
        .collect()
}

#[cfg(test)]
mod tests;
