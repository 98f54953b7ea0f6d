//! The todo server: access to todos, and persistence across restarts.

use mcp_guard::prelude::*;
use mcp_guard::token::TokenParts;
use mcp_guard::{LocalServer, ResourceServer};
use mcp_guard_dev::DevAuthServer;
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use serde_json::{Value, json};
use todo_server::{Store, TodoScope, Todos};

use crate::support::{RESOURCE, Server, VERSIONS, initialize, request_in};

async fn serve(database: &str) -> Server {
    let todos = Todos::new(Store::open(database).await.unwrap());
    let server = Server::start().await;
    let router = ResourceServer::builder(RESOURCE)
        .issuer(server.issuer.issuer())
        .baseline([TodoScope::Read])
        .tools(todos.clone())
        .build()
        .await
        .unwrap()
        .into_router();
    Server { router, reference: None, ..server }
}

async fn call(server: &Server, subject: &str, tool: &str, arguments: Value) -> Result<Value, String> {
    let token = server.token_builder("todo:write todo:delete").subject(subject).sign();
    let post = request_in(VERSIONS[2], "tools/call", json!({"name": tool, "arguments": arguments}));
    let answer = server.send(post.bearer(&token).build()).await;
    let body = answer.json();
    let result = &body["result"];
    match (result.is_object(), result["isError"] == true) {
        (true, false) => Ok(result["structuredContent"].clone()),
        (true, true) => Err(answer.result_text()),
        (false, _) => Err(body["error"]["message"].to_string()),
    }
}

#[tokio::test]
async fn todo_can_be_created_changed_and_deleted() {
    let server = serve("sqlite::memory:").await;
    let created = call(&server, "alice", "create_todo", json!({"title": " Buy milk "})).await.unwrap();
    assert_eq!(created, json!({"id": 1, "title": "Buy milk", "done": false}));
    let changed = call(&server, "alice", "update_todo", json!({"id": 1, "done": true})).await.unwrap();
    assert_eq!(changed, json!({"id": 1, "title": "Buy milk", "done": true}));
    assert_eq!(call(&server, "alice", "get_todo", json!({"id": 1})).await.unwrap(), changed);
    assert_eq!(call(&server, "alice", "list_todos", json!({})).await.unwrap(), json!({"todos": [changed]}));
    assert_eq!(call(&server, "alice", "delete_todo", json!({"id": 1})).await.unwrap(), json!({"id": 1}));
    assert_eq!(call(&server, "alice", "list_todos", json!({})).await.unwrap(), json!({"todos": []}));
    let who = call(&server, "alice", "whoami", json!({})).await.unwrap();
    assert_eq!(who["subject"], "alice");
    assert_eq!(who["scopes"], json!(["todo:delete", "todo:write"]));
    assert!(who["expires_at"].is_u64());
}

#[tokio::test]
async fn todo_of_another_user_looks_missing() {
    let server = serve("sqlite::memory:").await;
    call(&server, "alice", "create_todo", json!({"title": "Mine"})).await.unwrap();
    for (tool, arguments) in [
        ("get_todo", json!({"id": 1})),
        ("update_todo", json!({"id": 1, "title": "Stolen"})),
        ("delete_todo", json!({"id": 1})),
    ] {
        let foreign = call(&server, "bob", tool, arguments.clone()).await.unwrap_err();
        let mut unknown = arguments;
        unknown["id"] = json!(2);
        let unknown = call(&server, "bob", tool, unknown).await.unwrap_err();
        assert_eq!(foreign.replace('1', "2"), unknown, "{tool}");
    }
    assert_eq!(call(&server, "bob", "list_todos", json!({})).await.unwrap(), json!({"todos": []}));
    assert_eq!(call(&server, "alice", "get_todo", json!({"id": 1})).await.unwrap()["title"], "Mine");
}

#[tokio::test]
async fn invalid_todo_arguments_change_nothing() {
    let server = serve("sqlite::memory:").await;
    for (tool, arguments, expected) in [
        ("create_todo", json!({"title": "  "}), "1 to 200"),
        ("create_todo", json!({"title": "x".repeat(201)}), "201"),
        ("create_todo", json!({}), "title"),
        ("create_todo", json!({"title": 7}), "string"),
        ("create_todo", json!({"title": "x", "owner": "bob"}), "owner"),
        ("update_todo", json!({"id": 1}), "title"),
        ("get_todo", json!({"id": "1"}), "i64"),
        ("get_todo", json!({"id": 99}), "99"),
    ] {
        let message = call(&server, "alice", tool, arguments.clone()).await.unwrap_err();
        assert!(message.contains(expected), "{tool} {arguments}: {message}");
    }
    assert_eq!(call(&server, "alice", "list_todos", json!({})).await.unwrap(), json!({"todos": []}));
}

#[tokio::test]
async fn todos_survive_a_restart() {
    let file = std::env::temp_dir().join(format!("mcp-guard-todos-{}.db", std::process::id()));
    let database = format!("sqlite:{}", file.display());
    let owner =
        ValidatedToken::new(TokenParts { issuer: "i".into(), subject: "alice".into(), ..TokenParts::default() });
    let store = Store::open(&database).await.unwrap();
    store.create((&owner).into(), "Survive").await.unwrap();
    store.close().await;
    let store = Store::open(&database).await.unwrap();
    let todos = store.list((&owner).into()).await.unwrap();
    assert_eq!(todos[0].title, "Survive");
    let elsewhere =
        ValidatedToken::new(TokenParts { issuer: "j".into(), subject: "alice".into(), ..TokenParts::default() });
    assert!(store.list((&elsewhere).into()).await.unwrap().is_empty(), "a subject is unique only within its issuer");
    let id = todos[0].id;
    assert!(store.get((&elsewhere).into(), id).await.unwrap().is_none());
    assert!(store.update((&elsewhere).into(), id, Some("Stolen"), None).await.unwrap().is_none());
    assert!(!store.delete((&elsewhere).into(), id).await.unwrap());
    store.close().await;
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
}

#[tokio::test]
async fn shared_todo_is_read_only() {
    let server = serve("sqlite::memory:").await;
    call(&server, "alice", "create_todo", json!({"title": "Ours"})).await.unwrap();
    call(&server, "alice", "create_todo", json!({"title": "Mine"})).await.unwrap();
    let shared = call(&server, "alice", "share_todo", json!({"id": 1, "with": "bob"})).await.unwrap();
    assert_eq!(shared, json!({"id": 1, "with": "bob"}));
    let seen = call(&server, "bob", "list_todos", json!({})).await.unwrap();
    assert_eq!(seen, json!({"todos": [{"id": 1, "title": "Ours", "done": false}]}));
    assert!(call(&server, "bob", "get_todo", json!({"id": 1})).await.is_ok());
    assert_eq!(call(&server, "carol", "list_todos", json!({})).await.unwrap(), json!({"todos": []}));
    for (tool, arguments) in [
        ("update_todo", json!({"id": 1, "title": "Stolen"})),
        ("delete_todo", json!({"id": 1})),
        ("share_todo", json!({"id": 1, "with": "carol"})),
        ("share_todo", json!({"id": 2, "with": "bob"})),
    ] {
        let rejected = call(&server, "bob", tool, arguments.clone()).await.unwrap_err();
        assert!(rejected.contains("there is no todo"), "{tool} {arguments}: {rejected}");
    }
    for bad in [json!({"id": 1, "with": " "}), json!({"id": 1}), json!({"id": 1, "with": 7})] {
        assert!(call(&server, "alice", "share_todo", bad.clone()).await.is_err(), "{bad}");
    }
    call(&server, "alice", "delete_todo", json!({"id": 1})).await.unwrap();
    assert_eq!(call(&server, "bob", "list_todos", json!({})).await.unwrap(), json!({"todos": []}));
}

/// Returns the calls that a token with `todo:write` may not make, and the scopes that they require.
fn beyond_writing() -> [(&'static str, Value, &'static str); 2] {
    [
        ("delete_todo", json!({"id": 1}), "todo:delete todo:read todo:write"),
        ("share_todo", json!({"id": 1, "with": "everyone"}), "todo:read todo:share todo:write"),
    ]
}

#[tokio::test]
async fn argument_scopes_complete_every_challenge() {
    let server = serve("sqlite::memory:").await;
    let write = server.token_builder("todo:write").subject("alice").sign();
    let everything = server.token_builder("todo:write todo:delete todo:share").subject("alice").sign();
    for version in VERSIONS {
        let session = if version.is_stateless() {
            None
        } else {
            let answer = server.send(initialize(version).bearer(&write).build()).await;
            Some(answer.session().to_owned())
        };
        let send = |token: &str, tool: &str, arguments: &Value| {
            let mut post = request_in(version, "tools/call", json!({"name": tool, "arguments": arguments}));
            if let Some(session) = &session {
                post = post.header("mcp-session-id", session);
            }
            server.send(post.bearer(token).build())
        };
        call(&server, "alice", "create_todo", json!({"title": "Ours"})).await.unwrap();
        let id = call(&server, "alice", "list_todos", json!({})).await.unwrap()["todos"][0]["id"].clone();
        for (tool, mut arguments, needed) in beyond_writing() {
            arguments["id"] = id.clone();
            let rejected = send(&write, tool, &arguments).await;
            assert_eq!(rejected.status, 403, "{version:?} {tool}: {rejected:?}");
            let challenge = rejected.header("www-authenticate").unwrap();
            let expected = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\", resource_metadata=");
            assert!(challenge.starts_with(&expected), "{version:?} {tool}: {challenge}");
            assert_eq!(rejected.json()["id"], 7, "{rejected:?}");
        }
        let bob = call(&server, "bob", "list_todos", json!({})).await.unwrap();
        assert_eq!(bob, json!({"todos": []}), "{version:?}: nothing was shared");
        assert_eq!(send(&write, "share_todo", &json!({"id": id, "with": "carol"})).await.status, 200, "{version:?}");
        for (tool, mut arguments, _) in beyond_writing().into_iter().rev() {
            arguments["id"] = id.clone();
            let answer = send(&everything, tool, &arguments).await;
            assert_eq!(answer.status, 200, "{version:?} {tool}: {answer:?}");
            assert!(!answer.text.contains("\"isError\":true"), "{version:?} {tool}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn stdio_requires_the_same_scopes_as_http() {
    let todos = Todos::new(Store::open("sqlite::memory:").await.unwrap());
    let caller = |scopes: &str| {
        ValidatedToken::new(TokenParts {
            issuer: "i".into(),
            subject: "alice".into(),
            scopes: scopes.parse().unwrap(),
            ..TokenParts::default()
        })
    };
    for (scopes, rejected) in [("todo:write", true), ("todo:write todo:delete todo:share", false)] {
        let (server, client) = tokio::io::duplex(64 * 1024);
        let local =
            LocalServer::builder(todos.clone(), Some(caller(scopes))).baseline([TodoScope::Read]).build().unwrap();
        let server = tokio::spawn(async move { local.serve(server).await.unwrap().waiting().await });
        let client = ().serve(client).await.unwrap();
        let call = |tool: &'static str, arguments: &Value| {
            let arguments = arguments.as_object().unwrap().clone();
            client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments))
        };
        let created = call("create_todo", &json!({"title": "Ours"})).await.unwrap();
        let id = created.structured_content.unwrap()["id"].clone();
        for (tool, mut arguments, needed) in beyond_writing().into_iter().rev() {
            arguments["id"] = id.clone();
            let result = call(tool, &arguments).await.unwrap();
            assert_eq!(result.is_error == Some(true), rejected, "{tool}: {result:?}");
            if rejected {
                let details = result.structured_content.unwrap();
                assert_eq!(details, json!({"error": "insufficient_scope", "scope": needed}), "{tool}");
            }
        }
        client.cancel().await.unwrap();
        server.abort();
    }
}

#[test]
fn todo_scope_matrix_is_unchanged() {
    assert_eq!(
        Todos::scope_matrix().to_string(),
        "\
tool  create_todo  todo:write
tool  delete_todo  todo:delete and todo:write
tool  get_todo     todo:read
tool  list_todos   todo:read
tool  share_todo   todo:write, more by its arguments
tool  update_todo  todo:write
tool  whoami       authenticated
"
    );
}

#[tokio::test]
async fn todo_development_issuer_requires_loopback() {
    let error = todo_server::dev::start("https://todo.example.com/mcp", ([127, 0, 0, 1], 8080).into())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("MCP_GUARD_ISSUER"), "{error}");
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let commands = todo_server::dev::commands("http://127.0.0.1:8080/mcp", issuer.token_endpoint());
    assert!(commands.contains("todo:read todo:write") && commands.contains(issuer.token_endpoint()), "{commands}");
}
