//! Regression tests for the findings of the security review: equivalent spellings, and unexpected operations.

use std::convert::Infallible;
use std::str::FromStr;

use http::StatusCode;
use mcp_guard::error::InvalidScope;
use mcp_guard::prelude::*;
use mcp_guard::{InsufficientScope, LocalServer, ResourceUri};
use rmcp::model::{CompleteRequestParams, CompleteResult, ServerCapabilities, ServerConfig, SubscriptionFilter};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use serde_json::{Value, json};

use crate::support::{Answer, Runs, Server, VERSIONS, call, request_in};

/// The tenant of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Tenant(String);

impl FromStr for Tenant {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Tenant {
    fn scope(&self) -> Result<Scope, InvalidScope> {
        Scope::new(format!("tenant:{}", self.0))
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Brief {
    tenant: String,
}

impl Brief {
    fn scope(&self) -> Result<Scope, InvalidScope> {
        Tenant(self.tenant.clone()).scope()
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Letter {
    text: String,
}

impl Letter {
    /// Contains a bug: panics for empty texts, and for texts that start with a two-byte character.
    fn scopes(&self) -> Option<Scope> {
        (&self.text[..1] == "!").then(|| Scope::from_static("shout"))
    }
}

/// A type named `Parameters` that deserializes other arguments than its type parameter.
mod renamed {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    pub(super) struct Lenient {
        #[serde(alias = "target")]
        pub(super) list: Option<String>,
    }

    /// Has the name of the extractor, but another type parameter.
    pub(super) type Parameters<T> = mcp_guard::prelude::Parameters<Marked<T>>;

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[serde(transparent)]
    pub(super) struct Marked<T>(pub(super) Lenient, #[serde(skip)] std::marker::PhantomData<T>);
}

/// The type parameter in the signature.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Strict {
    list: Option<String>,
}

#[derive(Clone, Default)]
struct Office {
    runs: Runs,
}

#[guarded_tools(own_handler)]
impl Office {
    /// A document of a tenant.
    #[guarded_resource(uri = "docs://{tenant}/{id}", authenticated, scopes_for = |tenant| tenant.scope())]
    async fn document(&self, tenant: Tenant, id: String) -> String {
        self.runs.ran();
        format!("{}/{id}", tenant.0)
    }

    /// A brief of a tenant.
    #[guarded_prompt(authenticated, scopes_for = Brief::scope)]
    async fn brief(&self, Parameters(brief): Parameters<Brief>) -> String {
        self.runs.ran();
        brief.tenant
    }

    /// For administrators.
    #[guarded_resource(uri = "office://notes/secret!", scope = "admin")]
    async fn secret(&self) -> String {
        self.runs.ran()
    }

    /// For every authenticated caller.
    #[guarded_resource(uri = "office://notes/{name}", authenticated)]
    async fn note(&self, name: String) -> String {
        self.runs.ran();
        name
    }

    /// For administrators.
    #[guarded_resource(uri = "office://search?q=salary&all=1", scope = "admin")]
    async fn salaries(&self) -> String {
        self.runs.ran()
    }

    /// For every authenticated caller.
    #[guarded_resource(uri = "office://search{?q,all}", authenticated)]
    async fn search(&self, q: Option<String>, all: Option<String>, ResourceUri(uri): ResourceUri) -> String {
        self.runs.ran();
        format!("{uri} {q:?} {all:?}")
    }

    /// Requires the scopes of the arguments that it deserializes.
    #[guarded_tool(authenticated, scopes_for = |list: &renamed::Marked<Strict>| list.0.list.as_ref().map(|_| Scope::from_static("share")))]
    async fn share(&self, list: renamed::Parameters<Strict>) -> String {
        self.runs.ran();
        list.0.0.list.unwrap_or_default()
    }

    /// Its scope function panics.
    #[guarded_tool(authenticated, scopes_for = Letter::scopes)]
    async fn send(&self, Parameters(letter): Parameters<Letter>) -> String {
        self.runs.ran();
        letter.text
    }

    /// Checks a scope, and fails with an unrelated error.
    #[guarded_tool(authenticated)]
    async fn swallow(&self, token: ValidatedToken) -> Result<String, String> {
        if token.require("admin").is_ok() { Ok(self.runs.ran()) } else { Err("there is no such letter".to_owned()) }
    }

    /// Requires an empty scope set, by mistake.
    #[guarded_tool(authenticated)]
    async fn nothing(&self, token: ValidatedToken) -> Result<String, InsufficientScope> {
        token.require(Vec::<Scope>::new())?;
        Ok(self.runs.ran())
    }

    /// Checks scopes without consequences.
    #[guarded_tool(authenticated)]
    async fn ask(&self, token: ValidatedToken) -> Result<String, String> {
        Err(format!("{} {} {}", token.holds("todo:read"), token.holds("admin"), token.holds("")))
    }
}

#[guarded_handler]
impl ServerHandler for Office {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities: ServerCapabilities = Self::capabilities();
        if let Some(resources) = &mut capabilities.resources {
            resources.subscribe = Some(true);
        }
        ServerConfig::new(capabilities)
    }

    #[guarded(authenticated)]
    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.runs.ran();
        Ok(CompleteResult::default())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    #[guarded(scope = "listen")]
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        drop(context);
        self.runs.ran();
        Ok(())
    }
}

async fn serve() -> Server {
    let office = Office::default();
    Server::serve(office.runs.clone(), office).await
}

/// Returns the status, the scope of the challenge, and the answer.
async fn ask(server: &Server, method: &str, params: Value, granted: &str) -> (StatusCode, Option<String>, Answer) {
    let token = server.token(granted);
    let answer = server.send(request_in(VERSIONS[2], method, params).bearer(&token).build()).await;
    let scope = (answer.status == StatusCode::FORBIDDEN)
        .then(|| answer.json()["error"]["data"]["scope"].as_str().unwrap_or_default().to_owned());
    (answer.status, scope, answer)
}

fn completion(reference: &Value, known: &Value) -> Value {
    json!({"ref": reference, "argument": {"name": "id", "value": ""}, "context": {"arguments": known}})
}

#[tokio::test]
async fn completion_requires_argument_scopes() {
    let server = serve().await;
    let template = json!({"type": "ref/resource", "uri": "docs://{tenant}/{id}"});
    let prompt = json!({"type": "ref/prompt", "name": "brief"});
    for reference in [template, prompt] {
        let runs = server.runs();
        let other = completion(&reference, &json!({"tenant": "other"}));
        let (status, scope, answer) = ask(&server, "completion/complete", other, "todo:read tenant:mine").await;
        assert_eq!((status, scope.as_deref()), (StatusCode::FORBIDDEN, Some("tenant:other todo:read")), "{answer:?}");
        let without_argument = completion(&reference, &json!({}));
        let (_, _, answer) = ask(&server, "completion/complete", without_argument, "todo:read tenant:mine").await;
        assert!(answer.json()["error"].is_object(), "a completion without the argument succeeded: {answer:?}");
        assert_eq!(server.runs(), runs);
        let mine = completion(&reference, &json!({"tenant": "mine"}));
        let (status, _, answer) = ask(&server, "completion/complete", mine, "todo:read tenant:mine").await;
        assert_eq!(status, StatusCode::OK, "{answer:?}");
        assert_eq!(server.runs(), runs + 1);
    }
}

#[tokio::test]
async fn completion_requires_known_reference() {
    let server = serve().await;
    for (uri, expected) in [
        ("office://notes/secret!", Some("admin todo:read")),
        ("office://notes/secret%21", Some("admin todo:read")),
        ("docs://other/1", Some("tenant:other todo:read")),
        ("office://notes/{nam}", None),
        ("office://notes/{+name}", None),
        ("office://elsewhere", None),
    ] {
        let params = completion(&json!({"type": "ref/resource", "uri": uri}), &json!({}));
        let (status, scope, answer) = ask(&server, "completion/complete", params, "todo:read").await;
        let status_expected = if expected.is_some() { StatusCode::FORBIDDEN } else { StatusCode::BAD_REQUEST };
        assert_eq!((status, scope.as_deref()), (status_expected, expected), "{uri}: {answer:?}");
    }
    let unknown = completion(&json!({"type": "ref/prompt", "name": "unknown"}), &json!({}));
    assert_eq!(ask(&server, "completion/complete", unknown, "todo:read").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn equivalent_uri_requires_the_same_scopes() {
    let server = serve().await;
    for (uri, is_secret) in [
        ("office://notes/secret!", true),
        ("office://notes/secret%21", true),
        ("office://notes/secret", false),
        ("office://search?q=salary&all=1", true),
        ("office://search?all=1&q=salary", true),
        ("office://search?q=salary", false),
    ] {
        let (status, scope, answer) = ask(&server, "resources/read", json!({"uri": uri}), "todo:read").await;
        let expected = if is_secret { StatusCode::FORBIDDEN } else { StatusCode::OK };
        assert_eq!(status, expected, "{uri}: {answer:?}");
        assert_eq!(scope.is_some(), is_secret, "{uri}");
        let (status, ..) = ask(&server, "resources/read", json!({"uri": uri}), "todo:read admin").await;
        assert_eq!(status, StatusCode::OK, "{uri}");
    }
}

#[tokio::test]
async fn scopes_use_the_actual_argument_type() {
    let server = serve().await;
    for arguments in [json!({"list": "x"}), json!({"target": "x"})] {
        let params = json!({"name": "share", "arguments": arguments});
        let (status, scope, answer) = ask(&server, "tools/call", params, "todo:read").await;
        assert_eq!((status, scope.as_deref()), (StatusCode::FORBIDDEN, Some("share todo:read")), "{answer:?}");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn panicking_scope_function_rejects_the_call() {
    let server = serve().await;
    for text in ["", "é"] {
        let params = json!({"name": "send", "arguments": {"text": text}});
        let (status, _, answer) = ask(&server, "tools/call", params.clone(), "todo:read").await;
        assert!(status.is_success() || status.is_server_error(), "{answer:?}");
        assert_eq!(answer.json()["error"]["code"], -32603, "{answer:?}");
        let unauthenticated = request_in(VERSIONS[2], "tools/call", params);
        let answer = server.send(unauthenticated.bearer("garbage").build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "the scope function ran without a token");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn failure_after_a_rejected_requirement_is_a_403() {
    let server = serve().await;
    let swallowed = server.send(call("swallow").bearer(&server.token("todo:read")).build()).await;
    assert_eq!(swallowed.status, StatusCode::FORBIDDEN, "the text of the error does not count: {swallowed:?}");
    let asked = server.send(call("ask").bearer(&server.token("todo:read")).build()).await;
    assert_eq!((asked.status, asked.result_text().as_str()), (StatusCode::OK, "true false false"));
}

#[tokio::test]
async fn empty_late_requirement_rejects_every_caller() {
    let server = serve().await;
    let answer = server.send(call("nothing").bearer(&server.token("todo:read")).build()).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{answer:?}");
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn subscription_requires_resource_scopes() {
    let server = serve().await;
    let listen = |uris: Value| json!({"notifications": {"resourceSubscriptions": uris}});
    for (uris, granted, needed) in [
        (json!(["office://notes/a"]), "todo:read", Some("listen todo:read")),
        (json!(["office://notes/a", "office://notes/secret!"]), "todo:read listen", Some("admin listen todo:read")),
        (json!(["docs://other/1"]), "todo:read listen tenant:mine", Some("listen tenant:other todo:read")),
        (json!(["docs://mine/1"]), "todo:read listen tenant:mine", None),
    ] {
        let runs = server.runs();
        let (status, scope, answer) = ask(&server, "subscriptions/listen", listen(uris.clone()), granted).await;
        assert_eq!(scope.as_deref(), needed, "{uris} with {granted}: {answer:?}");
        assert_eq!(status == StatusCode::OK, needed.is_none(), "{answer:?}");
        assert_eq!(server.runs() - runs, usize::from(needed.is_none()), "{uris} with {granted}: {answer:?}");
    }
    let many: Vec<String> = (0..101).map(|i| format!("docs://{i}/1")).collect();
    let (status, ..) = ask(&server, "subscriptions/listen", listen(json!(many)), "todo:read listen").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let unauthenticated = request_in(VERSIONS[2], "subscriptions/listen", listen(json!(&many[..100])));
    let answer = server.send(unauthenticated.bearer("garbage").build()).await;
    assert!(answer.challenge().len() < 1024, "{answer:?}");
}

#[tokio::test]
async fn inner_lock_guards_subscriptions() {
    let office = Office::default();
    let (server, client) = tokio::io::duplex(64 * 1024);
    let served = office.clone();
    let server = tokio::spawn(async move { served.serve(server).await.unwrap().waiting().await });
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": VERSIONS[2].0,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let discover = json!({"jsonrpc": "2.0", "id": 0, "method": "server/discover", "params": {"_meta": meta}});
    let listen = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {
        "notifications": {"resourceSubscriptions": ["office://notes/a"]},
        "_meta": meta,
    }});
    let mut lines = Vec::new();
    {
        use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};
        let (reader, mut writer) = tokio::io::split(client);
        writer.write_all(format!("{discover}\n{listen}\n").as_bytes()).await.unwrap();
        let mut reader = tokio::io::BufReader::new(reader).lines();
        while let Ok(Some(line)) = reader.next_line().await {
            let done = line.contains("\"id\":1");
            lines.push(line);
            if done {
                break;
            }
        }
    }
    assert!(
        lines.iter().any(|line| line.contains("\"error\"") && line.contains("Authentication is not configured")),
        "{lines:?}"
    );
    assert_eq!(office.runs.so_far(), 0);
    server.abort();
}

#[tokio::test]
async fn unknown_notifications_are_rejected() {
    let server = serve().await;
    let token = server.token("todo:read admin");
    let body = r#"{"jsonrpc":"2.0","method":"notifications/delete_all"}"#;
    let post = crate::support::raw(body).header("mcp-protocol-version", VERSIONS[1].0).bearer(&token);
    assert_eq!(server.send(post.build()).await.status, StatusCode::BAD_REQUEST);
}

#[test]
fn local_server_with_variable_scopes_builds() {
    assert!(LocalServer::builder(Office::default(), None).build().is_ok());
}
