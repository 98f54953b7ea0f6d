//! The `requestState` of operations with several rounds.

use mcp_guard::LocalServer;
use rmcp::model::{GetPromptRequestParams, ReadResourceRequestParams};

use super::*;
use crate::local::Client;

const VERSION: Version = VERSIONS[2];

fn rejected() -> (i64, String) {
    (-32602, "The requestState is invalid or has expired: repeat the request without it".to_owned())
}

/// A request that must not accept the state of another one: the difference, the method and the params.
type Edited = (&'static str, &'static str, Value);

/// Requests for operations that ask, each with requests that must not accept its state.
fn operations() -> [(&'static str, Value, [Edited; 2]); 3] {
    let tool = |name: &str, id: u64| json!({"name": name, "arguments": {"id": id}});
    let prompt = |day: &str| json!({"name": "plan", "arguments": {"day": day}});
    [
        (
            "tools/call",
            tool("delete", 1),
            [("edited arguments", "tools/call", tool("delete", 2)), ("another tool", "tools/call", tool("share", 1))],
        ),
        (
            "prompts/get",
            prompt("today"),
            [
                ("edited arguments", "prompts/get", prompt("tomorrow")),
                ("no arguments", "prompts/get", json!({"name": "plan"})),
            ],
        ),
        (
            "resources/read",
            json!({"uri": "todo://notes/1"}),
            [
                ("another resource", "resources/read", json!({"uri": "todo://notes/2"})),
                ("another operation", "tools/call", tool("delete", 1)),
            ],
        ),
    ]
}

fn with_state(method: &str, params: &Value, state: &str) -> Post {
    let mut params = params.clone();
    params["requestState"] = state.into();
    request(VERSION, method, params)
}

/// Sends the first round, and returns the state.
async fn ask(owned: &Owned, method: &str, params: &Value, token: &String) -> String {
    let answer = owned.send(request(VERSION, method, params.clone()), Some(token)).await;
    let asked = answer.json()["result"].clone();
    assert_eq!(asked["resultType"], "input_required", "{answer:?}");
    asked["requestState"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn state_is_opened_for_its_owner_and_request_only() {
    let owned = Owned::start().await;
    let owner = owned.owner();
    for (method, params, others) in operations() {
        let state = ask(&owned, method, &params, &owner).await;
        for _ in 0..2 {
            // Its owner may repeat a request whose response was lost.
            let answer = owned.send(with_state(method, &params, &state), Some(&owner)).await;
            let [raw] = &owned.jobs.states()[..] else { panic!("{method}: {answer:?}") };
            assert!(raw.starts_with("state of "), "the operation sees its own state: {raw}");
            assert!(answer.text.contains(&format!("after {raw}")), "{answer:?}");
        }
        for (who, token) in owned.others() {
            let answer = owned.send(with_state(method, &params, &state), token.as_ref()).await;
            assert_eq!((answer.status, error(&answer)), (StatusCode::OK, rejected()), "{method} by {who}");
        }
        for (what, method, params) in others {
            let answer = owned.send(with_state(method, &params, &state), Some(&owner)).await;
            assert_eq!((answer.status, error(&answer)), (StatusCode::OK, rejected()), "{method} with {what}");
        }
        let raw = "state of delete".to_owned();
        for state in forged(&state).into_iter().chain([raw, String::new()]) {
            let answer = owned.send(with_state(method, &params, &state), Some(&owner)).await;
            assert_eq!((answer.status, error(&answer)), (StatusCode::OK, rejected()), "{method} with {state}");
        }
        assert_eq!(owned.jobs.states(), [""; 0], "no operation runs");
    }
}

#[tokio::test]
async fn state_of_another_server_is_rejected() {
    let owned = Owned::start().await;
    let other = owned.other_server().await;
    let there = owned.server.issuer.token().audience(OTHER).scope("todo:read").sign();
    for (method, params, _) in operations() {
        let state = ask(&owned, method, &params, &owned.owner()).await;
        let post = with_state(method, &params, &state).set("host", "other.example.com").bearer(&there);
        let answer = other.send(post.build()).await;
        assert_eq!((answer.status, error(&answer)), (StatusCode::OK, rejected()), "{method}");
    }
    assert_eq!(owned.jobs.states(), [""; 0]);
}

#[tokio::test]
async fn state_is_rejected_where_no_operation_asks() {
    let owned = Owned::start().await;
    let post = with_state("tools/call", &json!({"name": "complete", "arguments": {}}), "anything");
    assert_eq!(error(&owned.send(post, Some(&owned.owner())).await), rejected());
}

#[tokio::test]
async fn responses_without_state_are_unchanged() {
    let owned = Owned::start().await;
    let params = json!({"name": "delete", "arguments": {"id": 1}, "inputResponses": {"confirm": {"action": "accept"}}});
    let answer = owned.send(request(VERSION, "tools/call", params), Some(&owned.owner())).await;
    assert_eq!(answer.json()["result"]["resultType"], "input_required", "{answer:?}");
}

#[tokio::test]
async fn refused_caller_learns_nothing_about_the_state() {
    let owned = Owned::start().await;
    let write = owned.server.token("todo:write");
    let params = json!({"name": "delete_all", "arguments": {}});
    let state = ask(&owned, "tools/call", &params, &write).await;
    for state in [&state, "anything"] {
        let post = with_state("tools/call", &params, state);
        let answer = owned.send(post, Some(&owned.server.token("todo:read"))).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    }
    // Without HTTP, only the inner lock decides.
    let jobs = Jobs::default();
    let mut client = Client::connect(LocalServer::builder(jobs.clone(), None).allow_anonymous()).await;
    let answer = client.ask("tools/call", &json!({"name": "delete_all", "requestState": "anything"})).await;
    assert_eq!(answer["result"]["content"][0]["text"], "Access token required", "{answer}");
    for (method, params) in [
        ("prompts/get", json!({"name": "plan_all", "requestState": "anything"})),
        ("resources/read", json!({"uri": "todo://all", "requestState": "anything"})),
    ] {
        assert_eq!(client.ask(method, &params).await["error"]["message"], "Access token required", "{method}");
    }
    let answer = client.ask("tools/call", &json!({"name": "delete", "requestState": "anything"})).await;
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    assert_eq!(jobs.states(), [""; 0]);
}

/// A server that implements prompts and resources itself. It always asks.
#[derive(Clone, Default)]
struct ByHand {
    states: Arc<Mutex<Vec<Option<String>>>>,
}

#[guarded_tools(own_handler)]
impl ByHand {
    /// Not used.
    #[guarded_tool(public)]
    fn nothing(&self) {}
}

#[guarded_handler]
impl ServerHandler for ByHand {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = Self::capabilities();
        capabilities.extensions = ServerCapabilities::builder().enable_tasks().build().extensions;
        ServerConfig::new(capabilities)
    }

    #[guarded(scope = "todo:write")]
    async fn cancel_task(&self, _: CancelTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    #[guarded(public)]
    async fn get_prompt(
        &self,
        GetPromptRequestParams { request_state, .. }: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.states.lock().unwrap().push(request_state);
        Ok(InputRequiredResult::from_request_state("prompt").into())
    }

    #[guarded(public)]
    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.states.lock().unwrap().push(request.request_state);
        Ok(InputRequiredResult::from_request_state("resource").into())
    }
}

#[tokio::test]
async fn states_of_handwritten_methods_are_sealed() {
    let by_hand = ByHand::default();
    let server = Server::serve_with(Default::default(), by_hand.clone(), |builder| builder.allow_anonymous()).await;
    let server = server.without_reference();
    let (owner, other) = (alice(server.issuer.token().subject("alice")), alice(server.issuer.token().subject("bob")));
    let send = async |post: Post, token: &String| server.send(post.bearer(token).build()).await;
    for (raw, method, params, edited) in [
        ("prompt", "prompts/get", json!({"name": "plan"}), json!({"name": "other"})),
        ("resource", "resources/read", json!({"uri": "todo://1"}), json!({"uri": "todo://2"})),
    ] {
        let answer = send(request(VERSION, method, params.clone()), &owner).await;
        let state = answer.json()["result"]["requestState"].as_str().unwrap().to_owned();
        assert_ne!(state, raw);
        send(with_state(method, &params, &state), &owner).await;
        let seen = std::mem::take(&mut *by_hand.states.lock().unwrap());
        assert_eq!(seen, [None, Some(raw.to_owned())], "{method}");
        for (post, token, what) in [
            (with_state(method, &params, &state), &other, "another subject"),
            (with_state(method, &edited, &state), &owner, "another subject of the request"),
            (with_state(method, &params, raw), &owner, "an unsealed state"),
        ] {
            assert_eq!(error(&send(post, token).await), rejected(), "{method} with {what}");
        }
        assert_eq!(*by_hand.states.lock().unwrap(), [], "{method}");
    }
}

#[tokio::test]
async fn refused_caller_learns_nothing_about_the_task() {
    let local = LocalServer::builder(ByHand::default(), None).allow_anonymous();
    let mut client = Client::connect_with(local, &json!({"extensions": {TASKS: {}}})).await;
    let answer = client.ask("tasks/cancel", &json!({"taskId": "anything"})).await;
    assert_eq!(answer["error"]["message"], "Access token required", "{answer}");
}
