//! Claims as types, in operations.

use http::StatusCode;
use mcp_guard::Denial;
use mcp_guard::Disclosure;
use mcp_guard::NoTools;
use mcp_guard::ResourceServerBuilder;
use mcp_guard::Sessions;
use mcp_guard::prelude::*;
use mcp_guard_dev::TokenBuilder;
use serde_json::Value;
use serde_json::json;

use crate::support::Answer;
use crate::support::METADATA;
use crate::support::Post;
use crate::support::Runs;
use crate::support::Server;
use crate::support::VERSIONS;
use crate::support::Version;
use crate::support::insufficient;
use crate::support::request_in;

#[derive(serde::Deserialize)]
struct Tenant {
    tenant: String,
    #[serde(default)]
    seats: u32,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct OnShelf {
    shelf: u8,
}

#[derive(Clone, Default)]
struct Tenants {
    runs: Runs,
}

impl Tenants {
    fn of(&self, tenant: &Tenant) -> String {
        self.runs.ran();
        format!("{} {}", tenant.tenant, tenant.seats)
    }
}

#[guarded_tools]
impl Tenants {
    /// Name the tenant.
    #[guarded_tool(scope = "todo:write")]
    fn tenant(&self, Claims(tenant): Claims<Tenant>) -> String {
        self.of(&tenant)
    }

    /// The same, behind everything else that a tool takes.
    #[guarded_tool(scope = "todo:write", scopes_for = |on: &OnShelf| Scope::new(format!("shelf:{}", on.shelf)).unwrap())]
    async fn shelf(
        &self,
        Parameters(on): Parameters<OnShelf>,
        token: ValidatedToken,
        tenant: Claims<Tenant>,
    ) -> String {
        drop((on, token));
        self.of(&tenant)
    }

    /// In a prompt.
    #[guarded_prompt(scope = "todo:write")]
    fn plan(&self, Claims(tenant): Claims<Tenant>) -> String {
        self.of(&tenant)
    }

    /// In a resource.
    #[guarded_resource(uri = "todo://{id}", scope = "todo:write")]
    fn one(&self, id: u64, Claims(tenant): Claims<Tenant>) -> String {
        format!("{id} {}", self.of(&tenant))
    }
}

async fn serve(configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>) -> Server {
    let tenants = Tenants::default();
    Server::serve_with(tenants.runs.clone(), tenants, configure).await
}

/// What is asked, and what it needs.
fn requests(version: Version) -> [(Post, &'static str); 4] {
    let all = [
        ("tools/call", json!({"name": "tenant", "arguments": {}}), "todo:read todo:write"),
        ("tools/call", json!({"name": "shelf", "arguments": {"shelf": 1}}), "shelf:1 todo:read todo:write"),
        ("prompts/get", json!({"name": "plan"}), "todo:read todo:write"),
        ("resources/read", json!({"uri": "todo://1"}), "todo:read todo:write"),
    ];
    all.map(|(method, params, needed)| (request_in(version, method, params), needed))
}

/// Tokens of which each is wrong in its own way, and whether another one would help.
fn misfits(token: impl Fn() -> TokenBuilder) -> [(&'static str, TokenBuilder, bool); 6] {
    [
        ("missing", token(), true),
        ("another in its place", token().claim("Tenant", "acme"), true),
        ("null", token().claim("tenant", Value::Null), false),
        ("a number", token().claim("tenant", 7), false),
        ("a list", token().claim("tenant", json!(["acme"])), false),
        ("another one ill-typed", token().claim("tenant", "acme").claim("seats", "many"), false),
    ]
}

const GRANTED: &str = "todo:write shelf:1";

fn assert_invalid_token(answer: &Answer, scope: &str, what: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}: {answer:?}");
    let challenge = format!(
        "Bearer error=\"invalid_token\", scope=\"{scope}\", resource_metadata=\"{METADATA}\", error_description=\"The access token has expired or is not valid for this server\""
    );
    assert_eq!(answer.challenge(), challenge, "{what}");
    let body = answer.json();
    assert_eq!((&body["id"], &body["error"]["code"]), (&json!(7), &json!(401)), "{what}");
    assert_eq!(body["error"]["data"]["error"], "invalid_token", "{what}");
}

fn assert_server_error(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{what}: {answer:?}");
    assert!(answer.header("www-authenticate").is_none(), "{what}");
    let body = answer.json();
    assert_eq!((&body["id"], &body["error"]["code"]), (&json!(7), &json!(-32603)), "{what}");
    assert!(body["error"].get("data").is_none(), "{what}: {answer:?}");
}

#[tokio::test]
async fn a_token_without_the_claim_is_not_good_enough_and_an_ill_typed_claim_is_the_servers_mistake() {
    let server = serve(|builder| builder.sessions(Sessions::new().legacy(false))).await;
    for version in VERSIONS {
        for (post, needed) in requests(version) {
            for (claim, token, another_helps) in misfits(|| server.token_builder(GRANTED)) {
                let what = format!("{version:?} {claim} {}", String::from_utf8_lossy(&post.body));
                let answer = server.send(post.clone().bearer(&token.sign()).build()).await;
                if another_helps {
                    assert_invalid_token(&answer, needed, &what);
                } else {
                    assert_server_error(&answer, &what);
                }
                assert!(!answer.text.contains("acme") && !answer.text.contains("tenant"), "{what}: {answer:?}");
            }
            assert_eq!(server.runs(), 0);
            let good = server.token_builder(GRANTED).claim("tenant", "acme").claim("seats", 3).sign();
            let answer = server.send(post.clone().bearer(&good).build()).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            assert!(answer.text.contains("acme 3"), "{answer:?}");
            assert_eq!(server.runs(), 1);
            server.runs.reset();
            let poor = server.send(post.bearer(&server.token("todo:read")).build()).await;
            assert_eq!(poor.status, StatusCode::FORBIDDEN, "scopes come first: {poor:?}");
            assert_eq!(poor.challenge(), insufficient(needed));
        }
    }
}

#[tokio::test]
async fn in_a_session_it_is_told_without_a_status() {
    let server = serve(|builder| builder).await;
    for (claim, token, another_helps) in misfits(|| server.token_builder(GRANTED)) {
        let token = token.sign();
        let session = server.connect(VERSIONS[0], &token).await;
        for (post, needed) in requests(VERSIONS[0]) {
            let what = format!("{claim} {}", String::from_utf8_lossy(&post.body));
            let is_tool = what.contains("tools/call");
            let body = server.send(post.within(session.as_ref()).bearer(&token).build()).await.last_json();
            match (another_helps, is_tool) {
                (true, true) => {
                    let details = json!({"error": "invalid_token", "scope": needed, "resource_metadata": METADATA});
                    assert_eq!(body["result"]["isError"], true, "{what}: {body}");
                    assert_eq!(body["result"]["structuredContent"], details, "{what}");
                }
                (true, false) => {
                    assert_eq!(body["error"]["data"], json!({"error": "invalid_token", "scope": needed}), "{what}");
                }
                (false, _) => assert_eq!(body["error"]["code"], -32603, "{what}: {body}"),
            }
        }
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn where_calls_are_refused_with_a_result_only_what_the_caller_can_change_is_one() {
    let server = serve(|builder| builder.disclosure(Disclosure::new().denial(Denial::ToolResultWithChallenge))).await;
    for (post, needed) in requests(VERSIONS[2]) {
        for (claim, token, another_helps) in misfits(|| server.token_builder(GRANTED)) {
            let what = format!("{claim} {}", String::from_utf8_lossy(&post.body));
            let answer = server.send(post.clone().bearer(&token.sign()).build()).await;
            match (another_helps, what.contains("tools/call")) {
                (true, true) => {
                    let result = &answer.json()["result"];
                    assert_eq!(
                        (answer.status, &result["isError"]),
                        (StatusCode::OK, &json!(true)),
                        "{what}: {answer:?}"
                    );
                    let challenge = result["_meta"]["mcp/www_authenticate"][0].as_str().unwrap();
                    let expected = format!("Bearer error=\"invalid_token\", scope=\"{needed}\", ");
                    assert!(challenge.starts_with(&expected), "{what}: {challenge}");
                }
                (true, false) => assert_invalid_token(&answer, needed, &what),
                (false, _) => assert_server_error(&answer, &what),
            }
        }
    }
    assert_eq!(server.runs(), 0);
}
