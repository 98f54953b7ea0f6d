//! The second configuration in the README: tokens of a Scalekit environment. A local server stands in for Scalekit and
//! publishes its keys.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use mcp_guard_dev::{SigningAlgorithm, SigningKey};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

const RESOURCE_ID: &str = "res_69086908265595154";

/// A server process that is killed when the test ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts an environment with this key and one client.
async fn environment(key: &SigningKey) -> String {
    let keys = json!({"keys": [key.public_jwk()]});
    let token = post(async |Form(form): Form<Vec<(String, String)>>| {
        let is = |name: &str, value: &str| form.iter().any(|(n, v)| n == name && v == value);
        let known = is("client_id", "skc_1") && is("client_secret", "right") && is("grant_type", "client_credentials");
        if known { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    });
    let app = Router::new().route("/keys", get(async || Json(keys))).route("/oauth/token", token);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("the listener is bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

fn todo_server(environment: &str, address: SocketAddr, secret: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-server"));
    command
        .env_clear()
        .envs([("RUST_LOG", "off"), ("TODO_DATABASE", "sqlite::memory:")])
        .env("MCP_GUARD_PROVIDER", "scalekit")
        .env("MCP_GUARD_ISSUER", environment)
        .env("MCP_GUARD_AUDIENCE", RESOURCE_ID)
        .env("MCP_GUARD_CLIENT_ID", "skc_1")
        .env("MCP_GUARD_CLIENT_SECRET", secret)
        .env("MCP_GUARD_LISTEN", address.to_string());
    command
}

/// Returns an address with a port that was free just now.
async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    listener.local_addr().expect("the listener is bound")
}

fn token(key: &SigningKey, issuer: &str, scopes: &[&str], audience: Value) -> String {
    let token = key.token(issuer).header("typ", "JWT").subject("usr_1").client_id("mcpc_1").claim("aud", audience);
    token.claim("scopes", scopes.to_vec()).sign()
}

async fn call(address: SocketAddr, tool: &str, arguments: Value, token: &str) -> (u16, String) {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let params = json!({"name": tool, "arguments": arguments, "_meta": meta});
    let answer = reqwest::Client::new()
        .post(format!("http://{address}/mcp"))
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool)
        .bearer_auth(token)
        .json(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}))
        .send()
        .await
        .expect("the server answers");
    let challenge = answer.headers().get("www-authenticate").and_then(|value| value.to_str().ok()).unwrap_or_default();
    (answer.status().as_u16(), challenge.to_owned())
}

#[tokio::test]
async fn todo_server_accepts_scalekit_tokens() {
    let key = SigningKey::generate(SigningAlgorithm::Rs256);
    let environment = environment(&key).await;
    let address = free_address().await;
    let server = todo_server(&environment, address, "right").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let _server = Server(server.expect("the server is built"));
    for _ in 0..600 {
        if TcpStream::connect(address).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let of_environment = |scopes: &[&str]| token(&key, &environment, scopes, json!([RESOURCE_ID]));
    let todo = json!({"title": "Buy milk"});
    assert_eq!(call(address, "list_todos", json!({}), &of_environment(&["todo:read"])).await.0, 200);

    let (status, challenge) = call(address, "create_todo", todo.clone(), &of_environment(&["todo:read"])).await;
    assert_eq!(status, 403);
    assert!(
        challenge.starts_with(r#"Bearer error="insufficient_scope", scope="todo:read todo:write", "#),
        "{challenge}"
    );

    let of_resource = format!("{environment}/resources/{RESOURCE_ID}");
    let enough =
        token(&key, &of_resource, &["todo:read", "todo:write"], json!([format!("http://{address}/mcp"), RESOURCE_ID]));
    assert_eq!(call(address, "create_todo", todo, &enough).await.0, 200);

    for (case, bad) in [
        ("another resource", token(&key, &environment, &["todo:read"], json!(["res_1"]))),
        ("the server URL alone", token(&key, &environment, &["todo:read"], json!([format!("http://{address}/mcp")]))),
        ("another environment", token(&key, "https://other.scalekit.dev", &["todo:read"], json!([RESOURCE_ID]))),
        (
            "another key",
            token(&SigningKey::generate(SigningAlgorithm::Rs256), &environment, &["todo:read"], json!([RESOURCE_ID])),
        ),
    ] {
        assert_eq!(call(address, "list_todos", json!({}), &bad).await.0, 401, "{case}");
    }
}

#[tokio::test]
async fn unknown_scalekit_secret_is_an_error() {
    let key = SigningKey::generate(SigningAlgorithm::Rs256);
    let environment = environment(&key).await;
    let mut command = todo_server(&environment, free_address().await, "s3cret");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("the thread ends")
        .expect("the server is built");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(message.contains("MCP_GUARD_CLIENT_SECRET") && !message.contains("s3cret"), "{message}");
}
