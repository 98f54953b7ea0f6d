//! Typed claims in operations.

use http::StatusCode;
use mcp_guard::ResourceServerBuilder;
use mcp_guard::policy::Denial;
use mcp_guard::prelude::*;
use mcp_guard::settings::{Disclosure, NoTools, Sessions};
use mcp_guard_dev::TokenBuilder;
use serde_json::{Value, json};

use crate::support::{Answer, METADATA, Post, Runs, Server, VERSIONS, Version, insufficient, request_in};

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
    /// Return the tenant.
    #[guarded_tool(scope = "todo:write")]
    fn tenant(&self, Claims(tenant): Claims<Tenant>) -> String {
        self.of(&tenant)
    }

    /// Like `tenant`, after all other extractors.
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

async fn serve(configure: impl Fn(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>) -> Server {
    let tenants = Tenants::default();
    Server::serve_with(tenants.runs.clone(), tenants, configure).await
}

/// Returns requests, and the scopes that they require.
fn requests(version: Version) -> [(Post, &'static str); 4] {
    let all = [
        ("tools/call", json!({"name": "tenant", "arguments": {}}), "todo:read todo:write"),
        ("tools/call", json!({"name": "shelf", "arguments": {"shelf": 1}}), "shelf:1 todo:read todo:write"),
        ("prompts/get", json!({"name": "plan"}), "todo:read todo:write"),
        ("resources/read", json!({"uri": "todo://1"}), "todo:read todo:write"),
    ];
    all.map(|(method, params, needed)| (request_in(version, method, params), needed))
}

/// Returns tokens with different invalid claims, and whether a different token could satisfy the operation.
fn invalid_claims(token: impl Fn() -> TokenBuilder) -> [(&'static str, TokenBuilder, bool); 6] {
    [
        ("missing", token(), true),
        ("another claim in its place", token().claim("Tenant", "acme"), true),
        ("null, which is missing", token().claim("tenant", Value::Null), true),
        ("a number", token().claim("tenant", 7), false),
        ("a list", token().claim("tenant", json!(["acme"])), false),
        ("another claim ill-typed", token().claim("tenant", "acme").claim("seats", "many"), false),
    ]
}

const GRANTED: &str = "todo:write shelf:1";

fn assert_invalid_token(answer: &Answer, scope: &str, case: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{case}: {answer:?}");
    let challenge = format!(
        "Bearer error=\"invalid_token\", scope=\"{scope}\", resource_metadata=\"{METADATA}\", error_description=\"The access token has expired or is not valid for this server\""
    );
    assert_eq!(answer.challenge(), challenge, "{case}");
    let body = answer.json();
    assert_eq!((&body["id"], &body["error"]["code"]), (&json!(7), &json!(401)), "{case}");
    assert_eq!(body["error"]["data"]["error"], "invalid_token", "{case}");
}

fn assert_server_error(answer: &Answer, case: &str) {
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{case}: {answer:?}");
    assert!(answer.header("www-authenticate").is_none(), "{case}");
    let body = answer.json();
    assert_eq!((&body["id"], &body["error"]["code"]), (&json!(7), &json!(-32603)), "{case}");
    assert!(body["error"].get("data").is_none(), "{case}: {answer:?}");
}

#[tokio::test]
async fn missing_claim_gets_401_and_ill_typed_claim_gets_500() {
    let server = serve(|builder| builder.sessions(Sessions::new().legacy(false))).await;
    for version in VERSIONS {
        for (post, needed) in requests(version) {
            for (claim, token, another_helps) in invalid_claims(|| server.token_builder(GRANTED)) {
                let case = format!("{version:?} {claim} {}", String::from_utf8_lossy(&post.body));
                let answer = server.send(post.clone().bearer(&token.sign()).build()).await;
                if another_helps {
                    assert_invalid_token(&answer, needed, &case);
                } else {
                    assert_server_error(&answer, &case);
                }
                assert!(!answer.text.contains("acme") && !answer.text.contains("tenant"), "{case}: {answer:?}");
            }
            assert_eq!(server.runs(), 0);
            let good = server.token_builder(GRANTED).claim("tenant", "acme").claim("seats", 3).sign();
            let answer = server.send(post.clone().bearer(&good).build()).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            assert!(answer.text.contains("acme 3"), "{answer:?}");
            assert_eq!(server.runs(), 1);
            server.runs.reset();
            let poor = server.send(post.bearer(&server.token("todo:read")).build()).await;
            assert_eq!(poor.status, StatusCode::FORBIDDEN, "scopes are checked first: {poor:?}");
            assert_eq!(poor.challenge(), insufficient(needed));
        }
    }
}

#[tokio::test]
async fn claim_error_in_session_has_no_http_status() {
    let server = serve(|builder| builder).await;
    for (claim, token, another_helps) in invalid_claims(|| server.token_builder(GRANTED)) {
        let token = token.sign();
        let session = server.connect(VERSIONS[0], &token).await;
        for (post, needed) in requests(VERSIONS[0]) {
            let case = format!("{claim} {}", String::from_utf8_lossy(&post.body));
            let is_tool = case.contains("tools/call");
            let body = server.send(post.within(session.as_ref()).bearer(&token).build()).await.last_json();
            match (another_helps, is_tool) {
                (true, true) => {
                    let details = json!({"error": "invalid_token", "scope": needed, "resource_metadata": METADATA});
                    assert_eq!(body["result"]["isError"], true, "{case}: {body}");
                    assert_eq!(body["result"]["structuredContent"], details, "{case}");
                }
                (true, false) => {
                    assert_eq!(body["error"]["data"], json!({"error": "invalid_token", "scope": needed}), "{case}");
                }
                (false, _) => assert_eq!(body["error"]["code"], -32603, "{case}: {body}"),
            }
        }
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn only_missing_claim_becomes_a_tool_result() {
    let server = serve(|builder| builder.disclosure(Disclosure::new().denial(Denial::ToolResultWithChallenge))).await;
    for (post, needed) in requests(VERSIONS[2]) {
        for (claim, token, another_helps) in invalid_claims(|| server.token_builder(GRANTED)) {
            let case = format!("{claim} {}", String::from_utf8_lossy(&post.body));
            let answer = server.send(post.clone().bearer(&token.sign()).build()).await;
            match (another_helps, case.contains("tools/call")) {
                (true, true) => {
                    let result = &answer.json()["result"];
                    assert_eq!(
                        (answer.status, &result["isError"]),
                        (StatusCode::OK, &json!(true)),
                        "{case}: {answer:?}"
                    );
                    let challenge = result["_meta"]["mcp/www_authenticate"][0].as_str().unwrap();
                    let expected = format!("Bearer error=\"invalid_token\", scope=\"{needed}\", ");
                    assert!(challenge.starts_with(&expected), "{case}: {challenge}");
                }
                (true, false) => assert_invalid_token(&answer, needed, &case),
                (false, _) => assert_server_error(&answer, &case),
            }
        }
    }
    assert_eq!(server.runs(), 0);
}
