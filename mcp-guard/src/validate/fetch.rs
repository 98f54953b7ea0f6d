//! Fetching small JSON documents from authorization servers.
//!
//! 1. Only `https`, or `http` to loopback (MCP, "Communication Security").
//! 2. No redirects: a document comes from the URL that was configured or discovered, or not at all.
//! 3. A time limit for each fetch and a size limit for each document.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Client;
use reqwest::RequestBuilder;
use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use reqwest::header::CACHE_CONTROL;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use url::Host;
use url::Url;

use crate::json;

/// The largest document that is read. Two hundred RSA keys with certificate chains fit.
const MAX_BYTES: usize = 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);

/// An HTTP client with the limits above.
#[derive(Clone, Debug)]
pub(super) struct Fetcher(Client);

/// A fetched document.
pub(super) struct Document {
    /// JSON that is safe to parse.
    pub(super) body: String,
    /// `max-age` of its `Cache-Control`.
    pub(super) max_age: Option<Duration>,
}

/// An answer of any status.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    max_age: Option<Duration>,
    body: Vec<u8>,
}

/// Why a document could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Neither `https` nor loopback.
    #[error("{0} is neither https nor on loopback")]
    Insecure(Url),
    /// The HTTP client could not be made.
    #[error(
        "no TLS backend: enable the `aws-lc-rs` feature, or install a rustls `CryptoProvider` before the server is built"
    )]
    NoTls,
    /// The server could not be reached, or the answer broke off.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// What was asked for.
        url: Url,
        /// What the HTTP client says.
        reason: String,
    },
    /// The server answered with another status than 200.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked for.
        url: Url,
        /// The answer.
        status: u16,
    },
    /// The document is larger than 1 MiB.
    #[error("{0} is larger than {MAX_BYTES} bytes")]
    TooLarge(Url),
    /// The document is no JSON, or JSON that nobody should parse.
    #[error("{0} holds no JSON document of a reasonable shape")]
    NotJson(Url),
}

impl Fetcher {
    pub(super) fn new() -> Result<Self, FetchError> {
        // Without a provider reqwest would panic.
        #[cfg(all(feature = "rustls-no-provider", not(feature = "aws-lc-rs")))]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(FetchError::NoTls);
        }
        Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .user_agent(concat!("mcp-guard/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self)
            .map_err(|_| FetchError::NoTls)
    }

    /// A document that must be there.
    pub(super) async fn get(&self, url: &Url) -> Result<Document, FetchError> {
        let reply = self.send(url, |client| client.get(url.clone())).await?;
        if reply.status != StatusCode::OK {
            return Err(FetchError::Status { url: url.clone(), status: reply.status.as_u16() });
        }
        Ok(Document { body: reply.json(url)?, max_age: reply.max_age })
    }

    /// Sends what `request` makes of the client to `url`.
    pub(super) async fn send(
        &self,
        url: &Url,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Reply, FetchError> {
        if !is_secure(url) {
            return Err(FetchError::Insecure(url.clone()));
        }
        if url.scheme() == "https" && !cfg!(any(feature = "aws-lc-rs", feature = "rustls-no-provider")) {
            return Err(FetchError::NoTls);
        }
        let unreachable = |error: reqwest::Error| FetchError::Unreachable {
            url: url.clone(),
            reason: innermost(&error.without_url()),
        };
        let mut response = request(&self.0).header(ACCEPT, "application/json").send().await.map_err(unreachable)?;
        let max_age = response.headers().get(CACHE_CONTROL).and_then(|value| max_age(value.to_str().ok()?));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(FetchError::TooLarge(url.clone()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status: response.status(), headers: std::mem::take(response.headers_mut()), max_age, body })
    }
}

impl Reply {
    /// Its body as JSON that is safe to parse.
    pub(super) fn json(&self, url: &Url) -> Result<String, FetchError> {
        let body = std::str::from_utf8(&self.body).ok().filter(|body| json::is_safe(body));
        body.map(str::to_owned).ok_or_else(|| FetchError::NotJson(url.clone()))
    }
}

/// The last cause says most: "connection refused", not "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn max_age(cache_control: &str) -> Option<Duration> {
    cache_control
        .split(',')
        .filter_map(|directive| directive.trim().strip_prefix("max-age="))
        .find_map(|seconds| seconds.trim_matches('"').parse().ok())
        .map(Duration::from_secs)
}

/// Whether tokens and keys may travel to this URL.
pub(crate) fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && is_loopback(url)
}

/// Whether the URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_secure() {
        for (url, secure) in [
            ("https://auth.example.com/x", true),
            ("http://127.0.0.1:8081/x", true),
            ("http://[::1]:8081/x", true),
            ("http://localhost/x", true),
            ("http://auth.example.com/x", false),
            ("http://localhost.example.com/x", false),
            ("http://127.0.0.1.example.com/x", false),
            ("http://10.0.0.1/x", false),
            ("ftp://127.0.0.1/x", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_secure(&Url::parse(url).unwrap()), secure, "{url}");
        }
    }

    #[test]
    fn max_age_is_read_and_nonsense_ignored() {
        assert_eq!(max_age("public, max-age=300"), Some(Duration::from_secs(300)));
        assert_eq!(max_age("max-age=\"60\""), Some(Duration::from_secs(60)));
        for nonsense in ["no-store", "max-age=", "max-age=-1", "max-age=ten", "s-maxage=5"] {
            assert_eq!(max_age(nonsense), None, "{nonsense}");
        }
    }

    #[tokio::test]
    async fn what_is_taken_from_a_server_and_what_is_not() {
        let page = |text: String| axum::routing::get(move || std::future::ready(text.clone()));
        let app = axum::Router::new()
            .route("/good", page("{}".to_owned()))
            .route("/moved", axum::routing::get(async || axum::response::Redirect::to("/good")))
            .route("/large", page(format!("\"{}\"", "x".repeat(MAX_BYTES))))
            .route("/nested", page(json::stack_bomb(2)))
            .route("/text", page("hello".to_owned()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let fetcher = Fetcher::new().unwrap();
        let get = async |path: &str| fetcher.get(&Url::parse(&format!("http://{address}{path}")).unwrap()).await;
        assert_eq!(get("/good").await.unwrap().body, "{}");
        assert!(
            matches!(get("/moved").await, Err(FetchError::Status { status: 303, .. })),
            "redirects are not followed"
        );
        assert!(matches!(get("/gone").await, Err(FetchError::Status { status: 404, .. })));
        assert!(matches!(get("/large").await, Err(FetchError::TooLarge(_))));
        assert!(matches!(get("/nested").await, Err(FetchError::NotJson(_))));
        assert!(matches!(get("/text").await, Err(FetchError::NotJson(_))));
    }

    #[tokio::test]
    async fn insecure_urls_are_never_asked() {
        let url = Url::parse("http://192.0.2.1/keys").unwrap();
        assert!(matches!(Fetcher::new().unwrap().get(&url).await, Err(FetchError::Insecure(_))));
    }
}
