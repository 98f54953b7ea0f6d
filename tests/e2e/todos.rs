//! The todo server: what is whose, and what survives a restart.

use mcp_guard::ResourceServer;
use mcp_guard::TokenParts;
use mcp_guard::prelude::*;
use mcp_guard_dev::DevAuthServer;
use serde_json::Value;
use serde_json::json;
use todo_server::Store;
use todo_server::Todos;

use crate::support::RESOURCE;
use crate::support::Server;
use crate::support::VERSIONS;
use crate::support::request_in;

async fn serve(database: &str) -> Server {
    let todos = Todos::new(Store::open(database).await.unwrap());
    let server = Server::start().await;
    let router = ResourceServer::builder(RESOURCE)
        .authorization_server(server.issuer.issuer())
        .baseline([Scope::from_static("todo:read")])
        .scope_implies(Scope::from_static("todo:write"), Scope::from_static("todo:read"))
        .tools(move || Ok(todos.clone()))
        .build()
        .await
        .unwrap()
        .into_router();
    Server { router, ..server }
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
async fn a_todo_from_beginning_to_end() {
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
async fn somebody_elses_todo_answers_like_one_that_does_not_exist() {
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
async fn bad_arguments_are_clear_errors_and_change_nothing() {
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
async fn a_restart_loses_nothing() {
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

#[test]
fn what_each_tool_requires() {
    let matrix: Vec<String> =
        Todos::guarded_tools().requirements().map(|(tool, requirement)| format!("{tool}: {requirement:?}")).collect();
    assert_eq!(
        matrix,
        [
            "create_todo: All({\"todo:write\"})",
            "delete_todo: All({\"todo:delete\", \"todo:write\"})",
            "get_todo: All({\"todo:read\"})",
            "list_todos: All({\"todo:read\"})",
            "update_todo: All({\"todo:write\"})",
            "whoami: Authenticated",
        ]
    );
}

#[tokio::test]
async fn the_development_server_is_only_for_loopback() {
    let error = todo_server::dev::start("https://todo.example.com/mcp").await.err().unwrap().to_string();
    assert!(error.contains("MCP_GUARD_ISSUER"), "{error}");
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let commands = todo_server::dev::commands("http://127.0.0.1:8080/mcp", issuer.token_endpoint());
    assert!(commands.contains("todo:read todo:write") && commands.contains(issuer.token_endpoint()), "{commands}");
}
