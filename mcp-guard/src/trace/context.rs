//! The trace context of a request (W3C Trace Context).
//!
//! 1. A client sends it in `_meta` (SEP-414), in the headers of HTTP, or in both. A malformed context is ignored.
//! 2. `baggage` is not read.

use http::HeaderMap;

/// The maximum length of a `tracestate`, in bytes. A longer one is ignored (W3C Trace Context section 3.3.1.5: a vendor
/// should propagate at least 512 characters).
#[cfg(feature = "otel")]
const MAX_STATE: usize = 512;

/// A valid trace context.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TraceContext<'t> {
    pub(crate) trace_id: &'t str,
    #[cfg(feature = "otel")]
    parent_id: &'t str,
    #[cfg(feature = "otel")]
    flags: &'t str,
    #[cfg(feature = "otel")]
    state: Option<&'t str>,
}

impl<'t> TraceContext<'t> {
    /// Parses a `traceparent` and a `tracestate`. `None` if the first is malformed.
    pub(crate) fn parse(
        traceparent: &'t str,
        #[cfg_attr(not(feature = "otel"), expect(unused_variables, reason = "not exported"))] state: Option<&'t str>,
    ) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let [version, trace_id, parent_id, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let is_hex =
            |text: &str, length| text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let is_zero = |text: &str| text.bytes().all(|b| b == b'0');
        let is_valid = is_hex(version, 2)
            && version != "ff"
            && is_hex(trace_id, 32)
            && !is_zero(trace_id)
            && is_hex(parent_id, 16)
            && !is_zero(parent_id)
            && is_hex(flags, 2)
            // Later versions may add parts.
            && (version != "00" || parts.next().is_none());
        is_valid.then_some(Self {
            trace_id,
            #[cfg(feature = "otel")]
            parent_id,
            #[cfg(feature = "otel")]
            flags,
            #[cfg(feature = "otel")]
            state: state.filter(|state| state.len() <= MAX_STATE),
        })
    }

    /// Returns the context in the headers of a request. A repeated header is ignored.
    pub(crate) fn of_headers(headers: &'t HeaderMap) -> Option<Self> {
        let single = |name| {
            let mut values = headers.get_all(name).iter();
            values.next().filter(|_| values.next().is_none())?.to_str().ok()
        };
        Self::parse(single("traceparent")?, single("tracestate"))
    }

    /// Returns the context for OpenTelemetry.
    #[cfg(feature = "otel")]
    pub(super) fn span_context(&self) -> Option<opentelemetry::trace::SpanContext> {
        use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId};

        let trace_id = TraceId::from_hex(self.trace_id).ok()?;
        let parent_id = SpanId::from_hex(self.parent_id).ok()?;
        let flags = TraceFlags::new(u8::from_str_radix(self.flags, 16).ok()?) & TraceFlags::SAMPLED;
        let state = self.state.and_then(|state| state.parse().ok()).unwrap_or_default();
        Some(SpanContext::new(trace_id, parent_id, flags, true, state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_contexts_are_used() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = "00f067aa0ba902b7";
        for valid in [format!("00-{trace}-{parent}-01"), format!("cc-{trace}-{parent}-01-more")] {
            assert_eq!(TraceContext::parse(&valid, None).map(|context| context.trace_id), Some(trace), "{valid}");
        }
        for invalid in [
            String::new(),
            "garbage".to_owned(),
            format!("ff-{trace}-{parent}-01"),
            format!("00-{trace}-{parent}"),
            format!("00-{trace}-{parent}-01-more"),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-{parent}-01", trace.to_uppercase()),
            format!("00-{trace}0-{parent}-01"),
            format!("00-{}-{parent}-01", "é".repeat(16)),
        ] {
            assert_eq!(TraceContext::parse(&invalid, None), None, "{invalid}");
        }
    }

    #[test]
    fn repeated_headers_are_ignored() {
        let value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let mut headers = HeaderMap::new();
        assert_eq!(TraceContext::of_headers(&headers), None);
        headers.insert("traceparent", http::HeaderValue::from_static(value));
        assert!(TraceContext::of_headers(&headers).is_some());
        headers.append("traceparent", http::HeaderValue::from_static(value));
        assert_eq!(TraceContext::of_headers(&headers), None);
    }
}
