//! The traces of requests: the context that clients send (W3C Trace Context), and the spans that continue it.
//! `docs/traces.md` describes both.

mod context;
mod request_span;

pub(crate) use context::TraceContext;
pub(crate) use request_span::{RequestSpan, SpanDescription, Transport};
