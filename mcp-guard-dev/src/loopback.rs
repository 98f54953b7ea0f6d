//! Rejects requests from other machines and from web pages of other origins.
//!
//! Listening on loopback excludes other machines, but not the web pages in a browser on this machine:
//!
//! 1. A page can resolve its own host name to `127.0.0.1` and call the server as its own origin (DNS rebinding).
//!    So `Host`, or `:authority` in HTTP/2, must name loopback.
//! 2. A page can send cross-origin requests. So `Origin`, if present, must also be on loopback.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Rejects requests with another host or origin with `403`.
pub(crate) async fn require_loopback(request: Request, next: Next) -> Response {
    match check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(reason) => {
            tracing::debug!(reason, "rejected a request");
            (StatusCode::FORBIDDEN, format!("Refused: {reason}.\n")).into_response()
        }
    }
}

/// Returns whether pages of this origin may send requests and read the responses.
pub(crate) fn is_loopback_origin(origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(is_loopback_authority)
}

fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), &'static str> {
    // HTTP/2 names the host in the URI, HTTP/1.1 in the header. If both are present, both must be loopback.
    let in_uri = uri.authority().map(|authority| authority.as_str());
    let in_header = match at_most_one(headers, &HOST).ok_or("more than one Host header")? {
        Some(host) => Some(host.to_str().map_err(|_| "the Host header is not ASCII")?),
        None => None,
    };
    if in_uri.is_none() && in_header.is_none() {
        return Err("the Host header is missing");
    }
    if !in_uri.into_iter().chain(in_header).all(is_loopback_authority) {
        return Err("the host must be localhost or a loopback address");
    }
    match at_most_one(headers, &ORIGIN).ok_or("more than one Origin header")? {
        None => Ok(()),
        Some(origin) if is_loopback_origin(origin) => Ok(()),
        Some(_) => Err("the origin must be on localhost or a loopback address"),
    }
}

/// Returns `None` if the header occurs more than once.
fn at_most_one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Option<&'a HeaderValue>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    values.next().is_none().then_some(first)
}

/// Accepts a loopback host with an optional port. Strict, so that no other parser can read another host.
fn is_loopback_authority(authority: &str) -> bool {
    let (is_loopback, after_host) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let Some((host, after_host)) = bracketed.split_once(']') else { return false };
            (host.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback()), after_host)
        }
        None => {
            let (host, after_host) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            let is_address = host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback());
            (is_address || host.eq_ignore_ascii_case("localhost"), after_host)
        }
    };
    is_loopback && (after_host.is_empty() || after_host.strip_prefix(':').is_some_and(is_port))
}

fn is_port(text: &str) -> bool {
    // Parsing as a number would also accept a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests;
