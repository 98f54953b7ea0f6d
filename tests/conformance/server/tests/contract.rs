//! Tests the contract of the scope challenge scenario (SEP-2350) in every revision, through the router that clients
//! use.

#![expect(clippy::unwrap_used, reason = "a test that cannot run should panic")]

use axum::Router;
use axum::body::Body;
use conformance_server::tokens::{FULL, LOW};
use conformance_server::{Conformance, guard, open};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use mcp_guard::GuardedServer as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const RESOURCE: &str = "http://127.0.0.1:8080/mcp";
const METADATA: &str = "http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp";
const REVISIONS: [&str; 3] = ["2025-06-18", "2025-11-25", "2026-07-28"];

/// An operation of the contract.
struct Operation {
    method: &'static str,
    params: Value,
    /// All scopes that it requires, in the order of a challenge.
    needed: &'static str,
    /// A part of its result.
    text: &'static str,
}

fn operations() -> [Operation; 4] {
    [
        Operation {
            method: "tools/call",
            params: json!({"name": "test_simple_text", "arguments": {}}),
            needed: "mcp:conformance:baseline mcp:conformance:tools:call mcp:conformance:tools:test_simple_text",
            text: "This is a simple text response for testing.",
        },
        Operation {
            method: "resources/read",
            params: json!({"uri": "test://static-text"}),
            needed: "mcp:conformance:baseline mcp:conformance:resources:read mcp:conformance:resources:static",
            text: "This is the content of the static text resource.",
        },
        Operation {
            method: "resources/read",
            params: json!({"uri": "test://template/123/data"}),
            needed: "mcp:conformance:baseline mcp:conformance:resources:read mcp:conformance:resources:template:123",
            text: "Data for ID: 123",
        },
        Operation {
            method: "prompts/get",
            params: json!({"name": "test_simple_prompt"}),
            needed: "mcp:conformance:baseline mcp:conformance:prompts:get mcp:conformance:prompts:test_simple_prompt",
            text: "This is a simple prompt for testing.",
        },
    ]
}

/// A client of one revision, and its server.
struct Client {
    server: Conformance,
    router: Router,
    revision: &'static str,
    session: Option<String>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Client {
    /// Connects to a server with the contract. Before 2026-07-28, opens a session with the low token.
    async fn connect(revision: &'static str) -> Self {
        let server = Conformance::new();
        let router = guard(server.clone(), RESOURCE).await.unwrap().into_router();
        let client = Self { server, router, revision, session: None };
        client.open_session(Some(LOW)).await
    }

    /// Connects to a server that requires no credentials.
    async fn connect_openly(revision: &'static str) -> Self {
        let server = Conformance::new();
        let router = open::router(guard(server.clone(), RESOURCE).await.unwrap());
        let client = Self { server, router, revision, session: None };
        client.open_session(None).await
    }

    async fn open_session(mut self, token: Option<&str>) -> Self {
        if self.is_stateless() {
            return self;
        }
        let hello = json!({
            "protocolVersion": self.revision,
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        });
        let opened = self.request("initialize", hello, token).await;
        assert_eq!(opened.status, StatusCode::OK, "{}", opened.text);
        self.session = Some(opened.headers["mcp-session-id"].to_str().unwrap().to_owned());
        self
    }

    fn is_stateless(&self) -> bool {
        self.revision >= "2026-07-28"
    }

    async fn request(&self, method: &str, mut params: Value, token: Option<&str>) -> Answer {
        let mut request = Request::post("/mcp")
            .header("host", "127.0.0.1:8080")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", self.revision);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        if self.is_stateless() {
            request = request.header("mcp-method", method);
            if let Some(name) =
                params.get("name").or(params.get("uri")).or(params.get("taskId")).and_then(Value::as_str)
            {
                request = request.header("mcp-name", name);
            }
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": self.revision,
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }
}

impl Answer {
    fn challenge(&self) -> &str {
        let mut challenges = self.headers.get_all("www-authenticate").iter();
        let challenge = challenges.next().unwrap_or_else(|| panic!("no challenge: {}", self.text));
        assert!(challenges.next().is_none(), "more than one challenge");
        challenge.to_str().unwrap()
    }

    /// Returns the JSON-RPC message, from a JSON body or an event.
    fn json(&self) -> Value {
        let event = self.text.lines().filter_map(|line| line.strip_prefix("data: ")).find(|data| data.starts_with('{'));
        serde_json::from_str(event.unwrap_or(&self.text)).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

#[tokio::test]
async fn low_token_is_challenged_for_all_required_scopes() {
    for revision in REVISIONS {
        let client = Client::connect(revision).await;
        for Operation { method, params, needed, .. } in operations() {
            let rejected = client.request(method, params, Some(LOW)).await;
            assert_eq!(rejected.status, StatusCode::FORBIDDEN, "{revision} {method}: {}", rejected.text);
            let expected = format!(
                "Bearer error=\"insufficient_scope\", scope=\"{needed}\", resource_metadata=\"{METADATA}\", error_description="
            );
            let challenge = rejected.challenge();
            assert!(challenge.starts_with(&expected), "{revision} {method}: {challenge}");
            assert_eq!(rejected.json()["id"], 7, "{revision} {method}: {}", rejected.text);
        }
        assert_eq!(client.server.runs(), 0, "{revision}");
    }
}

#[tokio::test]
async fn full_token_can_use_session_of_low_token() {
    for revision in REVISIONS {
        let client = Client::connect(revision).await;
        for Operation { method, params, text, .. } in operations() {
            let rejected = client.request(method, params.clone(), Some(LOW)).await;
            assert_eq!(rejected.status, StatusCode::FORBIDDEN, "{revision} {method}");
            let served = client.request(method, params, Some(FULL)).await;
            assert_eq!(served.status, StatusCode::OK, "{revision} {method}: {}", served.text);
            let result = served.json()["result"].to_string();
            assert!(result.contains(text), "{revision} {method}: {result}");
        }
        assert_eq!(client.server.runs(), operations().len(), "{revision}");
    }
}

#[tokio::test]
async fn template_scope_depends_on_the_id() {
    for revision in REVISIONS {
        let client = Client::connect(revision).await;
        let other = client.request("resources/read", json!({"uri": "test://template/456/data"}), Some(FULL)).await;
        assert_eq!(other.status, StatusCode::FORBIDDEN, "{revision}: {}", other.text);
        assert!(other.challenge().contains("mcp:conformance:resources:template:456\""), "{}", other.challenge());
        // This ID is not valid in a scope, so no token can have its scope.
        let unspeakable = json!({"uri": "test://template/a%20b/data"});
        let unspeakable = client.request("resources/read", unspeakable, Some(FULL)).await;
        let code = if client.is_stateless() { -32602 } else { -32002 };
        assert_eq!(unspeakable.json()["error"]["code"], code, "{revision}: {}", unspeakable.text);
        assert_eq!(client.server.runs(), 0, "{revision}");
    }
}

#[tokio::test]
async fn only_open_server_accepts_missing_token() {
    for revision in REVISIONS {
        let guarded = Client::connect(revision).await;
        let opened = Client::connect_openly(revision).await;
        for Operation { method, params, needed, text } in operations() {
            let rejected = guarded.request(method, params.clone(), None).await;
            assert_eq!(rejected.status, StatusCode::UNAUTHORIZED, "{revision} {method}: {}", rejected.text);
            // The scopes that depend on arguments are computed only for authenticated callers.
            let declared = needed.strip_suffix(" mcp:conformance:resources:template:123").unwrap_or(needed);
            let expected = format!("Bearer scope=\"{declared}\", resource_metadata=\"{METADATA}\"");
            assert_eq!(rejected.challenge(), expected, "{revision} {method}");

            let served = opened.request(method, params.clone(), None).await;
            assert_eq!(served.status, StatusCode::OK, "{revision} {method}: {}", served.text);
            assert!(served.text.contains(text), "{revision} {method}: {}", served.text);
            // Presented credentials are validated.
            let rejected = opened.request(method, params, Some(LOW)).await;
            assert_eq!(rejected.status, StatusCode::FORBIDDEN, "{revision} {method}: {}", rejected.text);
        }
        assert_eq!(guarded.server.runs(), 0, "{revision}");
        assert_eq!(opened.server.runs(), operations().len(), "{revision}");
    }
}

#[tokio::test]
async fn methods_removed_in_2026_07_28_are_unknown_there() {
    for revision in REVISIONS {
        let client = Client::connect(revision).await;
        let removed = [
            ("logging/setLevel", json!({"level": "info"})),
            ("resources/subscribe", json!({"uri": "test://watched-resource"})),
            ("resources/unsubscribe", json!({"uri": "test://watched-resource"})),
            ("resources/subscribe", json!({})),
        ];
        for (method, params) in removed {
            let complete = params.as_object().is_some_and(|params| !params.is_empty());
            let answer = client.request(method, params, Some(FULL)).await;
            if client.is_stateless() {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{revision} {method}: {}", answer.text);
                assert_eq!(answer.json()["error"]["code"], -32601, "{revision} {method}: {}", answer.text);
            } else if complete {
                assert_eq!(answer.json()["result"], json!({}), "{revision} {method}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn subscriptions_are_advertised_when_supported() {
    let server = Conformance::new();
    let legacy = <Conformance as rmcp::ServerHandler>::get_info(&server).capabilities;
    assert_eq!(legacy.resources.and_then(|resources| resources.subscribe), Some(true));
    let client = Client::connect(REVISIONS[2]).await;
    let discovered = client.request("server/discover", json!({}), Some(LOW)).await.json();
    assert_eq!(discovered["result"]["capabilities"]["resources"], json!({}), "{discovered}");
}

#[tokio::test]
async fn unknown_resource_error_contains_the_uri() {
    for revision in REVISIONS {
        let client = Client::connect(revision).await;
        let unknown = client.request("resources/read", json!({"uri": "test://nowhere"}), Some(FULL)).await.json();
        assert_eq!(unknown["error"]["data"], json!({"uri": "test://nowhere"}), "{revision}: {unknown}");
    }
}

#[tokio::test]
async fn prompt_receives_requested_input() {
    let client = Client::connect(REVISIONS[2]).await;
    let get = |params: Value| client.request("prompts/get", params, Some(FULL));
    let first = get(json!({"name": "test_input_required_result_prompt"})).await.json();
    assert_eq!(first["result"]["resultType"], "input_required", "{first}");
    let second = get(json!({
        "name": "test_input_required_result_prompt",
        "inputResponses": {"user_context": {"action": "accept", "content": {"context": "a rainy day"}}},
    }));
    let second = second.await.json();
    assert_eq!(second["result"]["messages"][0]["content"]["text"], "Use this context: a rainy day", "{second}");
}

#[tokio::test]
async fn task_requires_tool_scopes() {
    let client = Client::connect(REVISIONS[2]).await;
    let get = |token| client.request("tasks/get", json!({"taskId": "unknown"}), Some(token));
    let rejected = get(LOW).await;
    assert_eq!(rejected.status, StatusCode::FORBIDDEN, "{}", rejected.text);
    assert!(
        rejected.challenge().contains("\"mcp:conformance:baseline mcp:conformance:tools:call\""),
        "{}",
        rejected.challenge()
    );
    // The client of this test does not support tasks.
    let unaware = get(FULL).await;
    assert_eq!(unaware.json()["error"]["code"], -32021, "{}", unaware.text);
}

#[test]
fn scope_matrix_matches_the_contract() {
    let matrix = Conformance::scope_matrix().to_string();
    assert_eq!(matrix, include_str!("scopes.txt"), "{matrix}");
}
