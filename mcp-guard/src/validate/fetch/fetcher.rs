//! The HTTP client for requests to authorization servers.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode};
use url::{Host, Url};

use super::cause::{cause, cause_with_advice, innermost, proxy_advice};
use super::egress::{Egress, EgressProxy};
use super::failure::Failure;
use super::fetch_error::FetchError;
use super::network_policy::{ForbiddenAddress, NetworkPolicy};
use super::reply::{Document, MAX_BYTES, Reply, max_age};
use super::resolver::{Lookup, Resolver, system};
use crate::metrics;
use crate::urls::{LOCALHOST, is_loopback, is_secure};

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
    proxy: Option<EgressProxy>,
    /// The reason why no CA certificates are available, if so. HTTP on loopback needs none.
    missing_roots: Option<String>,
}

/// The accepted media types of a document, for servers that negotiate the content (RFC 9110 section 12.5.1).
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) struct Accept(&'static str, metrics::Document);

impl Accept {
    /// Issuer metadata (RFC 8414 section 3.2).
    pub(in crate::validate) const JSON: Self = Self("application/json", metrics::Document::Metadata);
    /// A JWKS (RFC 7517 section 8.5.2). Most issuers label it as JSON.
    pub(in crate::validate) const JWKS: Self =
        Self("application/jwk-set+json, application/json", metrics::Document::Keys);
}

impl Fetcher {
    /// Returns a client for requests to the authorization server at `url`.
    pub(in crate::validate) fn new(url: &Url, egress: &Egress) -> Result<Self, FetchError> {
        let policy = NetworkPolicy::for_url(url).allowing_private_network(egress.private_network);
        Self::with(policy, egress, Limits::DEFAULT, &system())
    }

    pub(super) fn with(
        policy: NetworkPolicy,
        egress: &Egress,
        limits: Limits,
        lookup: &Lookup,
    ) -> Result<Self, FetchError> {
        // Without a crypto provider, reqwest panics.
        if !has_crypto_provider() {
            return Err(FetchError::NoTls);
        }
        let builder = || builder(policy, egress.proxy.as_ref(), limits, lookup);
        let trusting = match &egress.roots {
            Some(roots) => roots.add_to(builder()),
            None => builder(),
        };
        let (client, missing_roots) = match trusting.build() {
            Ok(client) => (Ok(client), None),
            // Building fails if the system has no CA certificates.
            Err(error) => (without_roots(builder()).build(), Some(innermost(&error))),
        };
        let client = client.map_err(|error| FetchError::Client { reason: innermost(&error) })?;
        Ok(Self { client, policy, proxy: egress.proxy.clone(), missing_roots })
    }

    /// Fetches a document. Every status except 200 is an error. The content type of the response is not checked, because
    /// issuers and the file servers of keys send many: the content must be the expected JSON.
    pub(in crate::validate) async fn get(&self, url: &Url, accept: Accept) -> Result<Document, FetchError> {
        let document = self.request(url, accept).await;
        metrics::fetched(accept.1, document.as_ref().err().map(|error| error.failure().as_str()));
        document
    }

    async fn request(&self, url: &Url, accept: Accept) -> Result<Document, FetchError> {
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
            None => self.unreachable(url, error),
        };
        check_url(url, self.policy)?;
        let mut request = request(&self.client).build().map_err(unreachable)?;
        request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static(Accept::JSON.0));
        // The closure may have built a request for another URL.
        check_url(request.url(), self.policy)?;
        if request.url().scheme() == "https" && !cfg!(any(feature = "aws-lc-rs", feature = "rustls-no-provider")) {
            return Err(FetchError::NoTls);
        }
        if let Some(reason) = self.missing_roots.as_ref().filter(|_| request.url().scheme() == "https") {
            return Err(FetchError::NoRoots { reason: reason.clone() });
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

    /// Returns an error that names the cause, and the setting or the part of the system to change.
    fn unreachable(&self, url: &Url, error: reqwest::Error) -> FetchError {
        let (failure, is_connected) = (Failure::of(&error), !error.is_connect());
        let cause = cause_with_advice(&error.without_url());
        let reason = match &self.proxy {
            Some(proxy) if !is_loopback(url) => format!("through the proxy {proxy}: {cause}"),
            None if !is_connected && !is_loopback(url) => {
                cause + &proxy_advice(|name| std::env::var_os(name)).unwrap_or_default()
            }
            _ => cause,
        };
        FetchError::Unreachable { url: url.clone(), failure, reason }
    }
}

/// Returns a builder that trusts the CA certificates of the system.
fn builder(policy: NetworkPolicy, proxy: Option<&EgressProxy>, limits: Limits, lookup: &Lookup) -> ClientBuilder {
    let builder = Client::builder()
        .redirect(Policy::none())
        .dns_resolver(Resolver::new(policy, proxy.cloned(), Lookup::clone(lookup)))
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        // Disabled explicitly, because another crate may enable these features.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .user_agent(concat!("mcp-guard/", env!("CARGO_PKG_VERSION")))
        .no_proxy();
    match proxy {
        Some(proxy) => builder.proxy(proxy.for_client()),
        None => builder,
    }
}

/// Makes a client trust no CA certificates.
fn without_roots(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
    let builder = builder.tls_certs_only([]);
    builder
}

/// Returns whether an HTTP client can be built.
pub(super) fn has_crypto_provider() -> bool {
    #[cfg(all(feature = "rustls-no-provider", not(feature = "aws-lc-rs")))]
    return rustls::crypto::CryptoProvider::get_default().is_some();
    #[cfg(not(all(feature = "rustls-no-provider", not(feature = "aws-lc-rs"))))]
    true
}

/// Checks that requests may be sent to a URL. For a host name, the resolver also checks the addresses.
pub(in crate::validate) fn check_url(url: &Url, policy: NetworkPolicy) -> Result<(), FetchError> {
    if !is_secure(url) {
        return Err(FetchError::Insecure(url.clone()));
    }
    let address = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        // With a proxy, the resolver does not check the addresses of the proxy's name, which may be this one.
        Some(Host::Domain(LOCALHOST)) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(FetchError::Insecure(url.clone())),
    };
    policy.check(address).map_err(|ForbiddenAddress { address, reason }| FetchError::Forbidden {
        url: url.clone(),
        address,
        reason,
    })
}
