//! The client address in `X-Forwarded-For` or `Forwarded` (RFC 7239), as trusted proxies report it.
//!
//! Each proxy appends the address of its peer on the right. So the header is read from the right, and addresses of
//! trusted proxies are skipped. The first other address is the client. The client can choose everything to the left of
//! it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};

use super::in_progress::Refusal;
use super::proxies::TrustedProxies;
use crate::limit::{ClientAddress, ConnectionClient};
use crate::rule::Rule;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The maximum number of skipped elements. After them, the client is unknown.
const MAX_PROXIES: usize = 32;

/// The error for two headers that name different clients.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Conflict;

/// Returns the client address that a trusted proxy reports, if any.
pub(super) fn client(headers: &HeaderMap, proxies: &TrustedProxies) -> Result<Option<ClientAddress>, Conflict> {
    let x_forwarded_for = from_right(headers, &X_FORWARDED_FOR, proxies, list_element, node);
    let forwarded = from_right(headers, &FORWARDED, proxies, quoted_list_element, forwarded_for);
    match (x_forwarded_for, forwarded) {
        // Most proxies set one header, and forward the other one from the client unchanged. This server cannot know
        // which one the proxy set. With either choice, some clients could choose the address that their requests count
        // for.
        (Some(one), Some(other)) if one != other => Err(Conflict),
        (one, other) => Ok(one.or(other)),
    }
}

/// Returns the client of a request from `peer`.
///
/// # Errors
///
/// The peer is a trusted proxy, and the headers name different clients.
pub(in crate::server) fn client_of(
    peer: IpAddr,
    headers: &HeaderMap,
    proxies: &TrustedProxies,
) -> Result<ConnectionClient, Refusal> {
    if !proxies.contain(peer) {
        return Ok(ConnectionClient { address: Some(peer), is_proxied: false });
    }
    let client = client(headers, proxies).map_err(|Conflict| {
        Rule::Forwarded.log();
        Refusal::Conflict
    })?;
    Ok(ConnectionClient { address: client.and_then(ClientAddress::ip), is_proxied: true })
}

/// An element of a header: an address, or another identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Node {
    Ip(IpAddr),
    Unknown,
}

/// Reads all lines of a header from the right. Skips trusted proxies and empty elements.
fn from_right<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
    proxies: &TrustedProxies,
    split: impl Fn(&'h [u8]) -> (Option<&'h [u8]>, &'h [u8]),
    parse: impl Fn(&'h [u8]) -> Node,
) -> Option<ClientAddress> {
    let mut passed = 0;
    for line in headers.get_all(name).iter().rev() {
        let mut rest = Some(line.as_bytes());
        while let Some(text) = rest {
            let (left, element) = split(text);
            rest = left;
            let element = element.trim_ascii();
            if element.is_empty() && passed < MAX_PROXIES {
                // Empty list elements are ignored (RFC 9110 section 5.6.1). They count as skipped, because reading them
                // takes time.
                passed += 1;
                continue;
            }
            match parse(element) {
                Node::Ip(ip) if proxies.contain(ip) && passed < MAX_PROXIES => passed += 1,
                Node::Ip(ip) if passed < MAX_PROXIES => return Some(ip.into()),
                Node::Ip(_) | Node::Unknown => return Some(ClientAddress::Unknown),
            }
        }
    }
    None
}

/// Splits off the last element of a list.
fn list_element(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match text.iter().rposition(|byte| *byte == b',') {
        Some(comma) => (Some(&text[..comma]), &text[comma + 1..]),
        None => (None, text),
    }
}

/// Splits off the last element of a list. Commas may be quoted.
///
/// Also reads from the right, so that an unclosed quote of a client cannot hide the elements of proxies.
fn quoted_list_element(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match rposition_unquoted(text, b',') {
        Some(comma) => (Some(&text[..comma]), &text[comma + 1..]),
        None => (None, text),
    }
}

fn rposition_unquoted(text: &[u8], separator: u8) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in text.iter().enumerate().rev() {
        if *byte == b'"' {
            let backslashes = text[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
            // An escaped quote is part of the text. An opening quote follows `=`, never a backslash.
            if !(quoted && backslashes % 2 == 1) {
                quoted = !quoted;
            }
        } else if *byte == separator && !quoted {
            return Some(at);
        }
    }
    None
}

/// Parses the `for` parameter of an element of `Forwarded`.
fn forwarded_for(element: &[u8]) -> Node {
    let mut found = None;
    let mut rest = Some(element);
    while let Some(text) = rest {
        let (left, pair) = match rposition_unquoted(text, b';') {
            Some(semicolon) => (Some(&text[..semicolon]), &text[semicolon + 1..]),
            None => (None, text),
        };
        rest = left;
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
        if !pair[..equals].trim_ascii().eq_ignore_ascii_case(b"for") {
            continue;
        }
        // A parameter must not occur twice (RFC 7239 section 4).
        if found.replace(&pair[equals + 1..]).is_some() {
            return Node::Unknown;
        }
    }
    found.map_or(Node::Unknown, |value| node(value.trim_ascii()))
}

/// Parses an address, with or without quotes, brackets and a port (RFC 7239 section 6).
fn node(text: &[u8]) -> Node {
    let Ok(text) = str::from_utf8(text) else { return Node::Unknown };
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    address(text).map_or(Node::Unknown, |ip| Node::Ip(ip.to_canonical()))
}

fn address(text: &str) -> Option<IpAddr> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (ip, rest) = bracketed.split_once(']')?;
        let is_port = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        return ip.parse::<Ipv6Addr>().ok().filter(|_| is_port).map(IpAddr::V6);
    }
    if let Ok(ip) = text.parse() {
        return Some(ip);
    }
    let (ip, port) = text.split_once(':')?;
    ip.parse::<Ipv4Addr>().ok().filter(|_| is_port(port)).map(IpAddr::V4)
}

/// Returns whether the text is a port number or an obfuscated port (RFC 7239 section 6.2).
fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok() || text.starts_with('_')
}

#[cfg(test)]
mod tests;
