//! Every decision results in one record, on all revisions and on stdio.

mod ends;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, StatusCode};
use mcp_guard::layer::{AuthLayer, Challenger, GateLayer};
use mcp_guard::policy::{Enforcement, Policy, Visibility};
use mcp_guard::prelude::*;
use mcp_guard::record::{DecisionSink, Decisions, Record, SubjectForm, WhenFull};
use mcp_guard::revocation::{Revocation, Revocations};
use mcp_guard::settings::{Disclosure, NoTools, Observation};
use mcp_guard::{InsufficientScope, Issuer, LocalServer, ResourceServer, ResourceServerBuilder};
use mcp_guard_dev::DevAuthServer;
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tower::Layer as _;

use crate::support::{
    Answer, Post, RESOURCE, Runs, Server, VERSIONS, Version, builder, call, call_in, exchange, initialize,
    insufficient, raw, request_in, with_health,
};

/// Collects records as JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collector(Arc<Mutex<Vec<Value>>>);

impl DecisionSink for Collector {
    fn write(&mut self, records: &[Arc<Record>]) -> io::Result<()> {
        let json = records.iter().map(|record| serde_json::to_value(record).unwrap());
        self.0.lock().unwrap().extend(json);
        Ok(())
    }
}

impl Collector {
    /// Returns the records, once there are this many.
    async fn wait_for(&self, count: usize) -> Vec<Value> {
        for _ in 0..1_000 {
            let records = self.0.lock().unwrap().clone();
            if records.len() >= count {
                assert_eq!(records.len(), count, "{records:#?}");
                return records;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{count} records expected: {:#?}", self.0.lock().unwrap());
    }

    pub(crate) async fn only(&self) -> Value {
        let record = self.wait_for(1).await.remove(0);
        self.0.lock().unwrap().clear();
        record
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct InProject {
    project: String,
}

#[derive(Clone, Default)]
struct Notes(Runs);

#[guarded_tools]
impl Notes {
    /// One scope.
    #[guarded_tool(scope = "todo:read")]
    fn read(&self, _: Parameters<Map<String, Value>>) -> String {
        self.0.ran()
    }

    /// A scope that implies the baseline.
    #[guarded_tool(scope = "todo:write")]
    fn write(&self) -> String {
        self.0.ran()
    }

    /// A scope by arguments.
    #[guarded_tool(scope = "todo:read", scopes_for = |in_project: &InProject| Scope::new(format!("project:{}", in_project.project)))]
    fn read_project(&self, Parameters(in_project): Parameters<InProject>) -> String {
        self.0.ran() + &in_project.project
    }

    /// A scope that is required late.
    #[guarded_tool(scope = "todo:read")]
    async fn share(&self, token: ValidatedToken) -> Result<String, InsufficientScope> {
        token.require("todo:share")?;
        Ok(self.0.ran())
    }

    /// Missing scopes are only recorded.
    #[guarded_tool(scope = "todo:trial", report_only)]
    fn trial(&self) -> String {
        self.0.ran()
    }

    /// One call.
    #[guarded_tool(scope = "todo:read", limit = "1/hour")]
    fn rare(&self) -> String {
        self.0.ran()
    }

    /// The notes of a list.
    #[guarded_resource(uri = "notes://{list}", scope = "todo:read")]
    fn list(&self, list: String) -> String {
        self.0.ran();
        list
    }
}

struct Recorded {
    server: Server,
    records: Collector,
}

impl Recorded {
    async fn start() -> Self {
        Self::start_with(|decisions| decisions, Enforcement::Enforced).await
    }

    async fn start_with(configure: impl Fn(Decisions) -> Decisions, enforcement: Enforcement) -> Self {
        let records = Collector::default();
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let notes = Notes::default();
        let runs = notes.0.clone();
        let decisions = configure(Decisions::new().sink(records.clone()));
        let server = builder(&issuer)
            .enforcement(enforcement)
            .observation(Observation::new().decisions(decisions))
            .tools(notes)
            .build()
            .await
            .unwrap();
        let server = Server { issuer, router: with_health(server), runs, reference: None };
        Self { server, records }
    }

    /// Sends a request, and returns its response and its record.
    async fn record(&self, post: Post, token: &str) -> (Answer, Value) {
        let answer = self.server.send(post.bearer(token).build()).await;
        (answer, self.records.only().await)
    }
}

/// Calls a tool without a session.
fn calling(version: Version, tool: &str, arguments: &Value) -> Post {
    request_in(version, "tools/call", json!({"name": tool, "arguments": arguments}))
}

/// Returns these members of a record.
fn members(record: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| (*name).to_owned()).map(|name| (name.clone(), record[name].clone())).collect()
}

const OUTCOME: [&str; 7] = ["kind", "operation", "required", "granted", "missing", "outcome", "rule"];

#[tokio::test]
async fn call_over_a_limit_is_recorded() {
    let recorded = Recorded::start().await;
    let token = recorded.server.token("todo:read");
    let post = || calling(VERSIONS[2], "rare", &json!({}));
    for (status, outcome, rule) in [(200, "allowed", json!(null)), (429, "refused", json!("operation_rate"))] {
        let (answer, record) = recorded.record(post(), &token).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let found = members(&record, &["operation", "outcome", "rule", "status"]);
        assert_eq!(found, json!({"operation": "rare", "outcome": outcome, "rule": rule, "status": status}));
    }
}

#[tokio::test]
async fn stateless_calls_are_recorded_with_their_outcome() {
    let recorded = Recorded::start().await;
    let token = recorded.server.token_builder("todo:read").subject("alice").claim("client_id", "inspector").sign();
    for (tool, arguments, status, expected) in [
        ("read", json!({}), 200, json!(["tool", "read", ["todo:read"], ["todo:read"], [], "allowed", null])),
        (
            "write",
            json!({}),
            403,
            json!(["tool", "write", ["todo:read", "todo:write"], ["todo:read"], ["todo:write"], "refused", "scope"]),
        ),
        (
            "read_project",
            json!({"project": "x"}),
            403,
            json!([
                "tool",
                "read_project",
                ["project:x", "todo:read"],
                ["todo:read"],
                ["project:x"],
                "refused",
                "scope"
            ]),
        ),
        (
            "share",
            json!({}),
            403,
            json!(["tool", "share", ["todo:read"], ["todo:read"], ["todo:share"], "refused", "scope"]),
        ),
        (
            "trial",
            json!({}),
            200,
            json!([
                "tool",
                "trial",
                ["todo:read", "todo:trial"],
                ["todo:read"],
                ["todo:trial"],
                "would_be_refused",
                "scope"
            ]),
        ),
        (
            "nothing",
            json!({}),
            200,
            json!(["tool", "nothing", ["todo:read"], ["todo:read"], [], "refused", "tool_unknown"]),
        ),
    ] {
        let (answer, record) = recorded.record(calling(VERSIONS[2], tool, &arguments), &token).await;
        assert_eq!(answer.status, status, "{tool}: {answer:?}");
        let found: Vec<Value> = OUTCOME.iter().map(|name| record[name].clone()).collect();
        assert_eq!(json!(found), expected, "{tool}: {record:#}");
        let common = json!({
            "revision": "2026-07-28", "status": status, "issuer": recorded.server.issuer.issuer(), "subject": "alice",
            "client": "inspector",
        });
        assert_eq!(members(&record, &["revision", "status", "issuer", "subject", "client"]), common, "{tool}");
        assert_eq!(record["request_id"].as_str().unwrap().len(), 32, "{record:#}");
        assert!(record["duration_us"].is_u64() && record["time"].as_str().unwrap().ends_with('Z'), "{record:#}");
        let late = if tool == "share" { json!(["todo:share"]) } else { Value::Null };
        assert_eq!(record["late"], late, "{tool}");
    }
}

#[tokio::test]
async fn legacy_sessions_are_recorded_on_both_revisions() {
    for version in [VERSIONS[0], VERSIONS[1]] {
        let recorded = Recorded::start().await;
        let token = recorded.server.token("todo:read");
        let session = recorded.server.connect(version, &token).await.unwrap();
        let opened = recorded.records.wait_for(2).await;
        assert_eq!(opened[0]["operation"], "initialize", "{opened:#?}");
        assert_eq!(opened[0]["revision"], version.0);
        assert_eq!(opened[1]["operation"], "notifications/initialized");
        assert_eq!(opened[0]["session"], opened[1]["session"]);
        recorded.records.0.lock().unwrap().clear();
        let mut sessions = vec![opened[1]["session"].clone()];
        for (tool, status, outcome, rule) in [
            ("read", 200, "allowed", Value::Null),
            ("write", 403, "refused", json!("scope")),
            // The head of the response is sent before the tool runs.
            ("share", 200, "refused", json!("scope")),
            ("trial", 200, "would_be_refused", json!("scope")),
        ] {
            let post = call_in(version, tool).header("mcp-session-id", &session);
            let (answer, record) = recorded.record(post, &token).await;
            assert_eq!(answer.status, status, "{tool}: {answer:?}");
            assert_eq!(
                members(&record, &["operation", "outcome", "rule", "status", "revision"]),
                json!({
                    "operation": tool, "outcome": outcome, "rule": rule, "status": status, "revision": version.0,
                })
            );
            sessions.push(record["session"].clone());
        }
        let end = raw("").method(Method::DELETE).header("mcp-session-id", &session);
        let (_, record) = recorded.record(end, &token).await;
        assert_eq!(
            members(&record, &["kind", "operation", "outcome"]),
            json!({
                "kind": "session", "operation": "end", "outcome": "allowed",
            })
        );
        sessions.push(record["session"].clone());
        assert!(sessions[0].is_string() && sessions.iter().all(|each| *each == sessions[0]), "{sessions:?}");
        assert!(!session.contains(sessions[0].as_str().unwrap()), "the id itself is not recorded");
    }
}

#[tokio::test]
async fn refusals_before_and_after_the_decision_are_recorded() {
    let recorded = Recorded::start().await;
    let token = recorded.server.token("todo:read");
    for (post, rule, operation) in [
        (raw("{"), "message_malformed", Value::Null),
        (raw("[]"), "message_batch", Value::Null),
        (call("read").header("content-encoding", "gzip"), "content_encoding", Value::Null),
        (call("read").header("mcp-name", "write"), "header_mismatch", json!("read")),
        (call("read").set("accept", "text/html"), "accept", json!("read")),
        (request_in(VERSIONS[2], "no/such", json!({})), "method_unknown", json!("no/such")),
        (
            request_in(VERSIONS[2], "tools/call", json!({"name": "read", "arguments": {}, "requestState": "x"})),
            "request_state",
            json!("read"),
        ),
    ] {
        let (_, record) = recorded.record(post, &token).await;
        assert_eq!(
            members(&record, &["outcome", "rule", "operation"]),
            json!({"outcome": "refused", "rule": rule, "operation": operation}),
        );
    }
    let (_, record) =
        recorded.record(request_in(VERSIONS[2], "resources/read", json!({"uri": "notes://a"})), &token).await;
    assert_eq!(
        members(&record, &["kind", "operation", "outcome"]),
        json!({"kind": "template", "operation": "notes://{list}", "outcome": "allowed"}),
    );
}

/// Anyone can send such requests, in any number.
#[tokio::test]
async fn refusals_without_a_valid_token_are_counted() {
    let records = Collector::default();
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let decisions = Decisions::new().sink(records.clone()).capacity(2);
    let server = builder(&issuer).observation(Observation::new().decisions(decisions)).tools(Notes::default());
    let server = server.build().await.unwrap();
    let handle = server.decisions();
    let router = with_health(server);
    let expired = issuer.token().audience(RESOURCE).scope("todo:read").expires_in(-3600).sign();
    for _ in 0..10 {
        assert_eq!(exchange(&router, call("read").build()).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(exchange(&router, call("read").bearer(&expired).build()).await.status, StatusCode::UNAUTHORIZED);
        let other_host = call("read").set("host", "evil.example.com");
        assert_eq!(exchange(&router, other_host.build()).await.status, StatusCode::FORBIDDEN);
    }
    handle.stop().await;
    let counts: Vec<Value> = records.wait_for(3).await;
    let counts: Vec<Value> =
        counts.iter().map(|count| members(count, &["event", "rule", "network", "count"])).collect();
    let count = |rule| json!({"event": "refusals", "rule": rule, "network": "unknown", "count": 10});
    assert_eq!(counts, [count("token_missing"), count("token_expired"), count("host")]);
}

#[tokio::test]
async fn record_has_digests_instead_of_arguments() {
    let recorded = Recorded::start().await;
    let token = recorded.server.token("todo:read");
    let mut digests = Vec::new();
    for arguments in [json!({"a": 1, "b": [1.0]}), json!({"b": [1], "a": 1.0}), json!({"a": 2, "b": [1]})] {
        let (_, record) = recorded.record(calling(VERSIONS[2], "read", &arguments), &token).await;
        digests.push(record["arguments"].as_str().unwrap().to_owned());
    }
    assert_eq!(digests[0], digests[1], "RFC 8785: order of members and form of numbers");
    assert_ne!(digests[0], digests[2]);
    let other = Recorded::start().await;
    let (_, record) =
        other.record(calling(VERSIONS[2], "read", &json!({"a": 1, "b": [1]})), &other.server.token("todo:read")).await;
    assert_ne!(record["arguments"], json!(digests[0]), "another key");
}

#[tokio::test]
async fn subject_is_plain_a_digest_or_absent() {
    for (form, expected) in
        [(SubjectForm::Plain, Some(true)), (SubjectForm::Digest, Some(false)), (SubjectForm::Absent, None)]
    {
        let recorded = Recorded::start_with(|decisions| decisions.subjects(form), Enforcement::Enforced).await;
        let act = json!({"sub": "agent", "act": {"sub": "gateway"}});
        let token = recorded.server.token_builder("todo:read").subject("alice").claim("act", act).sign();
        let (_, record) = recorded.record(call("read"), &token).await;
        let subject = record["subject"].as_str();
        assert_eq!(subject.map(|subject| subject == "alice"), expected, "{form:?}");
        let actors = match form {
            SubjectForm::Plain => json!(["agent", "gateway"]),
            _ => record["actors"].clone(),
        };
        assert_eq!(record["actors"], actors);
        assert!(
            expected == Some(true) || !record.to_string().contains("alice") && !record.to_string().contains("agent")
        );
    }
}

#[tokio::test]
async fn hostile_texts_are_cut_and_escaped() {
    let recorded = Recorded::start().await;
    let subject = format!("alice\n\u{1b}[31m{}", "x".repeat(8_000));
    let token = recorded.server.token_builder("todo:read").subject(&subject).sign();
    let tool = "y".repeat(1_000);
    let (_, record) = recorded.record(call(&tool).header("traceparent", "garbage"), &token).await;
    assert!(record["subject"].as_str().unwrap().len() <= 256 && record["operation"].as_str().unwrap().len() <= 256);
    let line = record.to_string();
    assert!(!line.contains('\n') && !line.contains('\u{1b}') && line.contains("alice\\n\\u001b[31m"), "{line}");
    assert_eq!(record["trace_id"], Value::Null);
}

#[tokio::test]
async fn trace_and_request_id_come_from_headers() {
    let recorded = Recorded::start().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let post =
        call("read").header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01")).header("x-request-id", "mine");
    let (_, record) = recorded.record(post, &recorded.server.token("todo:read")).await;
    assert_eq!(record["trace_id"], trace);
    assert_ne!(record["request_id"], "mine", "only a trusted proxy names the request");
}

#[tokio::test]
async fn local_requests_are_recorded() {
    let records = Collector::default();
    let token = ValidatedToken::new(mcp_guard::token::TokenParts {
        subject: "alice".to_owned(),
        issuer: "urn:local".to_owned(),
        scopes: "todo:read".parse().unwrap(),
        ..Default::default()
    });
    let server = LocalServer::builder(Notes::default(), Some(token))
        .baseline([Scope::from_static("todo:read")])
        .decisions(Decisions::new().sink(records.clone()))
        .build()
        .unwrap();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let serving = tokio::spawn(async move { server.serve(theirs).await.unwrap().waiting().await });
    let client = ().serve(ours).await.unwrap();
    assert_eq!(records.only().await["operation"], "initialize");
    for (tool, outcome, rule) in [
        ("read", "allowed", Value::Null),
        ("write", "refused", json!("scope")),
        ("share", "refused", json!("scope")),
        ("read_project", "refused", json!("scope")),
        ("trial", "would_be_refused", json!("scope")),
        ("nothing", "refused", json!("tool_unknown")),
    ] {
        let arguments = json!({"project": "x"}).as_object().unwrap().clone();
        let _ = client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await;
        let record = records.only().await;
        assert_eq!(
            members(&record, &["kind", "operation", "outcome", "rule", "status", "subject"]),
            json!({
                "kind": "tool", "operation": tool, "outcome": outcome, "rule": rule, "status": null, "subject": "alice",
            }),
            "{record:#}"
        );
    }
    client.cancel().await.unwrap();
    let _ = serving.await;
}

/// Blocks until it is released.
#[derive(Clone, Default)]
struct Blocked(Arc<AtomicBool>, Collector);

impl DecisionSink for Blocked {
    fn write(&mut self, records: &[Arc<Record>]) -> io::Result<()> {
        while self.0.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.1.write(records)
    }
}

async fn blocked(when_full: WhenFull) -> (Server, Blocked) {
    blocked_with(when_full, |builder| builder).await
}

async fn blocked_with(
    when_full: WhenFull,
    configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
) -> (Server, Blocked) {
    let sink = Blocked::default();
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let decisions = Decisions::new().sink(sink.clone()).capacity(4).when_full(when_full);
    let notes = Notes::default();
    let runs = notes.0.clone();
    let server = configure(builder(&issuer)).observation(Observation::new().decisions(decisions)).tools(notes);
    let router = with_health(server.build().await.unwrap());
    (Server { issuer, router, runs, reference: None }, sink)
}

#[tokio::test]
async fn full_queue_refuses_authenticated_calls_only() {
    let (server, sink) = blocked(WhenFull::Refuse).await;
    let token = server.token("todo:read");
    sink.0.store(true, Ordering::SeqCst);
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(server.send(call("read").bearer(&token).build()).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 200, 503, 503, 503, 503]);
    let refused = server.send(call("read").bearer(&token).build()).await;
    assert!(refused.header("retry-after").is_some() && refused.header("www-authenticate").is_none(), "{refused:?}");
    // Callers without a token are answered as always.
    for _ in 0..1_000 {
        assert_eq!(server.send(call("read").build()).await.status, StatusCode::UNAUTHORIZED);
    }
    sink.0.store(false, Ordering::SeqCst);
    sink.1.wait_for(4).await;
    assert_eq!(server.send(call("read").bearer(&token).build()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn full_queue_can_make_calls_wait() {
    let (server, sink) = blocked(WhenFull::Wait).await;
    let token = server.token("todo:read");
    sink.0.store(true, Ordering::SeqCst);
    for _ in 0..4 {
        assert_eq!(server.send(call("read").bearer(&token).build()).await.status, StatusCode::OK);
    }
    let mut waiting = Box::pin(server.send(call("read").bearer(&token).build()));
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut waiting).await.is_err());
    sink.0.store(false, Ordering::SeqCst);
    assert_eq!(waiting.await.status, StatusCode::OK);
    sink.1.wait_for(5).await;
}

#[tokio::test]
async fn token_revoked_while_its_request_waits_runs_nothing() {
    let revocations = Revocations::without_expiry();
    let (server, sink) = blocked_with(WhenFull::Wait, |builder| builder.revocations(revocations.clone())).await;
    let token = server.token_builder("todo:read").subject("alice").sign();
    sink.0.store(true, Ordering::SeqCst);
    for _ in 0..4 {
        assert_eq!(server.send(call("read").bearer(&token).build()).await.status, StatusCode::OK);
    }
    let runs = server.runs();
    let mut waiting = Box::pin(server.send(call("read").bearer(&token).build()));
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut waiting).await.is_err());
    revocations.revoke(&Revocation::subject(server.issuer.issuer(), "alice")).unwrap();
    sink.0.store(false, Ordering::SeqCst);
    assert_eq!(waiting.await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.runs(), runs, "the operation does not begin");
}

#[tokio::test]
async fn full_queue_can_drop_records_and_count_them() {
    let (server, sink) = blocked(WhenFull::Drop).await;
    let token = server.token("todo:read");
    sink.0.store(true, Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(server.send(call("read").bearer(&token).build()).await.status, StatusCode::OK);
    }
    sink.0.store(false, Ordering::SeqCst);
    // Four had a place. The number of the others is a record, or the sum of several on a busy machine.
    let mut counted = (0, 0);
    for _ in 0..1_000 {
        let records = sink.1.0.lock().unwrap().clone();
        let (lost, written): (Vec<_>, Vec<_>) = records.iter().partition(|record| record["event"] == "lost");
        assert!(lost.iter().all(|record| record["reason"] == "queue_full"), "{records:#?}");
        counted = (written.len(), lost.iter().map(|record| record["count"].as_u64().unwrap()).sum());
        if counted.0 + usize::try_from(counted.1).unwrap() >= 10 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(counted, (4, 6));
}

/// Fails every second time, and panics every fifth time.
#[derive(Clone, Default)]
struct Unreliable {
    calls: u64,
    records: Collector,
}

impl DecisionSink for Unreliable {
    fn write(&mut self, records: &[Arc<Record>]) -> io::Result<()> {
        self.calls += 1;
        assert!(!self.calls.is_multiple_of(5), "a sink that panics");
        if self.calls.is_multiple_of(2) {
            return Err(io::Error::other("full"));
        }
        self.records.write(records)
    }
}

#[tokio::test]
async fn records_of_an_unreliable_sink_are_written_or_counted() {
    let sink = Unreliable::default();
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let decisions = Decisions::new().sink(sink.clone());
    let server = builder(&issuer).observation(Observation::new().decisions(decisions)).tools(Notes::default());
    let server = server.build().await.unwrap();
    let handle = server.decisions();
    let router = with_health(server);
    let token = issuer.token().audience(RESOURCE).scope("todo:read").sign();
    for _ in 0..50 {
        assert_eq!(exchange(&router, call("read").bearer(&token).build()).await.status, StatusCode::OK);
        // Each record is a write of its own.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    handle.stop().await;
    let records = sink.records.0.lock().unwrap().clone();
    let (lost, written): (Vec<_>, Vec<_>) = records.iter().partition(|record| record["event"] == "lost");
    let lost: u64 = lost.iter().map(|record| record["count"].as_u64().unwrap()).sum();
    assert_eq!(written.len() as u64 + lost, 50, "{records:#?}");
    assert!(lost > 0);
}

#[tokio::test]
async fn report_only_lets_missing_scopes_through_on_all_paths() {
    let recorded = Recorded::start_with(|decisions| decisions, Enforcement::ReportOnly).await;
    let token = recorded.server.token("other");
    for version in VERSIONS {
        let session = recorded.server.connect(version, &token).await;
        if session.is_some() {
            recorded.records.wait_for(2).await;
            recorded.records.0.lock().unwrap().clear();
        }
        for (tool, missing) in [
            ("read", json!(["todo:read"])),
            ("write", json!(["todo:read", "todo:write"])),
            ("read_project", json!(["project:x", "todo:read"])),
            ("share", json!(["todo:read", "todo:share"])),
        ] {
            let mut post = calling(version, tool, &json!({"project": "x"}));
            if let Some(session) = &session {
                post = post.header("mcp-session-id", session);
            }
            let (answer, record) = recorded.record(post, &token).await;
            assert_eq!(answer.status, StatusCode::OK, "{version:?} {tool}: {answer:?}");
            assert_ne!(answer.json()["result"]["isError"], json!(true), "{version:?} {tool}: {answer:?}");
            assert!(!answer.headers.contains_key("www-authenticate") && !answer.text.contains("missing"), "{answer:?}");
            assert_eq!(
                members(&record, &["outcome", "rule", "missing"]),
                json!({"outcome": "would_be_refused", "rule": "scope", "missing": missing}),
                "{version:?} {tool}: {record:#}"
            );
        }
    }
    // Authentication stays strict.
    assert_eq!(recorded.server.send(call("read").build()).await.status, StatusCode::UNAUTHORIZED);
    let expired = recorded.server.token_builder("todo:read").expires_in(-3600).sign();
    assert_eq!(recorded.server.call("read", &expired).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn report_only_operation_still_requires_the_baseline() {
    let recorded = Recorded::start().await;
    let (answer, record) = recorded.record(call("trial"), &recorded.server.token("other")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.challenge(), insufficient("todo:read todo:trial"));
    assert_eq!(record["outcome"], "refused");
    // The others are enforced.
    let (answer, _) = recorded.record(call("write"), &recorded.server.token("todo:read")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn report_only_lists_hide_nothing() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = builder(&issuer)
        .enforcement(Enforcement::ReportOnly)
        .disclosure(Disclosure::new().visibility(Visibility::Granted))
        .tools(Notes::default());
    let router = with_health(server.build().await.unwrap());
    let token = issuer.token().audience(RESOURCE).scope("other").sign();
    let list = exchange(&router, request_in(VERSIONS[2], "tools/list", json!({})).bearer(&token).build()).await;
    assert_eq!(list.json()["result"]["tools"].as_array().unwrap().len(), 6, "{list:?}");
}

#[tokio::test]
async fn report_lists_calls_by_client_and_operation() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = builder(&issuer).enforcement(Enforcement::ReportOnly).tools(Notes::default()).build().await.unwrap();
    let handle = server.decisions();
    let router = with_health(server);
    for (client, tool, times) in [("a", "read", 1), ("a", "write", 3), ("b", "write", 2)] {
        let token = issuer.token().audience(RESOURCE).scope("todo:read").claim("client_id", client).sign();
        for _ in 0..times {
            assert_eq!(exchange(&router, call(tool).bearer(&token).build()).await.status, StatusCode::OK);
        }
    }
    let report: Vec<_> = handle
        .report()
        .into_iter()
        .map(|calls| (calls.client.unwrap(), calls.operation.unwrap(), calls.missing.to_string(), calls.count))
        .collect();
    let calls = |client: &str, count| (client.to_owned(), "write".to_owned(), "todo:write".to_owned(), count);
    assert_eq!(report, [calls("a", 3), calls("b", 2)]);
}

/// A request through a real connection has the network of its client.
#[tokio::test]
async fn network_of_refused_clients_is_recorded() {
    let records = Collector::default();
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let server = ResourceServer::builder(&url)
        .issuer(issuer.issuer())
        .observation(Observation::new().decisions(Decisions::new().sink(records.clone())))
        .tools(Notes::default())
        .build()
        .await
        .unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve_until(listener.into_std().unwrap(), async move {
        let _ = stopped.await;
    }));
    let client = reqwest::Client::new();
    assert_eq!(client.post(&url).body("{}").send().await.unwrap().status(), 401);
    let token = issuer.token().audience(&url).scope("a").sign();
    for _ in 0..20 {
        let post = call("read").bearer(&token);
        let request = post
            .headers
            .iter()
            .filter(|(name, _)| name != "host")
            .fold(client.post(&url), |request, (name, value)| request.header(name, value));
        assert_eq!(request.body(post.body).send().await.unwrap().status(), 403);
    }
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    // Stopping writes everything.
    let records = records.wait_for(21).await;
    assert_eq!(
        members(&records[20], &["event", "rule", "network", "count"]),
        json!({"event": "refusals", "rule": "token_missing", "network": "127.0.0.0/24", "count": 1}),
    );
}

#[tokio::test]
async fn routes_of_the_application_are_recorded() {
    let records = Collector::default();
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = builder(&issuer)
        .observation(Observation::new().decisions(Decisions::new().sink(records.clone())))
        .tools(Notes::default())
        .build()
        .await
        .unwrap();
    let guard = server.route_guard();
    let app = axum::Router::new()
        .route("/todos/{id}", axum::routing::get(|| async { "[]" }))
        .route_layer(guard.scope(Scope::from_static("todo:write")))
        .route_layer(guard.authenticated());
    for (scope, status, outcome) in [("todo:write", 200, "allowed"), ("todo:read", 403, "refused")] {
        let token = issuer.token().audience(RESOURCE).scope(scope).sign();
        let get = raw("").method(Method::GET).uri("/todos/7").bearer(&token);
        assert_eq!(exchange(&app, get.build()).await.status, status);
        let record = records.only().await;
        assert_eq!(
            members(&record, &["kind", "operation", "outcome", "status"]),
            json!({
                "kind": "route", "operation": "GET /todos/{id}", "outcome": outcome, "status": status,
            })
        );
    }
}

#[tokio::test]
async fn initialize_is_recorded_with_its_revision() {
    let recorded = Recorded::start().await;
    let token = recorded.server.token("todo:read");
    let post = initialize(VERSIONS[1]).without("mcp-protocol-version");
    let (_, record) = recorded.record(post, &token).await;
    assert_eq!(
        members(&record, &["kind", "operation", "revision"]),
        json!({
            "kind": "method", "operation": "initialize", "revision": "2025-11-25",
        })
    );
}

/// Nothing is let through that is not recorded.
#[tokio::test]
async fn layers_without_a_recorder_enforce_report_only_tools() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let notes = Notes::default();
    let runs = notes.0.clone();
    let config = StreamableHttpServerConfig::default().with_legacy_session_mode(false).disable_allowed_hosts();
    let rmcp = StreamableHttpService::new(move || Ok(notes.clone()), Arc::<LocalSessionManager>::default(), config);
    let gate = GateLayer::new::<Notes>(1024 * 1024);
    let challenger = Challenger::new("https://todo.example.com/.well-known/oauth-protected-resource/mcp");
    let service = AuthLayer::new(validator, Policy::default(), challenger).for_mcp().layer(gate.layer(rmcp));
    let router = axum::Router::new().fallback_service(service);
    for (scope, status, ran) in [("todo:read", 403, 0), ("todo:trial", 200, 1)] {
        let token = issuer.token().audience(RESOURCE).scope(scope).sign();
        assert_eq!(exchange(&router, call("trial").bearer(&token).build()).await.status, status, "{scope}");
        assert_eq!(runs.so_far(), ran, "{scope}");
    }
}
