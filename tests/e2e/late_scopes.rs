//! Scopes that an operation requires late, while it runs.

use std::sync::Arc;

use http::StatusCode;
use http_body_util::BodyExt as _;
use mcp_guard::layer::{AuthLayer, Challenger, GateLayer};
use mcp_guard::policy::{Hierarchy, Policy};
use mcp_guard::prelude::*;
use mcp_guard::settings::Sessions;
use mcp_guard::{InsufficientScope, Issuer};
use mcp_guard_dev::DevAuthServer;
use rmcp::model::{
    CallToolResult, CompleteRequestParams, CompleteResult, ContentBlock, IntoContents, NumberOrString,
    ProgressNotificationParam, ProgressToken,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, Peer, RoleServer, ServerHandler};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Notify};
use tower::{Layer as _, ServiceExt as _};

use crate::support::{Answer, METADATA, RESOURCE, Runs, Server, VERSIONS, call, call_in, insufficient, request_in};

/// A caller with `todo:write` has these scopes; sharing requires more.
const BOTH: &str = "todo:read todo:write";
const ALL: &str = "todo:read todo:share todo:write";

/// Operations that check scopes late: they run until the check.
#[derive(Clone)]
struct Shares {
    runs: Runs,
    go_on: Arc<Notify>,
    together: Arc<Barrier>,
}

impl Default for Shares {
    fn default() -> Self {
        Self { runs: Runs::default(), go_on: Arc::default(), together: Arc::new(Barrier::new(2)) }
    }
}

/// The error type of a tool.
enum ShareError {
    Scope(InsufficientScope),
    Other,
}

impl From<InsufficientScope> for ShareError {
    fn from(error: InsufficientScope) -> Self {
        Self::Scope(error)
    }
}

impl IntoContents for ShareError {
    fn into_contents(self) -> Vec<ContentBlock> {
        match self {
            Self::Scope(error) => vec![ContentBlock::text(format!("cannot share: {error}"))],
            Self::Other => vec![ContentBlock::text("something else")],
        }
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Wanted {
    scope: String,
}

#[guarded_tools(own_handler)]
impl Shares {
    /// Checks a scope and returns the error.
    #[guarded_tool(scope = "todo:write")]
    async fn share(&self, token: ValidatedToken) -> Result<String, InsufficientScope> {
        token.require("todo:share")?;
        Ok(self.runs.ran())
    }

    /// Like `share`, with its own error type.
    #[guarded_tool(scope = "todo:write")]
    async fn own_error(&self, token: ValidatedToken) -> Result<String, ShareError> {
        token.require("todo:share")?;
        self.runs.ran();
        Err(ShareError::Other)
    }

    /// Like `share`, with a protocol error.
    #[guarded_tool(scope = "todo:write")]
    async fn protocol_error(&self, token: ValidatedToken) -> Result<CallToolResult, ErrorData> {
        token.require("todo:share")?;
        Ok(CallToolResult::success(vec![ContentBlock::text(self.runs.ran())]))
    }

    /// Handles the denial itself.
    #[guarded_tool(scope = "todo:write")]
    async fn caught(&self, token: ValidatedToken) -> Result<String, InsufficientScope> {
        Ok(if token.require("todo:share").is_ok() { "shared".to_owned() } else { "kept".to_owned() })
    }

    /// Prefers one scope, but accepts another.
    #[guarded_tool(scope = "todo:write")]
    async fn second_choice(&self, token: ValidatedToken) -> Result<String, InsufficientScope> {
        if token.require("admin").is_err() {
            token.require("todo:share")?;
        }
        Ok(self.runs.ran())
    }

    /// Checks the scopes in its arguments.
    #[guarded_tool(scope = "todo:read")]
    async fn wanted(&self, Parameters(wanted): Parameters<Wanted>, token: ValidatedToken) -> Result<String, ErrorData> {
        token.require(wanted.scope.as_str())?;
        Ok(self.runs.ran())
    }

    /// Checks the scopes in its arguments, and ignores the result.
    #[guarded_tool(scope = "todo:read")]
    async fn careless(&self, Parameters(wanted): Parameters<Wanted>, token: ValidatedToken) -> String {
        format!("{:?}", token.require(wanted.scope.as_str()).is_ok())
    }

    /// Sends a notification before it checks a scope.
    #[guarded_tool(scope = "todo:write")]
    async fn noisy(&self, peer: Peer<RoleServer>, token: ValidatedToken) -> Result<String, InsufficientScope> {
        let progress = ProgressNotificationParam::new(ProgressToken(NumberOrString::Number(1)), 0.5);
        peer.notify_progress(progress).await.unwrap();
        self.go_on.notified().await;
        token.require("todo:share")?;
        Ok(self.runs.ran())
    }

    /// Waits for the other call, then checks the scopes in its arguments.
    #[guarded_tool(scope = "todo:read")]
    async fn together(
        &self,
        Parameters(wanted): Parameters<Wanted>,
        token: ValidatedToken,
    ) -> Result<String, InsufficientScope> {
        self.together.wait().await;
        let asked = token.require(wanted.scope.as_str());
        self.together.wait().await;
        asked.map(|()| "ran".to_owned())
    }

    /// Checks a scope in a prompt.
    #[guarded_prompt(scope = "todo:write")]
    async fn plan(&self, token: ValidatedToken) -> Result<String, ErrorData> {
        token.require("todo:share")?;
        Ok(self.runs.ran())
    }

    /// Checks a scope in a resource.
    #[guarded_resource(uri = "todo://{id}", scope = "todo:write")]
    async fn one(&self, id: u64, token: ValidatedToken) -> Result<String, InsufficientScope> {
        token.require("todo:share")?;
        Ok(format!("{id} {}", self.runs.ran()))
    }
}

#[guarded_handler]
impl ServerHandler for Shares {
    #[guarded(scope = "todo:read")]
    async fn complete(
        &self,
        _: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let token = ValidatedToken::of(&context)
            .ok_or_else(|| ErrorData::invalid_request("an access token is required", None))?;
        token.require("todo:share")?;
        self.runs.ran();
        Ok(CompleteResult::default())
    }
}

async fn serve() -> Server {
    let shares = Shares::default();
    Server::serve(shares.runs.clone(), shares).await
}

fn wanted(tool: &str, scope: &str) -> crate::support::Post {
    request_in(VERSIONS[2], "tools/call", json!({"name": tool, "arguments": {"scope": scope}}))
}

fn assert_forbidden(answer: &Answer, scope: &str, case: &str) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{case}: {answer:?}");
    assert_eq!(answer.challenge(), insufficient(scope), "{case}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{case}");
    let body = answer.json();
    assert_eq!(body["id"], 7, "{case}");
    assert_eq!(body["error"]["code"], 403, "{case}");
    assert_eq!(body["error"]["data"]["scope"], scope, "{case}");
    assert!(body.get("result").is_none(), "{case}");
}

/// Checks the denial of a call whose HTTP status was already sent.
fn assert_denied_late(message: &Value, scope: &str, case: &str) {
    assert_eq!(message["id"], 7, "{case}: {message}");
    let result = &message["result"];
    assert_eq!(result["isError"], true, "{case}: {message}");
    assert_eq!(
        result["structuredContent"],
        json!({"error": "insufficient_scope", "scope": scope, "resource_metadata": METADATA}),
        "{case}"
    );
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("Insufficient scope: "), "{case}: {message}");
}

#[tokio::test]
async fn late_denial_equals_early_403() {
    let server = serve().await;
    let (both, all) = (server.token(BOTH), server.token(ALL));
    for tool in ["share", "own_error", "protocol_error"] {
        assert_forbidden(&server.call(tool, &both).await, ALL, tool);
        assert_eq!(server.runs(), 0);
    }
    for (tool, text) in [("share", "ran"), ("own_error", "something else"), ("protocol_error", "ran")] {
        let answer = server.call(tool, &all).await;
        assert_eq!((answer.status, answer.result_text().as_str()), (StatusCode::OK, text), "{tool}");
    }
    let early = server.call("share", &server.token("todo:read")).await;
    assert_forbidden(&early, BOTH, "an early denial contains only the early scopes");
}

#[tokio::test]
async fn late_denial_has_the_request_id() {
    let server = serve().await;
    for id in [json!(0), json!(-1), json!("7"), json!("ü\"\\")] {
        let mut post = call("share").bearer(&server.token(BOTH));
        let mut body: Value = serde_json::from_slice(&post.body).unwrap();
        body["id"] = id.clone();
        post.body = body.to_string().into_bytes();
        let answer = server.send(post.build()).await;
        assert_eq!((answer.status, &answer.json()["id"]), (StatusCode::FORBIDDEN, &id));
    }
}

#[tokio::test]
async fn stateless_older_revisions_get_late_denials() {
    let shares = Shares::default();
    let server =
        Server::serve_with(shares.runs.clone(), shares, |builder| builder.sessions(Sessions::new().legacy(false)))
            .await;
    for version in VERSIONS {
        let answer = server.send(call_in(version, "share").bearer(&server.token(BOTH)).build()).await;
        assert_forbidden(&answer, ALL, version.0);
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn legacy_session_gets_late_denial_as_tool_error() {
    let server = serve().await;
    let both = server.token(BOTH);
    for version in VERSIONS.into_iter().filter(|version| !version.is_stateless()) {
        let session = server.connect(version, &both).await;
        let post = call_in(version, "share").within(session.as_ref());
        let answer = server.send(post.bearer(&both).build()).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_denied_late(&answer.last_json(), ALL, version.0);
        assert!(answer.last_json()["result"].get("resultType").is_none(), "this revision has no result types");
        let prompt = request_in(version, "prompts/get", json!({"name": "plan"})).within(session.as_ref());
        let answer = server.send(prompt.bearer(&both).build()).await.last_json();
        assert_eq!(answer["error"]["code"], -32600);
        assert_eq!(answer["error"]["data"], json!({"error": "insufficient_scope", "scope": ALL}));
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn handled_late_denial_is_not_reported() {
    let server = serve().await;
    for (granted, text) in [(BOTH, "kept"), (ALL, "shared")] {
        let answer = server.call("caught", &server.token(granted)).await;
        assert_eq!((answer.status, answer.result_text().as_str()), (StatusCode::OK, text), "{answer:?}");
    }
}

#[tokio::test]
async fn optional_scope_is_not_challenged() {
    let server = serve().await;
    assert_forbidden(&server.call("second_choice", &server.token(BOTH)).await, ALL, "the last denial is returned");
    for granted in [ALL, "todo:write admin"] {
        assert_eq!(server.call("second_choice", &server.token(granted)).await.status, StatusCode::OK, "{granted}");
    }
}

#[tokio::test]
async fn late_scopes_follow_requirement_rules() {
    let server = serve().await;
    let base = "todo:read";
    for (granted, scope, needed) in [
        ("todo:write", "todo:read", None),
        ("todo:write", "todo:read todo:write", None),
        ("todo:read a b", "b a", None),
        ("todo:read a", "b a", Some("a b todo:read")),
        ("todo:read", "a", Some("a todo:read")),
        ("todo:read", "todo:write", Some(BOTH)),
        ("todo:read todo:WRITE", "todo:write", Some(BOTH)),
        ("todo:read todo:*", "todo:write", Some(BOTH)),
        ("todo:read ab", "a", Some("a todo:read")),
        (base, base, None),
    ] {
        let case = format!("{scope} with {granted}");
        let answer = server.send(wanted("wanted", scope).bearer(&server.token(granted)).build()).await;
        match needed {
            Some(needed) => assert_forbidden(&answer, needed, &case),
            None => assert_eq!((answer.status, answer.result_text().as_str()), (StatusCode::OK, "ran"), "{case}"),
        }
    }
}

#[tokio::test]
async fn invalid_late_scope_is_a_server_error() {
    let server = serve().await;
    let token = server.token("todo:read a b");
    for scope in ["", " ", "a b\"c", "a\\b", "a\u{7f}", "ä", "a\tb", "a\nb"] {
        let answer = server.send(wanted("wanted", scope).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{scope:?}: {answer:?}");
        assert!(answer.header("www-authenticate").is_none(), "{scope:?}: no other token would help");
        assert_eq!((&answer.json()["id"], &answer.json()["error"]["code"]), (&json!(7), &json!(-32603)));
        assert!(answer.json()["error"].get("data").is_none(), "{answer:?}");
        let careless = server.send(wanted("careless", scope).bearer(&token).build()).await;
        assert_eq!(careless.result_text(), "false", "{scope:?}");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn concurrent_requests_have_separate_denials() {
    let server = serve().await;
    let token = server.token("todo:read a");
    for (one, other) in [(Some("b"), Some("c")), (Some("b"), None), (None, Some("b"))] {
        let send = |scope: Option<&str>| server.send(wanted("together", scope.unwrap_or("a")).bearer(&token).build());
        let (first, second) = tokio::join!(send(one), send(other));
        for (answer, scope) in [(first, one), (second, other)] {
            match scope {
                Some(scope) => assert_forbidden(&answer, &format!("{scope} todo:read"), scope),
                None => assert_eq!((answer.status, answer.result_text().as_str()), (StatusCode::OK, "ran")),
            }
        }
    }
    let again = server.send(wanted("wanted", "a").bearer(&token).build()).await;
    assert_eq!(again.status, StatusCode::OK, "the token is still valid");
}

#[tokio::test]
async fn session_denial_ends_with_its_request() {
    let server = serve().await;
    let token = server.token(BOTH);
    let session = server.connect(VERSIONS[0], &token).await;
    for (tool, is_error) in [("share", true), ("caught", false), ("share", true)] {
        let post = call_in(VERSIONS[0], tool).within(session.as_ref()).bearer(&token);
        let result = server.send(post.build()).await.last_json()["result"].clone();
        assert_eq!(result["isError"] == true, is_error, "{tool}: {result}");
    }
}

#[tokio::test]
async fn prompts_resources_and_methods_support_late_denials() {
    let server = serve().await;
    let complete = |reference: Value| {
        let params = json!({"ref": reference, "argument": {"name": "id", "value": ""}});
        request_in(VERSIONS[2], "completion/complete", params)
    };
    let by_prompt = complete(json!({"type": "ref/prompt", "name": "plan"}));
    let by_template = complete(json!({"type": "ref/resource", "uri": "todo://{id}"}));
    for (case, post, granted, needed) in [
        ("prompt", request_in(VERSIONS[2], "prompts/get", json!({"name": "plan"})), BOTH, ALL),
        ("resource", request_in(VERSIONS[2], "resources/read", json!({"uri": "todo://1"})), BOTH, ALL),
        ("method about a prompt", by_prompt, BOTH, ALL),
        ("method about a template", by_template, BOTH, ALL),
    ] {
        assert_forbidden(&server.send(post.clone().bearer(&server.token(granted)).build()).await, needed, case);
        assert_eq!(server.runs(), 0, "{case}");
        let allowed = server.send(post.bearer(&server.token(ALL)).build()).await;
        assert_eq!(allowed.status, StatusCode::OK, "{case}: {allowed:?}");
        assert!(allowed.json().get("error").is_none(), "{case}: {allowed:?}");
        assert!(server.runs() > 0, "{case}");
        server.runs.reset();
    }
}

/// Builds the layers around rmcp with its defaults, so that it responds with events.
async fn events(shares: Shares, sessions: bool) -> Server {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let scope = Scope::from_static;
    let hierarchy = Hierarchy::new([(scope("todo:write"), scope("todo:read"))]).unwrap();
    let policy = Policy::new(scope("todo:read").into(), hierarchy, false);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(sessions)
        .with_json_response(false)
        .disable_allowed_hosts();
    let runs = shares.runs.clone();
    let rmcp = StreamableHttpService::new(move || Ok(shares.clone()), Arc::<LocalSessionManager>::default(), config);
    let gate = GateLayer::new::<Shares>(1024 * 1024);
    let service = AuthLayer::new(validator, policy, Challenger::new(METADATA)).for_mcp().layer(gate.layer(rmcp));
    Server { issuer, router: axum::Router::new().fallback_service(service), runs, reference: None }
}

#[tokio::test]
async fn event_stream_gets_403_before_the_first_event() {
    let server = events(Shares::default(), true).await;
    assert_forbidden(&server.call("share", &server.token(BOTH)).await, ALL, "share");
    let prompt = request_in(VERSIONS[2], "prompts/get", json!({"name": "plan"}));
    assert_forbidden(&server.send(prompt.bearer(&server.token(BOTH)).build()).await, ALL, "plan");
    let allowed = server.call("share", &server.token(ALL)).await;
    assert_eq!(allowed.header("content-type"), Some("text/event-stream"));
    assert_eq!(allowed.last_json()["result"]["content"][0]["text"], "ran");
    assert_eq!(server.runs(), 1);
}

#[tokio::test]
async fn older_event_streams_get_a_tool_error() {
    let server = events(Shares::default(), false).await;
    for version in VERSIONS.into_iter().filter(|version| !version.is_stateless()) {
        let answer = server.send(call_in(version, "share").bearer(&server.token(BOTH)).build()).await;
        // rmcp sends the head before it calls the tool, so the timing determines which of the two it is.
        match answer.status {
            StatusCode::FORBIDDEN => assert_forbidden(&answer, ALL, version.0),
            _ => assert_denied_late(&answer.last_json(), ALL, version.0),
        }
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn denial_after_the_first_event_is_a_tool_error() {
    for json_first in [true, false] {
        let shares = Shares::default();
        let go_on = Arc::clone(&shares.go_on);
        let server = match json_first {
            true => Server::serve(shares.runs.clone(), shares).await,
            false => events(shares, true).await,
        };
        let request = call("noisy").bearer(&server.token(BOTH)).build();
        let response = server.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        go_on.notify_one();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert!(text.contains("notifications/progress"), "{text}");
        let answer = Answer { status: parts.status, headers: parts.headers, text };
        assert_denied_late(&answer.last_json(), ALL, "noisy");
        assert_eq!(answer.last_json()["result"]["resultType"], "complete");
        assert_eq!(server.runs(), 0);
    }
}

#[tokio::test]
async fn token_outside_server_requires_explicit_scopes() {
    let token = ValidatedToken::new(mcp_guard::token::TokenParts {
        scopes: "todo:write a".parse().unwrap(),
        ..mcp_guard::token::TokenParts::default()
    });
    for (scopes, held) in [("a", true), ("a todo:write", true), ("todo:read", false), ("", false), ("a\"", false)] {
        assert_eq!(token.require(scopes).is_ok(), held, "{scopes:?}");
    }
    let error = token.require("todo:share b").unwrap_err();
    assert_eq!(error.needed().to_string(), "b todo:share");
    let shares = Shares::default();
    assert!(shares.share(token).await.is_err());
    assert_eq!(shares.runs.so_far(), 0);
}
