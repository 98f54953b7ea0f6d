//! The `Accept` header (RFC 9110 section 12.5.1).
//!
//! MCP requires clients to list JSON and event streams, and rmcp rejects other lists. Clients and gateways send wildcards,
//! JSON alone, or nothing, so the gate decides what they accept and lists both types for rmcp.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};

/// The list that rmcp requires, and that most clients send.
const BOTH: &str = "application/json, text/event-stream";

/// The media types of responses that a client accepts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Accepted {
    pub(super) json: bool,
    pub(super) events: bool,
}

impl Accepted {
    /// Reads the header. Without it, the client accepts everything.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if lists_both(headers) || !headers.contains_key(ACCEPT) {
            return Self { json: true, events: true };
        }
        let values = headers.get_all(ACCEPT).iter();
        let ranges: Vec<Range<'_>> = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(Range::read)
            .collect();
        Self { json: accepts(&ranges, "application", "json"), events: accepts(&ranges, "text", "event-stream") }
    }

    /// Replaces the header by the list that rmcp requires.
    pub(super) fn list_both(headers: &mut HeaderMap) {
        if !lists_both(headers) {
            headers.insert(ACCEPT, HeaderValue::from_static(BOTH));
        }
    }
}

/// Returns whether the header already is the list that rmcp requires.
fn lists_both(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(ACCEPT).iter();
    values.next().is_some_and(|value| value == BOTH) && values.next().is_none()
}

/// A media range, and whether its weight is above zero.
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    is_accepted: bool,
}

impl<'h> Range<'h> {
    fn read(entry: &'h str) -> Option<Self> {
        let mut parts = entry.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight =
            parts.filter_map(|parameter| parameter.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("q"));
        // A weight that is not a number does not exclude a type, like in rmcp.
        let is_zero = |weight: &str| weight.parse::<f32>().is_ok_and(|weight| weight == 0.0);
        Some(Self { kind, subtype, is_accepted: !weight.is_some_and(|(_, weight)| is_zero(weight)) })
    }
}

/// Returns whether the most specific range for this type accepts it.
fn accepts(ranges: &[Range<'_>], kind: &str, subtype: &str) -> bool {
    let find = |kind: &str, subtype: &str| {
        let mut found = ranges
            .iter()
            .filter(|range| range.kind.eq_ignore_ascii_case(kind) && range.subtype.eq_ignore_ascii_case(subtype));
        let first = found.next()?;
        Some(first.is_accepted || found.any(|range| range.is_accepted))
    };
    find(kind, subtype).or_else(|| find(kind, "*")).or_else(|| find("*", "*")).unwrap_or(false)
}

#[cfg(test)]
mod tests;
