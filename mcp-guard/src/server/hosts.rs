//! The `Host` and `Origin` check, which prevents DNS rebinding and requests from foreign pages (MCP, "Security &
//! Endpoint").
//!
//! A request with another host or another origin is rejected with `403`. The response has no challenge, because no
//! token changes the result.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use futures::future::{Either, Ready, ready};
use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, StatusCode};
use tower::{Layer, Service};

use super::origins::AllowedOrigins;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::record::{Draft, RefusedBy};
use crate::rule::Rule;
use crate::throttle::KeyedThrottle;
use crate::urls::ResourceUrl;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// A host in lower case, and its port if only one port is allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct AllowedHost {
    host: String,
    port: Option<u16>,
}

impl AllowedHost {
    /// Parses the configured hosts.
    pub(super) fn read_all(configured: &[String], mistakes: &mut Mistakes) -> Vec<Self> {
        let read = |text: &String| {
            let invalid = || {
                let expected = "a host like \"todo.example.com\" or \"todo.example.com:8443\", without scheme and path";
                ConfigError::invalid(Setting::AllowedHosts, text, expected)
            };
            mistakes.take(Self::read(text).ok_or_else(invalid))
        };
        configured.iter().filter_map(read).collect()
    }

    fn read(text: &str) -> Option<Self> {
        let authority: Authority = text.parse().ok()?;
        let is_host = !authority.host().is_empty() && !text.contains('*') && is_host_and_port(&authority);
        is_host.then(|| Self { host: authority.host().to_ascii_lowercase(), port: authority.port_u16() })
    }
}

/// The hosts that requests may name.
#[derive(Clone, Debug)]
pub(super) struct AllowedHosts {
    allowed: Vec<AllowedHost>,
    /// The host of the resource URL.
    own: String,
    /// The host and port of the resource URL, as most requests name them.
    own_authority: String,
}

impl AllowedHosts {
    /// Returns the configured hosts and the host of the resource URL. A resource on loopback also allows the other
    /// loopback names.
    pub(super) fn new(resource: &ResourceUrl, configured: Vec<AllowedHost>) -> Self {
        let mut hosts = configured;
        let own = resource.host().to_ascii_lowercase();
        hosts.push(AllowedHost { host: own.clone(), port: None });
        if resource.is_loopback() {
            hosts.extend(
                ["localhost", "127.0.0.1", "[::1]"].map(|host| AllowedHost { host: host.to_owned(), port: None }),
            );
        }
        let own_authority = resource.origin().split_once("://").map(|(_, authority)| authority.to_owned());
        Self { allowed: hosts, own, own_authority: own_authority.unwrap_or_default() }
    }

    /// Returns whether the request names the host only once, exactly as the resource URL does.
    fn are_named_exactly(&self, request: &Request) -> bool {
        let mut values = request.headers().get_all(HOST).iter();
        request.uri().authority().is_none()
            && values.next().is_some_and(|value| value == self.own_authority.as_str())
            && values.next().is_none()
    }

    fn allow(&self, authority: &Authority) -> bool {
        is_host_and_port(authority)
            && self.allowed.iter().any(|allowed| {
                allowed.host.eq_ignore_ascii_case(authority.host())
                    && allowed.port.is_none_or(|port| authority.port_u16() == Some(port))
            })
    }
}

/// Returns whether the authority is a host with an optional port. `Authority` also accepts `host:`, `[::1]x:80` and
/// ports over 65535.
fn is_host_and_port(authority: &Authority) -> bool {
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse::<u16>().is_ok()),
        None => false,
    }
}

/// A layer that rejects requests with another host or another origin.
#[derive(Clone, Debug)]
pub(super) struct HostLayer(Arc<Allowed>);

#[derive(Debug)]
struct Allowed {
    hosts: AllowedHosts,
    /// `None` allows pages of every origin.
    origins: Option<AllowedOrigins>,
    throttle: KeyedThrottle<()>,
}

impl HostLayer {
    /// Protects the MCP endpoint.
    pub(super) fn new(hosts: AllowedHosts, origins: AllowedOrigins) -> Self {
        Self(Arc::new(Allowed { hosts, origins: Some(origins), throttle: KeyedThrottle::default() }))
    }

    /// Protects the metadata, which pages of every origin may read.
    pub(super) fn for_metadata(hosts: AllowedHosts) -> Self {
        Self(Arc::new(Allowed { hosts, origins: None, throttle: KeyedThrottle::default() }))
    }
}

impl<S> Layer<S> for HostLayer {
    type Service = HostService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        HostService { inner, allowed: Arc::clone(&self.0) }
    }
}

#[derive(Clone, Debug)]
pub(super) struct HostService<S> {
    inner: S,
    allowed: Arc<Allowed>,
}

/// The reason for a `403`. The text is the message for the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
enum HostError {
    #[error("Host required")]
    Missing,
    #[error("Multiple Host headers")]
    Repeated,
    #[error("Invalid Host header")]
    Malformed,
    #[error("Host not allowed: see `allowed_hosts`")]
    Host,
    #[error("Origin not allowed: see `allowed_origins`")]
    Origin,
}

impl HostError {
    const fn rule(self) -> Rule {
        match self {
            Self::Missing | Self::Repeated | Self::Malformed | Self::Host => Rule::Host,
            Self::Origin => Rule::Origin,
        }
    }
}

impl Allowed {
    fn check(&self, request: &Request) -> Result<(), HostError> {
        if !self.hosts.are_named_exactly(request) {
            self.check_host(request)?;
        }
        let Some(allowed) = &self.origins else { return Ok(()) };
        let mut origins = request.headers().get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => Ok(()),
            (Some(origin), None) if allowed.allow(origin) => Ok(()),
            (Some(_), _) => Err(HostError::Origin),
        }
    }

    fn check_host(&self, request: &Request) -> Result<(), HostError> {
        // HTTP/2 has the host in the URI, HTTP/1.1 in the header. If both are present, both must be allowed.
        let in_header = host_header(request.headers())?;
        let in_uri = request.uri().authority().cloned();
        if in_header.is_none() && in_uri.is_none() {
            return Err(HostError::Missing);
        }
        if !in_header.iter().chain(&in_uri).all(|host| self.hosts.allow(host)) {
            return Err(HostError::Host);
        }
        if self.origins.is_none() {
            self.note_other_name(in_header.or(in_uri).as_ref());
        }
        Ok(())
    }
}

impl Allowed {
    /// Logs that the metadata was fetched under another name than that of the resource URL. A client that uses this name
    /// must reject the document (RFC 9728 section 3.3), and can tell its user only that the login failed.
    fn note_other_name(&self, host: Option<&Authority>) {
        let other = host.filter(|host| !host.host().eq_ignore_ascii_case(&self.hosts.own));
        if let Some(host) = other
            && self.throttle.admit(()).is_some()
        {
            tracing::info!(
                %host,
                own_host = self.hosts.own,
                "metadata fetched under another host: clients that use it cannot log in, unless a proxy has changed the host"
            );
        }
    }
}

fn host_header(headers: &HeaderMap) -> Result<Option<Authority>, HostError> {
    let mut values = headers.get_all(HOST).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(HostError::Repeated);
    }
    value.to_str().ok().and_then(|value| value.parse().ok()).map(Some).ok_or(HostError::Malformed)
}

impl<S> Service<Request> for HostService<S>
where
    S: Service<Request, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<Ready<Result<Response, S::Error>>, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.allowed.check(&request) {
            Ok(()) => Either::Right(self.inner.call(request)),
            Err(reason) => {
                let text = reason.to_string();
                let mut response = answer::http_error(StatusCode::FORBIDDEN, &RequestId::Unknown, &text);
                let draft = request.extensions().get::<Arc<Draft>>();
                if draft.is_some() {
                    response.extensions_mut().insert(RefusedBy(reason.rule()));
                }
                if !draft.is_some_and(|draft| draft.is_recorded()) {
                    tracing::debug!(rule = %reason.rule(), %reason, "a request was rejected before authentication");
                }
                Either::Left(ready(Ok(response)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
