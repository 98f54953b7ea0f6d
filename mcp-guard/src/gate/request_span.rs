//! Describes a request in its span.

use axum::extract::Request;
use http::HeaderMap;

use super::config::GateConfig;
use super::headers::PROTOCOL_VERSION;
use super::message::{Message, Params};
use crate::json::Scalar;
use crate::operation::{Method, Operation};
use crate::request::Caller;
use crate::trace::{RequestSpan, SpanDescription, TraceContext, Transport};

impl GateConfig {
    /// Begins the span of a request.
    pub(super) fn begin_span(request: &Request) -> RequestSpan {
        RequestSpan::begin(Transport::Http(request.version()))
    }

    /// Describes a message in the span of its request, and in its record.
    pub(super) fn describe_span(
        &self,
        span: &RequestSpan,
        headers: &HeaderMap,
        message: &Message<'_>,
        caller: &Caller,
    ) {
        let draft = caller.in_flight().draft().filter(|draft| draft.is_recorded());
        if !span.is_enabled() && draft.is_none() {
            return;
        }
        let params = match message {
            Message::Request { params, .. } => Some(params),
            Message::Notification { .. } | Message::Response => None,
        };
        let fields = params.and_then(Params::trace_fields);
        let meta =
            fields.as_ref().and_then(|fields| TraceContext::parse(&fields.traceparent, fields.tracestate.as_deref()));
        if span.is_enabled() {
            let revision = headers.get(PROTOCOL_VERSION).and_then(|value| value.to_str().ok());
            span.describe(SpanDescription {
                revision: revision.filter(|text| is_date(text)),
                ..self.description(message)
            });
            match message {
                Message::Request { id: Scalar::Text(id), .. } => span.request_id(id),
                Message::Request { id: Scalar::Integer(id), .. } => span.request_id(&id.to_string()),
                _ => {}
            }
            // Anyone could set the `sampled` flag of a context.
            if caller.token().is_some() {
                span.follow(meta, TraceContext::of_headers(headers));
            }
        }
        if let Some(draft) = draft {
            match (span.trace_id(), meta) {
                (Some(id), _) => draft.trace(&id),
                (None, Some(meta)) => draft.trace(meta.trace_id),
                (None, None) => {}
            }
        }
    }

    fn description<'m>(&self, message: &'m Message<'_>) -> SpanDescription<'m> {
        match message {
            Message::Request { method, params, .. } => {
                let subject = params.subject(method).flatten().map(AsRef::as_ref);
                let named = |name: &str| subject.filter(|_| method == name);
                SpanDescription {
                    method: Method::of_request(method).map(|method| method.name),
                    tool: named("tools/call").filter(|tool| self.lookup.has_tool(tool)),
                    prompt: named("prompts/get").filter(|prompt| self.lookup.has_prompt(prompt)),
                    resource: named("resources/read")
                        .filter(|uri| matches!(self.lookup.resource(uri), Some(Operation::Resource(_)))),
                    revision: None,
                }
            }
            Message::Notification { method } => {
                let method = Some(method.as_ref()).filter(|method| Method::is_notification(method));
                SpanDescription { method, ..SpanDescription::default() }
            }
            Message::Response => SpanDescription::default(),
        }
    }
}

/// Returns whether a text has the form of a revision.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}
