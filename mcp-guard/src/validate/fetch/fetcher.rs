//! The HTTP client for requests to authorization servers.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use url::{Host, Url};

use super::failure::{Failure, cause};
use super::fetch_error::FetchError;
use super::network_policy::{ForbiddenAddress, NetworkPolicy};
use super::reply::{Document, MAX_BYTES, Reply, max_age};
use super::resolver::{Lookup, Resolver, system};
use crate::urls::is_secure;

/// The time limits of a fetch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// For the connection, including TLS.
    pub(super) connect: Duration,
    /// For the whole fetch, until the last byte of the response.
    pub(super) total: Duration,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self { connect: Duration::from_secs(5), total: Duration::from_secs(10) };
}

/// An HTTP client that enforces the limits of this module.
#[derive(Clone, Debug)]
pub(in crate::validate) struct Fetcher {
    client: Client,
    policy: NetworkPolicy,
}

/// The accepted media types of a document, for servers that negotiate the content (RFC 9110 section 12.5.1).
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) struct Accept(&'static str);

impl Accept {
    /// Issuer metadata (RFC 8414 section 3.2).
    pub(in crate::validate) const JSON: Self = Self("application/json");
    /// A JWKS (RFC 7517 section 8.5.2). Most issuers label it as JSON.
    pub(in crate::validate) const JWKS: Self = Self("application/jwk-set+json, application/json");
}

impl Fetcher {
    pub(in crate::validate) fn new(policy: NetworkPolicy) -> Result<Self, FetchError> {
        Self::with(policy, Limits::DEFAULT, system())
    }

    pub(super) fn with(policy: NetworkPolicy, limits: Limits, lookup: Lookup) -> Result<Self, FetchError> {
        // Without a crypto provider, reqwest panics.
        #[cfg(all(feature = "rustls-no-provider", not(feature = "aws-lc-rs")))]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(FetchError::NoTls);
        }
        Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Resolver::new(policy, lookup))
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            // Disabled explicitly, because another crate may enable these features.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .user_agent(concat!("mcp-guard/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(|client| Self { client, policy })
            .map_err(|_| FetchError::NoTls)
    }

    /// Fetches a document. Every status except 200 is an error. The content type of the response is not checked, because
    /// issuers and the file servers of keys send many: the content must be the expected JSON.
    pub(in crate::validate) async fn get(&self, url: &Url, accept: Accept) -> Result<Document, FetchError> {
        let reply = self.send(url, |client| client.get(url.clone()).header(ACCEPT, accept.0)).await?;
        if reply.status != StatusCode::OK {
            return Err(FetchError::Status { url: url.clone(), status: reply.status.as_u16() });
        }
        Ok(Document { body: reply.json(url)?, max_age: reply.max_age })
    }

    /// Sends the request that `request` builds, and reads the response.
    pub(in crate::validate) async fn send(
        &self,
        url: &Url,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Reply, FetchError> {
        let unreachable = |error: reqwest::Error| match cause(&error) {
            Some(&ForbiddenAddress { address, reason }) => FetchError::Forbidden { url: url.clone(), address, reason },
            None => FetchError::Unreachable {
                url: url.clone(),
                failure: Failure::of(&error),
                reason: innermost(&error.without_url()),
            },
        };
        check_url(url, self.policy)?;
        let mut request = request(&self.client).build().map_err(unreachable)?;
        request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static(Accept::JSON.0));
        // The closure may have built a request for another URL.
        check_url(request.url(), self.policy)?;
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

/// Returns the innermost cause, which is the most specific: "connection refused", not "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Checks that requests may be sent to a URL. For a host name, the resolver also checks the addresses.
pub(in crate::validate) fn check_url(url: &Url, policy: NetworkPolicy) -> Result<(), FetchError> {
    if !is_secure(url) {
        return Err(FetchError::Insecure(url.clone()));
    }
    let address = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(FetchError::Insecure(url.clone())),
    };
    policy.check(address).map_err(|ForbiddenAddress { address, reason }| FetchError::Forbidden {
        url: url.clone(),
        address,
        reason,
    })
}
