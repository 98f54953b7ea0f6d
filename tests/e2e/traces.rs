//! Spans of requests, collected in memory. Needs the feature `telemetry` of this crate.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use mcp_guard::record::{DecisionSink, Decisions, Record};
use mcp_guard::settings::Observation;
use mcp_guard::{LocalServer, ValidatedToken};
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use serde_json::{Value, json};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{Fixture, Post, RESOURCE, Server, VERSIONS, Version, builder, call, call_in, request_in};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
const OTHER_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// Runs a test on this thread, and returns the spans.
fn trace_with(sampler: Sampler, test: impl AsyncFnOnce()) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let filter = Targets::new().with_target("mcp_guard::request", Level::DEBUG);
    let subscriber = tracing_subscriber::registry().with(filter).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test());
    });
    exporter.get_finished_spans().unwrap()
}

fn trace(test: impl AsyncFnOnce()) -> Vec<SpanData> {
    trace_with(Sampler::AlwaysOn, test)
}

/// Returns the attributes as text, without those that describe the code.
fn attributes(span: &SpanData) -> Value {
    let attributes = span.attributes.iter().map(|attribute| (attribute.key.to_string(), attribute.value.to_string()));
    let of_protocol =
        |name: &str| !["code.", "thread.", "busy_ns", "idle_ns", "target", "level"].iter().any(|p| name.starts_with(p));
    attributes.filter(|(name, _)| of_protocol(name)).map(|(name, value)| (name, Value::from(value))).collect()
}

fn traceparent(trace: &str, flags: &str) -> String {
    format!("00-{trace}-{PARENT}-{flags}")
}

/// Returns a call with these members of `_meta`.
fn with_meta(version: Version, tool: &str, meta: &Value) -> Post {
    let mut post = call_in(version, tool);
    let mut body: Value = serde_json::from_slice(&post.body).unwrap();
    for (name, value) in meta.as_object().unwrap() {
        body["params"]["_meta"][name] = value.clone();
    }
    post.body = body.to_string().into_bytes();
    post
}

#[test]
fn spans_have_the_names_of_the_conventions() {
    let spans = trace(async || {
        let server = Server::start().await.without_reference();
        let token = server.token("todo:read");
        for tool in ["read", "write", "absent"] {
            server.call(tool, &token).await;
        }
        server.send(request_in(VERSIONS[2], "tools/list", json!({})).bearer(&token).build()).await;
        server.send(request_in(VERSIONS[2], "made/up", json!({})).bearer(&token).build()).await;
    });
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["tools/call read", "tools/call write", "tools/call", "tools/list", "_OTHER"]);
    assert!(spans.iter().all(|span| span.span_kind == SpanKind::Server && span.parent_span_id == SpanId::INVALID));
    let errors = [None, Some("scope"), Some("tool_unknown"), None, Some("method_unknown")];
    for (span, error) in spans.iter().zip(errors) {
        let attributes = attributes(span);
        assert_eq!(attributes["error.type"].as_str(), error, "{attributes}");
        assert_eq!(span.status == Status::Unset, error.is_none(), "{:?}", span.status);
    }
    let mut first = attributes(&spans[0]);
    let members = first.as_object_mut().unwrap();
    assert!(members.remove("jsonrpc.request.id").is_some() && members.remove("mcp.protocol.version").is_some());
    let expected = json!({
        "mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "read",
        "network.transport": "tcp", "network.protocol.name": "http", "network.protocol.version": "1.1",
    });
    assert_eq!(first, expected);
}

/// Collects the trace ids of records.
#[derive(Clone, Default)]
struct TraceIds(Arc<Mutex<Vec<Option<String>>>>);

impl DecisionSink for TraceIds {
    fn write(&mut self, records: &[Arc<Record>]) -> std::io::Result<()> {
        let ids = records.iter().filter_map(|record| match record.as_ref() {
            Record::Decision(record) => Some(record.trace_id.clone()),
            _ => None,
        });
        self.0.lock().unwrap().extend(ids);
        Ok(())
    }
}

#[test]
fn context_in_meta_is_the_parent_and_the_header_is_linked() {
    // The context in `_meta` and in the header, and the trace of the span. `None`: a new one.
    let cases = [
        (json!({"traceparent": traceparent(TRACE, "01"), "tracestate": "rojo=1"}), None, Some(TRACE)),
        (json!({}), Some(traceparent(OTHER_TRACE, "01")), Some(OTHER_TRACE)),
        (json!({"traceparent": traceparent(TRACE, "01")}), Some(traceparent(OTHER_TRACE, "01")), Some(TRACE)),
        (json!({"traceparent": "garbage"}), Some(traceparent(OTHER_TRACE, "01")), Some(OTHER_TRACE)),
        (json!({"traceparent": 42}), Some("garbage".to_owned()), None),
        (json!({"traceparent": traceparent(TRACE, "01"), "tracestate": "x".repeat(10_000)}), None, Some(TRACE)),
        (json!({"traceparent": traceparent(TRACE, "01").to_uppercase()}), None, None),
    ];
    let ids = TraceIds::default();
    let spans = trace(async || {
        let issuer = mcp_guard_dev::DevAuthServer::builder().start().await.unwrap();
        let decisions = Decisions::new().sink(ids.clone());
        let server = builder(&issuer).observation(Observation::new().decisions(decisions)).tools(Fixture::default());
        let server = server.build().await.unwrap();
        let records = server.decisions();
        let token = issuer.token().audience(RESOURCE).scope("todo:read").sign();
        let router = server.into_router();
        for (meta, header, _) in &cases {
            let mut post = with_meta(VERSIONS[2], "read", meta).bearer(&token);
            if let Some(header) = header {
                post = post.header("traceparent", header);
            }
            assert_eq!(crate::support::exchange(&router, post.build()).await.status, StatusCode::OK, "{meta}");
        }
        records.stop().await;
    });
    assert_eq!(spans.len(), cases.len());
    for (span, (meta, header, expected)) in spans.iter().zip(&cases) {
        let id = span.span_context.trace_id();
        assert_eq!(span.parent_span_id == SpanId::from_hex(PARENT).unwrap(), expected.is_some(), "{meta} {header:?}");
        match expected {
            Some(expected) => assert_eq!(id, TraceId::from_hex(expected).unwrap(), "{meta} {header:?}"),
            None => assert!(![TRACE, OTHER_TRACE].contains(&id.to_string().as_str()), "{meta} {header:?}"),
        }
    }
    assert_eq!(spans[0].span_context.trace_state().get("rojo"), Some("1"));
    assert_eq!(spans[5].span_context.trace_state().header(), "", "a long state is ignored");
    let linked: Vec<_> = spans[2].links.iter().map(|link| link.span_context.trace_id().to_string()).collect();
    assert_eq!(linked, [OTHER_TRACE]);
    // The records name the same traces.
    let expected: Vec<_> = spans.iter().map(|span| Some(span.span_context.trace_id().to_string())).collect();
    assert_eq!(*ids.0.lock().unwrap(), expected);
}

#[test]
fn callers_without_a_token_cannot_force_sampling() {
    let sampler = || Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    let spans = trace_with(sampler(), async || {
        let server = Server::start_mixed().await.without_reference();
        let sampled = json!({"traceparent": traceparent(TRACE, "01")});
        let post = |tool| with_meta(VERSIONS[2], tool, &sampled).header("traceparent", &traceparent(TRACE, "01"));
        for tool in ["open", "read", "absent"] {
            server.send(post(tool).build()).await;
            server.send(post(tool).bearer("invalid").build()).await;
        }
    });
    assert_eq!(spans.len(), 0, "{spans:#?}");
    let spans = trace_with(sampler(), async || {
        let server = Server::start().await.without_reference();
        let token = server.token("todo:read");
        for flags in ["01", "00"] {
            server
                .send(
                    with_meta(VERSIONS[2], "read", &json!({"traceparent": traceparent(TRACE, flags)}))
                        .bearer(&token)
                        .build(),
                )
                .await;
        }
    });
    assert_eq!(spans.len(), 1, "only the sampled one");
}

#[test]
fn rejected_credentials_make_no_span() {
    let spans = trace(async || {
        let server = Server::start().await.without_reference();
        assert_eq!(server.send(call("read").build()).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(server.call("read", "invalid").await.status, StatusCode::UNAUTHORIZED);
    });
    assert!(spans.is_empty(), "{spans:#?}");
}

#[test]
fn calls_in_sessions_have_spans_until_they_end() {
    let mut session = String::new();
    let spans = trace(async || {
        let server = Server::start().await.without_reference();
        let token = server.token("todo:read");
        session = server.connect(VERSIONS[1], &token).await.unwrap();
        let post = with_meta(VERSIONS[1], "read", &json!({"traceparent": traceparent(TRACE, "01")}));
        let answer = server.send(post.header("mcp-session-id", &session).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::OK);
    });
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["initialize", "notifications/initialized", "tools/call read"]);
    assert_eq!(spans[2].span_context.trace_id().to_string(), TRACE);
    assert!(!format!("{spans:?}").contains(&session), "the id of a session is a secret");
}

#[test]
fn local_requests_have_spans() {
    let spans = trace(async || {
        let caller = mcp_guard::token::TokenParts { subject: "alice".into(), ..Default::default() };
        let server = LocalServer::builder(Fixture::default(), Some(ValidatedToken::new(caller))).build().unwrap();
        let (near, far) = tokio::io::duplex(64 * 1024);
        let serving = tokio::spawn(async move { server.serve(near).await.unwrap().waiting().await });
        let client = ().serve(far).await.unwrap();
        let result = client.call_tool(CallToolRequestParams::new("read")).await;
        assert!(result.is_ok_and(|result| result.is_error == Some(true)), "the caller has no scope");
        client.cancel().await.unwrap();
        serving.await.unwrap().unwrap();
    });
    let span = spans.iter().find(|span| span.name == "tools/call read").unwrap();
    let attributes = attributes(span);
    assert_eq!(attributes["network.transport"], "pipe", "{attributes}");
    assert_eq!(attributes["error.type"], "scope", "{attributes}");
}
