//! The span of a request, named by the OpenTelemetry semantic conventions for MCP.
//!
//! 1. Only requests of admitted callers have a span: unauthenticated clients cannot fill the queue of an exporter.
//! 2. A span continues the context in `_meta`, or else that in the headers, if the caller presented a valid token. A
//!    sampler may follow the `sampled` flag of the context, which others could set for every request.
//! 3. A span contains the names of operations of this server, and nothing else of the arguments. It contains no session
//!    id, which is a secret of its client.
//! 4. The span ends with the operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Span;
use tracing::field::{Empty, display};

use super::TraceContext;

/// The maximum length of a request id in a span, in bytes.
const MAX_REQUEST_ID: usize = 128;

/// The span of a request. It is disabled unless a subscriber is interested in the target `mcp_guard::request`.
#[derive(Clone, Debug)]
pub(crate) struct RequestSpan {
    span: Span,
    /// Whether the request has failed. The first error counts. `None` if the span is disabled.
    has_failed: Option<Arc<AtomicBool>>,
}

/// The transport of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    Http(http::Version),
    Stdio,
}

/// The properties of a request that its span shows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SpanDescription<'r> {
    /// `None` if MCP does not define the method.
    pub(crate) method: Option<&'r str>,
    pub(crate) tool: Option<&'r str>,
    pub(crate) prompt: Option<&'r str>,
    /// The URI of a resource without variables.
    pub(crate) resource: Option<&'r str>,
    pub(crate) revision: Option<&'r str>,
}

/// The method in a span if MCP does not define it.
const OTHER_METHOD: &str = "_OTHER";

impl RequestSpan {
    /// Begins the span.
    pub(crate) fn begin(transport: Transport) -> Self {
        let span = tracing::debug_span!(
            target: "mcp_guard::request",
            "request",
            otel.name = Empty,
            otel.kind = "server",
            otel.status_code = Empty,
            mcp.method.name = Empty,
            mcp.protocol.version = Empty,
            mcp.resource.uri = Empty,
            gen_ai.operation.name = Empty,
            gen_ai.tool.name = Empty,
            gen_ai.prompt.name = Empty,
            jsonrpc.request.id = Empty,
            rpc.response.status_code = Empty,
            network.transport = Empty,
            network.protocol.name = Empty,
            network.protocol.version = Empty,
            error.r#type = Empty,
        );
        let has_failed = (!span.is_disabled()).then(Arc::default);
        if has_failed.is_some() {
            match transport {
                Transport::Http(version) => {
                    span.record("network.transport", "tcp").record("network.protocol.name", "http");
                    span.record("network.protocol.version", protocol_version(version));
                }
                Transport::Stdio => {
                    span.record("network.transport", "pipe");
                }
            }
        }
        Self { span, has_failed }
    }

    /// Returns whether a subscriber is interested.
    pub(crate) fn is_enabled(&self) -> bool {
        self.has_failed.is_some()
    }

    /// Returns the span, to run code in it.
    pub(crate) fn into_inner(self) -> Span {
        self.span
    }

    /// Adds the properties of the request. To be called before code runs in the span, because a sampler may use them.
    pub(crate) fn describe(&self, description: SpanDescription<'_>) {
        let SpanDescription { method, tool, prompt, resource, revision } = description;
        let method = method.unwrap_or(OTHER_METHOD);
        match tool.or(prompt) {
            Some(target) => self.span.record("otel.name", display(format_args!("{method} {target}"))),
            None => self.span.record("otel.name", method),
        };
        self.span.record("mcp.method.name", method);
        if method == "tools/call" {
            self.span.record("gen_ai.operation.name", "execute_tool");
        }
        for (name, value) in [
            ("gen_ai.tool.name", tool),
            ("gen_ai.prompt.name", prompt),
            ("mcp.resource.uri", resource),
            ("mcp.protocol.version", revision),
        ] {
            if let Some(value) = value {
                self.span.record(name, value);
            }
        }
    }

    /// Adds the id of the request.
    pub(crate) fn request_id(&self, id: &str) {
        self.span.record("jsonrpc.request.id", &id[..id.floor_char_boundary(MAX_REQUEST_ID)]);
    }

    /// Records that the request failed, with the class of the error.
    pub(crate) fn fail(&self, error: &str) {
        if self.begins_to_fail() {
            self.span.record("error.type", error).record("otel.status_code", "ERROR");
        }
    }

    /// Records that the response is a JSON-RPC error.
    pub(crate) fn fail_with(&self, code: i32) {
        if self.begins_to_fail() {
            self.span.record("error.type", display(code)).record("otel.status_code", "ERROR");
            self.span.record("rpc.response.status_code", display(code));
        }
    }

    fn begins_to_fail(&self) -> bool {
        self.has_failed.as_ref().is_some_and(|has_failed| !has_failed.swap(true, Ordering::Relaxed))
    }

    /// Continues the trace of the client. The context in `_meta` is the parent, and that of the transport is linked
    /// (OpenTelemetry, "Semantic conventions for Model Context Protocol", "Context propagation").
    #[cfg(feature = "otel")]
    pub(crate) fn follow(&self, meta: Option<TraceContext<'_>>, headers: Option<TraceContext<'_>>) {
        use opentelemetry::Context;
        use opentelemetry::trace::TraceContextExt as _;
        use tracing_opentelemetry::OpenTelemetrySpanExt as _;

        let [meta, headers] = [meta, headers].map(|context| context.and_then(|context| context.span_context()));
        let (parent, linked) = match (meta, headers) {
            (Some(meta), headers) => (meta, headers),
            // A span of the application has processed the headers.
            (None, Some(_)) if !Span::current().is_none() => return,
            (None, Some(headers)) => (headers, None),
            (None, None) => return,
        };
        // An error means that no layer exports spans.
        let _ = self.span.set_parent(Context::new().with_remote_span_context(parent));
        if let Some(linked) = linked {
            self.span.add_link(linked);
        }
    }

    #[cfg(not(feature = "otel"))]
    #[expect(clippy::unused_self, reason = "the other form uses it")]
    pub(crate) const fn follow(&self, _: Option<TraceContext<'_>>, _: Option<TraceContext<'_>>) {}

    /// Returns the trace id, if a layer exports spans.
    #[cfg(feature = "otel")]
    pub(crate) fn trace_id(&self) -> Option<String> {
        use opentelemetry::trace::TraceContextExt as _;
        use tracing_opentelemetry::OpenTelemetrySpanExt as _;

        let context = self.span.context();
        let span = context.span();
        let context = span.span_context();
        context.is_valid().then(|| context.trace_id().to_string())
    }

    #[cfg(not(feature = "otel"))]
    #[expect(clippy::unused_self, reason = "the other form uses it")]
    pub(crate) const fn trace_id(&self) -> Option<String> {
        None
    }
}

const fn protocol_version(version: http::Version) -> &'static str {
    match version {
        http::Version::HTTP_2 => "2",
        http::Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}
