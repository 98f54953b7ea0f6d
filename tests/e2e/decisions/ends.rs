//! The end of a record: panics, tokens that outlive it, several servers on a route, and stopped sinks.

use std::panic::AssertUnwindSafe;

use axum::routing::get;
use futures::FutureExt as _;
use mcp_guard::policy::Requirement;
use rmcp::model::{NumberOrString, ProgressNotificationParam, ProgressToken};
use rmcp::{Peer, RoleServer};
use tower::ServiceExt as _;

use super::*;
use crate::support::Mixed;

/// Operations that end in unusual ways.
#[derive(Clone, Default)]
struct Ends {
    kept: Arc<Mutex<Option<ValidatedToken>>>,
    go_on: Arc<tokio::sync::Notify>,
}

#[guarded_tools]
impl Ends {
    /// Panics. Needs no connection.
    #[guarded_tool(scope = "todo:read")]
    fn panics(&self) -> String {
        panic!("a panic of the application")
    }

    /// Panics behind rmcp's transport.
    #[guarded_tool(scope = "todo:read")]
    async fn panics_connected(&self, _peer: Peer<RoleServer>) -> String {
        panic!("a panic of the application")
    }

    /// Keeps its token. Needs no connection.
    #[guarded_tool(scope = "todo:read")]
    fn keeps(&self, token: ValidatedToken) -> String {
        *self.kept.lock().unwrap() = Some(token);
        "kept".to_owned()
    }

    /// Keeps its token behind rmcp's transport.
    #[guarded_tool(scope = "todo:read")]
    async fn keeps_connected(&self, token: ValidatedToken, _peer: Peer<RoleServer>) -> String {
        *self.kept.lock().unwrap() = Some(token);
        "kept".to_owned()
    }

    /// Sends a notification before it checks a scope.
    #[guarded_tool(scope = "todo:read")]
    async fn noisy(&self, peer: Peer<RoleServer>, token: ValidatedToken) -> Result<String, InsufficientScope> {
        let progress = ProgressNotificationParam::new(ProgressToken(NumberOrString::Number(1)), 0.5);
        peer.notify_progress(progress).await.unwrap();
        *self.kept.lock().unwrap() = Some(token.clone());
        self.go_on.notified().await;
        token.require("todo:share")?;
        Ok("ran".to_owned())
    }
}

async fn serve(ends: &Ends, enforcement: Enforcement) -> (Server, Collector) {
    let records = Collector::default();
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let observation = Observation::new().decisions(Decisions::new().sink(records.clone()));
    let built = builder(&issuer).enforcement(enforcement).observation(observation).tools(ends.clone());
    let router = with_health(built.build().await.unwrap());
    (Server { issuer, router, runs: Runs::default(), reference: None }, records)
}

/// Returns a server whose decisions are recorded.
async fn recorded(url: &str, issuer: &DevAuthServer) -> (ResourceServer, Collector) {
    let records = Collector::default();
    let observation = Observation::new().decisions(Decisions::new().sink(records.clone()));
    let server = ResourceServer::builder(url).issuer(issuer.issuer()).allow_anonymous().observation(observation);
    (server.tools(Mixed::default()).build().await.unwrap(), records)
}

const ROUTE: [&str; 5] = ["kind", "operation", "outcome", "rule", "status"];

/// The request was allowed, and its operation failed: the response has the error.
#[tokio::test]
async fn panic_of_an_operation_is_recorded_as_allowed() {
    let (server, records) = serve(&Ends::default(), Enforcement::Enforced).await;
    let token = server.token("todo:read");
    for version in VERSIONS {
        let session = server.connect(version, &token).await;
        if session.is_some() {
            records.wait_for(2).await;
            records.0.lock().unwrap().clear();
        }
        for tool in ["panics", "panics_connected"] {
            let post = call_in(version, tool).within(session.as_ref());
            let answer = server.send(post.bearer(&token).build()).await;
            assert_eq!(
                (answer.status, &answer.last_json()["error"]["code"]),
                (StatusCode::OK, &json!(-32603)),
                "{tool}"
            );
            assert_eq!(
                members(&records.only().await, &ROUTE),
                json!({"kind": "tool", "operation": tool, "outcome": "allowed", "rule": null, "status": 200}),
                "{version:?}"
            );
        }
    }
}

/// Nothing catches the panic of a route in front of its guard, so there is no response.
#[tokio::test]
async fn panic_of_a_route_is_recorded_as_a_server_error() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let (server, records) = recorded(RESOURCE, &issuer).await;
    async fn panics() -> &'static str {
        panic!("a panic of the application")
    }
    let app = axum::Router::new()
        .route("/todos", get(panics))
        .route_layer(server.route_guard().scope(Scope::from_static("todo:read")));
    let token = issuer.token().audience(RESOURCE).scope("todo:read").sign();
    let request = raw("").method(Method::GET).uri("/todos").bearer(&token).build();
    assert!(AssertUnwindSafe(app.oneshot(request)).catch_unwind().await.is_err());
    assert_eq!(
        members(&records.only().await, &ROUTE),
        json!({"kind": "route", "operation": "GET /todos", "outcome": "refused", "rule": "server_error", "status": 500})
    );
}

/// Nothing is let through that is not recorded.
#[tokio::test]
async fn kept_token_is_enforced_after_its_record() {
    for enforcement in [Enforcement::Enforced, Enforcement::ReportOnly] {
        for tool in ["keeps", "keeps_connected"] {
            let ends = Ends::default();
            let (server, records) = serve(&ends, enforcement).await;
            let answer = server.call(tool, &server.token("todo:read")).await;
            assert_eq!(answer.result_text(), "kept", "{tool}");
            let record = records.only().await;
            assert_eq!(members(&record, &["outcome", "late"]), json!({"outcome": "allowed", "late": null}), "{tool}");
            let token = ends.kept.lock().unwrap().take().unwrap();
            let later = tokio::spawn(async move { (token.require("todo:share"), token.require("todo:read")) });
            let (missing, granted) = later.await.unwrap();
            assert_eq!(missing.unwrap_err().needed().to_string(), "todo:read todo:share", "{tool}");
            assert!(granted.is_ok(), "{tool}");
            assert!(records.0.lock().unwrap().is_empty(), "{tool}: one request, one record");
        }
    }
}

/// The record is complete when the operation ends, not with the head of the response.
#[tokio::test]
async fn late_scope_is_recorded_after_the_first_event() {
    for (enforcement, outcome) in [(Enforcement::Enforced, "refused"), (Enforcement::ReportOnly, "would_be_refused")] {
        let ends = Ends::default();
        let (server, records) = serve(&ends, enforcement).await;
        let request = call("noisy").bearer(&server.token("todo:read")).build();
        let response = server.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        ends.go_on.notify_one();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("notifications/progress"), "{text}");
        assert_eq!(text.contains("Insufficient scope"), outcome == "refused", "{text}");
        assert_eq!(
            members(&records.only().await, &["outcome", "rule", "late", "status"]),
            json!({"outcome": outcome, "rule": "scope", "late": ["todo:share"], "status": 200})
        );
        let token = ends.kept.lock().unwrap().take().unwrap();
        assert!(token.require("todo:share").is_err(), "the record is complete");
    }
}

#[tokio::test]
async fn each_server_on_a_route_records_the_request_once() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let (first, of_first) = recorded(RESOURCE, &issuer).await;
    let (second, of_second) = recorded("https://todo.example.com/other/mcp", &issuer).await;
    let handles = [first.decisions(), second.decisions()];
    let (first, second) = (first.route_guard(), second.route_guard());
    let app = axum::Router::new()
        .route("/todos/{id}", get(|| async { "[]" }))
        .route_layer(second.require(Requirement::Public))
        .route_layer(second.require(Requirement::Public))
        .route_layer(first.scope(Scope::from_static("todo:read")))
        .route_layer(first.authenticated());
    let token = issuer.token().audience(RESOURCE).scope("todo:read").subject("alice").sign();
    let request = raw("").method(Method::GET).uri("/todos/7").bearer(&token).build();
    assert_eq!(exchange(&app, request).await.status, StatusCode::OK);
    // A second record without a decision would be counted as a refusal.
    for handle in handles {
        handle.stop().await;
    }
    // The first guard removes the token, so the caller is anonymous for the second one.
    for (records, subject) in [(of_first, json!("alice")), (of_second, Value::Null)] {
        let record = records.only().await;
        assert_eq!(
            members(&record, &ROUTE),
            json!({"kind": "route", "operation": "GET /todos/{id}", "outcome": "allowed", "rule": null, "status": 200})
        );
        assert_eq!(record["subject"], subject);
    }
}

#[tokio::test]
async fn options_request_is_recorded_unless_it_is_a_preflight() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let records = Collector::default();
    let observation = Observation::new().decisions(Decisions::new().sink(records.clone()));
    let server = builder(&issuer).observation(observation).tools(Notes::default()).build().await.unwrap();
    let (guard, handle) = (server.route_guard(), server.decisions());
    let app = axum::Router::new()
        .route("/todos", axum::routing::options(|| async { "GET" }))
        .route_layer(guard.scope(Scope::from_static("todo:read")))
        .merge(server.into_router());
    let options = |path: &str| raw("").method(Method::OPTIONS).uri(path);
    let preflight = |path: &str| {
        options(path).header("origin", "https://app.example.com").header("access-control-request-method", "POST")
    };
    // CORS answers a preflight of the endpoint before anything decides on it.
    assert_eq!(exchange(&app, preflight("/mcp").build()).await.status, StatusCode::OK);
    let token = issuer.token().audience(RESOURCE).scope("todo:read").sign();
    assert_eq!(exchange(&app, options("/todos").bearer(&token).build()).await.status, StatusCode::OK);
    // A route has no CORS of its own: each request needs a token.
    for post in [options("/todos"), preflight("/todos"), options("/mcp")] {
        assert_eq!(exchange(&app, post.build()).await.status, StatusCode::UNAUTHORIZED);
    }
    handle.stop().await;
    let records = records.wait_for(2).await;
    assert_eq!(
        members(&records[0], &ROUTE),
        json!({"kind": "route", "operation": "OPTIONS /todos", "outcome": "allowed", "rule": null, "status": 200})
    );
    assert_eq!(
        members(&records[1], &["event", "rule", "count"]),
        json!({"event": "refusals", "rule": "token_missing", "count": 3})
    );
}

#[tokio::test]
async fn stopped_sinks_have_no_place() {
    for (when_full, status) in [
        (WhenFull::Refuse, StatusCode::SERVICE_UNAVAILABLE),
        (WhenFull::Wait, StatusCode::SERVICE_UNAVAILABLE),
        (WhenFull::Drop, StatusCode::OK),
    ] {
        let sink = Blocked::default();
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let decisions = Decisions::new().sink(sink.clone()).capacity(4).when_full(when_full);
        let built = builder(&issuer).observation(Observation::new().decisions(decisions)).tools(Notes::default());
        let built = built.build().await.unwrap();
        let handle = built.decisions();
        let router = with_health(built);
        let token = issuer.token().audience(RESOURCE).scope("todo:read").sign();
        let send = || exchange(&router, call("read").bearer(&token).build());
        sink.0.store(true, Ordering::SeqCst);
        for _ in 0..4 {
            assert_eq!(send().await.status, StatusCode::OK);
        }
        // A call that waits for a place does not wait for ever.
        let mut waiting = Box::pin(send());
        let before = (&mut waiting).now_or_never();
        let stop = tokio::spawn(async move { handle.stop().await });
        let answer = match before {
            Some(answer) => answer,
            None => tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap(),
        };
        assert_eq!(answer.status, status, "{when_full:?}: {answer:?}");
        sink.0.store(false, Ordering::SeqCst);
        stop.await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(60), send()).await.unwrap();
        assert_eq!(answer.status, status, "{when_full:?}: {answer:?}");
    }
}
