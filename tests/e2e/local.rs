//! A local server makes the same decisions as a server with HTTP.

use std::time::{Duration, SystemTime};

use mcp_guard::policy::Visibility;
use mcp_guard::prelude::*;
use mcp_guard::settings::Disclosure;
use mcp_guard::token::TokenParts;
use mcp_guard::{BuildError, LocalServer, LocalServerBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf};

use crate::library;
use crate::library::{CALLERS, LISTS, Library, shown};
use crate::support::{Fixture, Mixed, Server, VERSIONS, insufficient, request_in};

const READ: Scope = Scope::from_static("todo:read");
const WRITE: Scope = Scope::from_static("todo:write");

/// Returns a caller with these scopes.
fn caller(scopes: &str) -> Option<ValidatedToken> {
    expiring(scopes, None)
}

fn expiring(scopes: &str, expires_at: Option<SystemTime>) -> Option<ValidatedToken> {
    Some(ValidatedToken::new(TokenParts {
        subject: "alice".to_owned(),
        scopes: scopes.parse().unwrap(),
        expires_at,
        ..TokenParts::default()
    }))
}

/// A client of a local server that uses the line protocol of stdio.
pub(crate) struct Client {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
}

impl Client {
    pub(crate) async fn connect<S: GuardedServer + Send + Sync>(server: LocalServerBuilder<S>) -> Self {
        Self::connect_with(server, &json!({})).await
    }

    /// Connects a client with these capabilities.
    pub(crate) async fn connect_with<S: GuardedServer + Send + Sync>(
        server: LocalServerBuilder<S>,
        capabilities: &Value,
    ) -> Self {
        let server = server.build().unwrap();
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(async move {
            let _ = server.serve(theirs).await.unwrap().waiting().await;
        });
        let (reader, writer) = tokio::io::split(ours);
        let mut client = Self { lines: BufReader::new(reader).lines(), writer };
        let hello = json!({
            "protocolVersion": VERSIONS[1].0,
            "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"},
        });
        assert_eq!(client.ask("initialize", &hello).await["result"]["protocolVersion"], VERSIONS[1].0);
        client.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        client
    }

    async fn write(&mut self, message: &Value) {
        self.writer.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    pub(crate) async fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.write(&json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})).await;
        let line = self.lines.next_line().await.unwrap().unwrap();
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["id"], 7, "{message}");
        message
    }

    async fn call(&mut self, tool: &str) -> Value {
        self.ask("tools/call", &json!({"name": tool, "arguments": {}})).await
    }
}

/// Returns the scopes of a denial, or `None` if the message is not one.
fn rejected(message: &Value) -> Option<String> {
    let (text, details) = if message["result"]["isError"] == true {
        (&message["result"]["content"][0]["text"], &message["result"]["structuredContent"])
    } else if message["error"]["code"] == -32600 {
        (&message["error"]["message"], &message["error"]["data"])
    } else {
        return None;
    };
    let (text, scope) = (text.as_str().unwrap(), details["scope"].as_str().unwrap_or_default());
    let is_refusal = text == "Access token required" || text.starts_with("Insufficient scope");
    assert!(is_refusal, "{message}");
    assert!(details.get("resource_metadata").is_none(), "stdio has no resource metadata: {message}");
    Some(scope.to_owned())
}

fn local(caller: Option<ValidatedToken>, library: &Library) -> LocalServerBuilder<Library> {
    LocalServer::builder(library.clone(), caller).baseline([READ]).scope_implies(WRITE, READ).allow_anonymous()
}

#[tokio::test]
async fn local_decisions_equal_http_decisions() {
    let served = Library::default();
    let http = Server::serve_with(served.runs.clone(), served, |builder| builder.allow_anonymous()).await;
    let more = [
        ("tools/call", json!({"name": "put", "arguments": {"shelf": 1}})),
        ("tools/call", json!({"name": "share", "arguments": {}})),
    ];
    let requests = library::requests().into_iter().map(|request| (request.method, request.params)).chain(more);
    let requests: Vec<(&str, Value)> = requests.collect();
    for scopes in CALLERS.into_iter().chain([Some("todo:write shelf:1"), Some("todo:write todo:share")]) {
        let library = Library::default();
        let mut client = Client::connect(local(scopes.and_then(caller), &library)).await;
        for (method, params) in &requests {
            let case = format!("{method} {params} by {scopes:?}");
            let post = request_in(VERSIONS[2], method, params.clone());
            let post = scopes.iter().fold(post, |post, scope| post.bearer(&http.token(scope)));
            let runs = http.runs();
            let answer = http.send(post.build()).await;
            let allowed = http.runs() > runs;

            let runs = library.runs.so_far();
            let message = client.ask(method, params).await;
            assert_eq!(library.runs.so_far() > runs, allowed, "{case}: {message} and {answer:?}");
            let named = rejected(&message);
            assert_eq!(named.is_none(), allowed, "{case}: {message}");
            let challenged = (!allowed).then(|| answer.json()["error"]["data"]["scope"].as_str().unwrap().to_owned());
            assert_eq!(named, challenged, "{case}: {message}");
        }
    }
}

#[tokio::test]
async fn denial_lists_all_scopes_despite_partial_grant() {
    let served = Library::default();
    let http = Server::serve_with(served.runs.clone(), served, |builder| builder.allow_anonymous()).await;
    let params = json!({"ref": {"type": "ref/prompt", "name": "plan"}, "argument": {"name": "a", "value": ""}});
    for scopes in ["todo:write", "todo:read todo:audit", "todo:delete"] {
        let post = request_in(VERSIONS[2], "completion/complete", params.clone()).bearer(&http.token(scopes));
        let needed = "todo:audit todo:read todo:write";
        assert_eq!(http.send(post.build()).await.challenge(), insufficient(needed), "{scopes}");
        let mut client = Client::connect(local(caller(scopes), &Library::default())).await;
        assert_eq!(rejected(&client.ask("completion/complete", &params).await).as_deref(), Some(needed), "{scopes}");
    }
}

#[tokio::test]
async fn local_lists_equal_http_lists() {
    for visibility in [Visibility::All, Visibility::Granted] {
        let served = Library::default();
        let http = Server::serve_with(served.runs.clone(), served, |builder| {
            builder.allow_anonymous().disclosure(Disclosure::new().visibility(visibility))
        })
        .await;
        for scopes in CALLERS {
            let library = Library::default();
            let server = local(scopes.and_then(caller), &library).visibility(visibility);
            let mut client = Client::connect(server).await;
            for list in LISTS {
                let post = request_in(VERSIONS[2], list, json!({}));
                let post = scopes.iter().fold(post, |post, scope| post.bearer(&http.token(scope)));
                let there = shown(&http.send(post.build()).await.json()["result"]);
                let here = shown(&client.ask(list, &json!({})).await["result"]);
                assert_eq!(here, there, "{list} by {scopes:?} {visibility:?}");
            }
        }
    }
}

#[tokio::test]
async fn local_server_without_caller_allows_only_public() {
    let fixture = Fixture::default();
    let mut client = Client::connect(LocalServer::builder(fixture.clone(), None).baseline([READ])).await;
    for (tool, _) in Fixture::guarded_tools().requirements() {
        let message = client.call(tool).await;
        assert!(rejected(&message).is_some(), "{tool}: {message}");
    }
    let list = client.ask("tools/list", &json!({})).await;
    assert_eq!(rejected(&list), Some("todo:read".to_owned()));
    assert_eq!(fixture.runs_so_far(), 0);

    let mut client = Client::connect(LocalServer::builder(Mixed::default(), None).allow_anonymous()).await;
    assert_eq!(client.call("open").await["result"]["content"][0]["text"], "anonymous");
    assert_eq!(rejected(&client.call("shut").await), Some("todo:write".to_owned()));
}

#[tokio::test]
async fn local_token_expires_during_use() {
    let past = SystemTime::now() - Duration::from_secs(1);
    let fixture = Fixture::default();
    let mut client = Client::connect(LocalServer::builder(fixture.clone(), expiring("todo:read", Some(past)))).await;
    for tool in ["read", "who"] {
        assert!(rejected(&client.call(tool).await).is_some(), "{tool}");
    }
    assert_eq!(fixture.runs_so_far(), 0);

    let soon = SystemTime::now() + Duration::from_secs(1);
    let mut client = Client::connect(LocalServer::builder(fixture.clone(), expiring("todo:read", Some(soon)))).await;
    assert_eq!(client.call("read").await["result"]["content"][0]["text"], "ran");
    tokio::time::sleep(soon.duration_since(SystemTime::now()).unwrap_or_default()).await;
    assert!(rejected(&client.call("read").await).is_some());
    assert_eq!(fixture.runs_so_far(), 1);
}

#[tokio::test]
async fn local_server_requires_the_baseline() {
    for (scopes, implies, allowed) in
        [("todo:write", false, false), ("todo:write", true, true), ("todo:write todo:read", false, true)]
    {
        let mut server = LocalServer::builder(Fixture::default(), caller(scopes)).baseline([READ]);
        if implies {
            server = server.scope_implies(WRITE, READ);
        }
        let mut client = Client::connect(server).await;
        let message = client.call("write").await;
        let expected = (!allowed).then(|| "todo:read todo:write".to_owned());
        assert_eq!(rejected(&message), expected, "{scopes} {implies}: {message}");
    }
    let mut client = Client::connect(LocalServer::builder(Fixture::default(), caller("todo:read"))).await;
    assert_eq!(client.call("who").await["result"]["content"][0]["text"], "alice");
}

/// The permissions that a caller can be granted.
#[derive(Scopes)]
enum ShelfScope {
    /// Read the shelves.
    #[scope("shelf:read")]
    Read,
    /// Change the shelves.
    #[scope("shelf:write", implies(Read))]
    Write,
    /// Do everything.
    #[scope("shelf:admin", implies(Write))]
    Admin,
}

#[derive(Clone)]
struct Shelves;

#[guarded_tools(scopes = ShelfScope)]
impl Shelves {
    /// Read the shelves.
    #[guarded_tool(scope = "shelf:read")]
    fn see(&self) -> String {
        "seen".to_owned()
    }

    /// Clear the shelves, which requires another scope in the body.
    #[guarded_tool(scope = ShelfScope::Read)]
    async fn clear(&self, token: ValidatedToken) -> Result<String, mcp_guard::InsufficientScope> {
        token.require(ShelfScope::Write)?;
        Ok("cleared".to_owned())
    }
}

#[tokio::test]
async fn local_server_applies_implied_scopes() {
    for (scopes, see, clear) in [
        ("shelf:read", None, Some("shelf:read shelf:write")),
        ("shelf:write", None, None),
        ("shelf:admin", None, None),
        ("shelf", Some("shelf:read"), Some("shelf:read")),
        ("todo:write", Some("shelf:read"), Some("shelf:read")),
    ] {
        let mut client = Client::connect(LocalServer::builder(Shelves, caller(scopes))).await;
        assert_eq!(rejected(&client.call("see").await).as_deref(), see, "{scopes}");
        assert_eq!(rejected(&client.call("clear").await).as_deref(), clear, "{scopes}");
    }
    let _ = ShelfScope::Admin;
}

#[tokio::test]
async fn local_client_cannot_choose_its_caller() {
    let fixture = Fixture::default();
    let mut client = Client::connect(LocalServer::builder(fixture.clone(), caller("other"))).await;
    for meta in [
        json!({"token": "x", "scope": "todo:write", "authorization": "Bearer x"}),
        json!({"io.modelcontextprotocol/clientInfo": {"name": "admin", "version": "1"}}),
    ] {
        let params = json!({"name": "write", "arguments": {"scope": "todo:write"}, "_meta": meta});
        assert!(rejected(&client.ask("tools/call", &params).await).is_some());
    }
    assert_eq!(fixture.runs_so_far(), 0);
}

#[test]
fn local_server_settings_are_validated() {
    let error = |error: Option<BuildError>| error.unwrap().to_string();
    let public = error(LocalServer::builder(Mixed::default(), None).build().err());
    assert!(public.contains("\"open\"") && public.contains(".allow_anonymous()"), "{public}");
    let nothing = error(LocalServer::builder(Fixture::default(), None).allow_anonymous().build().err());
    assert!(nothing.contains("no operation is `public`"), "{nothing}");
    let unknown = error(LocalServer::builder(Shelves, None).baseline([READ]).build().err());
    assert!(unknown.contains("the baseline requires the scope \"todo:read\""), "{unknown}");
    let cycle = LocalServer::builder(Fixture::default(), None).scope_implies(READ, WRITE).scope_implies(WRITE, READ);
    assert!(error(cycle.build().err()).contains("implies itself"));
}

#[tokio::test]
async fn operations_have_their_limits_without_http() {
    #[derive(Clone)]
    struct Rare;

    #[guarded_tools]
    impl Rare {
        /// One call.
        #[guarded_tool(scope = "todo:read", limit = "1/hour")]
        fn rare(&self) -> String {
            "ran".to_owned()
        }

        /// One call by writers.
        #[guarded_tool(scope = "todo:write", limit = "1/hour")]
        fn rarely_written(&self) -> String {
            "ran".to_owned()
        }

        /// One prompt.
        #[guarded_prompt(scope = "todo:read", limit = "1/hour")]
        fn plan(&self) -> String {
            "ran".to_owned()
        }

        /// One read.
        #[guarded_resource(uri = "todo://{id}", scope = "todo:read", limit = "1/hour")]
        fn todo(&self, id: String) -> String {
            id
        }
    }

    let mut client = Client::connect(LocalServer::builder(Rare, caller("todo:read"))).await;
    for (method, params) in [
        ("tools/call", json!({"name": "rare", "arguments": {}})),
        ("prompts/get", json!({"name": "plan"})),
        ("resources/read", json!({"uri": "todo://1"})),
    ] {
        let allowed = client.ask(method, &params).await;
        assert!(allowed["result"].is_object(), "{allowed}");
        let limited = client.ask(method, &params).await;
        assert_eq!(limited["error"]["code"], 429, "{limited}");
        assert!(
            limited["error"]["message"].as_str().unwrap().starts_with("Too many requests: the limit is 1/hour"),
            "{limited}"
        );
    }
    for _ in 0..2 {
        let refused = client.call("rarely_written").await;
        assert_eq!(rejected(&refused).as_deref(), Some("todo:write"), "a refused call does not count: {refused}");
    }
}
