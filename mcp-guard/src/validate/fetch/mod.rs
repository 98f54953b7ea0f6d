//! Fetching small JSON documents from authorization servers.
//!
//! 1. Only `https`, or `http` to loopback (MCP, "Communication Security").
//! 2. No redirects, not even to the same host: a document comes from the URL that was configured or discovered, or not at all. An issuer whose metadata
//!    moved says so once, when the server is built, and its new URL can be configured.
//! 3. Only from addresses that may be connected to, whatever a name resolves to. (`reach`, `resolver`)
//! 4. No proxy, whatever the environment says (`HTTPS_PROXY` and the like): a proxy resolves names itself, where nobody judges the addresses.
//! 5. A time limit for each fetch and a size limit for each document. Nothing is decompressed.

mod reach;
mod resolver;

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use url::{Host, Url};

pub(crate) use self::reach::Reach;

use self::reach::Forbidden;
use self::resolver::{Lookup, Resolver};
use crate::json;
use crate::urls::is_secure;

/// The largest document that is read. Two hundred RSA keys with certificate chains fit.
const MAX_BYTES: usize = 1024 * 1024;

/// An HTTP client with the limits above.
#[derive(Clone, Debug)]
pub(super) struct Fetcher {
    client: Client,
    reach: Reach,
}

/// How long a fetch may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Until there is a connection, TLS included.
    connect: Duration,
    /// Until the last byte of the answer.
    total: Duration,
}

impl Limits {
    const DEFAULT: Self = Self { connect: Duration::from_secs(5), total: Duration::from_secs(10) };
}

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
pub(crate) enum FetchError {
    /// Neither `https` nor loopback.
    #[error("{0} is neither https nor on loopback")]
    Insecure(Url),
    /// The server has an address that may not be connected to.
    #[error("{url} leads to {address}, {reason}")]
    Forbidden {
        /// What was asked for.
        url: Url,
        /// The address, or the first one where a name has several.
        address: IpAddr,
        /// Why not, and the way out if there is one.
        reason: &'static str,
    },
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
    pub(super) fn new(reach: Reach) -> Result<Self, FetchError> {
        Self::with(reach, Limits::DEFAULT, resolver::system())
    }

    fn with(reach: Reach, limits: Limits, lookup: Lookup) -> Result<Self, FetchError> {
        // Without a provider reqwest would panic.
        #[cfg(all(feature = "rustls-no-provider", not(feature = "aws-lc-rs")))]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(FetchError::NoTls);
        }
        Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Resolver::new(reach, lookup))
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            // For the case that another crate turns these features on.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .user_agent(concat!("mcp-guard/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(|client| Self { client, reach })
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
        let unreachable = |error: reqwest::Error| match forbidden(&error) {
            Some(Forbidden { address, reason }) => FetchError::Forbidden { url: url.clone(), address, reason },
            None => FetchError::Unreachable { url: url.clone(), reason: innermost(&error.without_url()) },
        };
        judge(url, self.reach)?;
        let request = request(&self.client).header(ACCEPT, "application/json").build().map_err(unreachable)?;
        // What was made of the client may name another URL.
        judge(request.url(), self.reach)?;
        if request.url().scheme() == "https" && !cfg!(any(feature = "aws-lc-rs", feature = "rustls-no-provider")) {
            return Err(FetchError::NoTls);
        }
        let mut response = self.client.execute(request).await.map_err(unreachable)?;
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

/// Whether a URL may be asked. A host that is a name is judged once more by the addresses it leads to.
pub(super) fn judge(url: &Url, reach: Reach) -> Result<(), FetchError> {
    if !is_secure(url) {
        return Err(FetchError::Insecure(url.clone()));
    }
    let address = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(FetchError::Insecure(url.clone())),
    };
    reach.judge(address).map_err(|Forbidden { address, reason }| FetchError::Forbidden {
        url: url.clone(),
        address,
        reason,
    })
}

impl Reply {
    /// Its body as JSON that is safe to parse.
    pub(super) fn json(&self, url: &Url) -> Result<String, FetchError> {
        let body = std::str::from_utf8(&self.body).ok().filter(|body| json::is_safe(body));
        body.map(str::to_owned).ok_or_else(|| FetchError::NotJson(url.clone()))
    }
}

/// What the resolver said, if it was that.
fn forbidden(error: &(dyn std::error::Error + 'static)) -> Option<Forbidden> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref().copied())
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

#[cfg(test)]
mod tests;
