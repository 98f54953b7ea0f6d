//! Scopes that depend on the arguments of a request.

use std::sync::Arc;

use http::StatusCode;
use mcp_guard::Issuer;
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::{Hierarchy, Policy};
use mcp_guard::prelude::*;
use mcp_guard::settings::Disclosure;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use tower::Layer as _;

use crate::support::{METADATA, Post, RESOURCE, Runs, Server, VERSIONS, Version, insufficient, request_in};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Entry {
    list: String,
    #[serde(default)]
    everyone: bool,
}

/// Returns the scope of a list. Panics for a name that is not valid in a scope: `ok()` would open the list to everyone.
fn scope_of(list: &str) -> Scope {
    Scope::new(format!("list:{list}")).unwrap_or(Scope::from_static("list"))
}

/// Returns the scopes for adding to a list: the scope of the list, and one more if everyone can see the entry.
fn scopes_of(entry: &Entry) -> ScopeSet {
    let share = entry.everyone.then_some(Scope::from_static("todo:share"));
    std::iter::once(scope_of(&entry.list)).chain(share).collect()
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct ByList {
    list: String,
}

#[derive(Clone, Default)]
struct Lists {
    runs: Runs,
}

#[guarded_tools]
impl Lists {
    /// Add to a list.
    #[guarded_tool(scope = "todo:write", scopes_for = scopes_of)]
    fn add(&self, Parameters(entry): Parameters<Entry>) -> String {
        drop(entry);
        self.runs.ran()
    }

    /// Like `add`, with a name that is not valid in a header.
    #[guarded_tool(name = "füge \"hinzu\"", scope = "todo:write", scopes_for = scopes_of)]
    fn add_in_german(&self, Parameters(entry): Parameters<Entry>) -> String {
        drop(entry);
        self.runs.ran()
    }

    /// Plan a list.
    #[guarded_prompt(scope = "todo:write", scopes_for = |list: &ByList| scope_of(&list.list))]
    fn plan(&self, Parameters(list): Parameters<ByList>) -> String {
        drop(list);
        self.runs.ran()
    }

    /// Read a list.
    #[guarded_resource(uri = "todo://lists/{list}", scope = "todo:write", scopes_for = scope_of)]
    fn list(&self, list: String) -> String {
        drop(list);
        self.runs.ran()
    }
}

async fn serve() -> Server {
    let lists = Lists::default();
    Server::serve(lists.runs.clone(), lists).await
}

const STATIC: &str = "todo:read todo:write";
const OF_A: &str = "list:a todo:read todo:write";
const OF_ALL: &str = "list:a todo:read todo:share todo:write";

/// The method, the parameters, the granted scopes, and the required scopes if the grant is insufficient.
type Case = (&'static str, Value, &'static str, Option<&'static str>);

fn cases() -> Vec<Case> {
    let add = |arguments: Value| json!({"name": "add", "arguments": arguments});
    let in_german = |arguments: Value| json!({"name": "füge \"hinzu\"", "arguments": arguments});
    let plan = |list: &str| json!({"name": "plan", "arguments": {"list": list}});
    let read = |uri: &str| json!({"uri": uri});
    let (tool, prompt, resource) = ("tools/call", "prompts/get", "resources/read");
    vec![
        (tool, add(json!({"list": "a"})), "todo:write", Some(OF_A)),
        (tool, add(json!({"list": "a"})), "todo:write list:b", Some(OF_A)),
        (tool, add(json!({"list": "a"})), "todo:write list:A", Some(OF_A)),
        (tool, add(json!({"list": "a"})), "todo:write list:*", Some(OF_A)),
        (tool, add(json!({"list": "a"})), "todo:write todo:share", Some(OF_A)),
        (tool, add(json!({"list": "a"})), "todo:read list:a", Some(OF_A)),
        (tool, add(json!({"list": "a"})), "todo:write list:a", None),
        (tool, add(json!({"list": "a", "everyone": true})), "todo:write", Some(OF_ALL)),
        (tool, add(json!({"list": "a", "everyone": true})), "todo:write list:a", Some(OF_ALL)),
        (tool, add(json!({"list": "a", "everyone": true})), "todo:write todo:share", Some(OF_ALL)),
        (tool, add(json!({"list": "a", "everyone": true})), "todo:write list:a todo:share", None),
        (tool, in_german(json!({"list": "a"})), "todo:write", Some(OF_A)),
        (tool, in_german(json!({"list": "a"})), "todo:write list:a", None),
        (prompt, plan("a"), "todo:write", Some(OF_A)),
        (prompt, plan("a"), "todo:write list:b", Some(OF_A)),
        (prompt, plan("a"), "todo:write list:a", None),
        (resource, read("todo://lists/a"), "todo:write", Some(OF_A)),
        (resource, read("todo://lists/a%20b"), "todo:write", Some("list todo:read todo:write")),
        (resource, read("todo://lists/a%22"), "todo:write list:a", Some("list todo:read todo:write")),
        (resource, read("todo://lists/a"), "todo:write list:b", Some(OF_A)),
        (resource, read("todo://lists/a"), "todo:write list:a", None),
    ]
}

/// Builds a request with the name encoded for a header.
fn request(version: Version, method: &str, params: &Value) -> Post {
    let post = request_in(version, method, params.clone());
    match params["name"].as_str().filter(|name| !name.is_ascii()) {
        // füge "hinzu"
        Some(_) if version.is_stateless() => post.set("mcp-name", "=?base64?ZsO8Z2UgImhpbnp1Ig==?="),
        _ => post,
    }
}

#[tokio::test]
async fn all_scopes_are_challenged_before_execution() {
    let server = serve().await;
    for version in VERSIONS {
        for (method, params, granted, needed) in cases() {
            let case = format!("{version:?} {method} {params} with {granted}");
            let token = server.token(granted);
            let session = server.connect(version, &token).await;
            let runs = server.runs();
            let post = request(version, method, &params).within(session.as_ref());
            let answer = server.send(post.bearer(&token).build()).await;
            match needed {
                Some(needed) => {
                    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{case}: {answer:?}");
                    assert_eq!(answer.challenge(), insufficient(needed), "{case}");
                    assert_eq!(answer.json()["id"], 7, "{case}");
                    assert_eq!(server.runs(), runs, "{case}");
                }
                None => {
                    assert_eq!(answer.status, StatusCode::OK, "{case}: {answer:?}");
                    assert!(answer.last_json().get("error").is_none(), "{case}: {answer:?}");
                    assert_eq!(server.runs(), runs + 1, "{case}: {answer:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn inner_lock_enforces_argument_scopes() {
    let server = serve().await;
    let validator = Issuer::jwt(server.issuer.issuer()).validator(RESOURCE).await.unwrap();
    let scope = Scope::from_static;
    let hierarchy = Hierarchy::new([(scope("todo:write"), scope("todo:read"))]).unwrap();
    let policy = Policy::new(scope("todo:read").into(), hierarchy, false);
    let lists = Lists::default();
    let runs = lists.runs.clone();
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    let rmcp = StreamableHttpService::new(move || Ok(lists.clone()), Arc::<LocalSessionManager>::default(), config);
    let service = AuthLayer::new(validator, policy, Challenger::new(METADATA)).for_mcp().layer(rmcp);
    let server = Server { router: axum::Router::new().fallback_service(service), runs, reference: None, ..server };
    let unreadable = request_in(VERSIONS[2], "tools/call", json!({"name": "add", "arguments": {"list": 1}}));
    let rejected = server.send(unreadable.bearer(&server.token("todo:read")).build()).await;
    assert_eq!(rejected.json()["result"]["structuredContent"]["scope"], STATIC, "{rejected:?}");
    for (method, params, granted, needed) in cases() {
        let case = format!("{method} {params} with {granted}");
        let before = server.runs();
        let post = request(VERSIONS[2], method, &params);
        let body = server.send(post.bearer(&server.token(granted)).build()).await.json();
        let Some(needed) = needed else {
            assert_eq!(server.runs(), before + 1, "{case}: {body}");
            continue;
        };
        assert_eq!(server.runs(), before, "{case}: {body}");
        let details = if method == "tools/call" {
            assert_eq!(body["result"]["isError"], true, "{case}: {body}");
            &body["result"]["structuredContent"]
        } else {
            assert_eq!(body["error"]["code"], -32600, "{case}: {body}");
            &body["error"]["data"]
        };
        assert_eq!((&details["error"], &details["scope"]), (&json!("insufficient_scope"), &json!(needed)), "{case}");
    }
}

#[tokio::test]
async fn unreadable_arguments_keep_their_usual_errors() {
    let server = serve().await;
    let token = server.token("todo:write list:a todo:share");
    for version in VERSIONS {
        let session = server.connect(version, &token).await;
        for params in [
            json!({"name": "add", "arguments": {}}),
            json!({"name": "add", "arguments": {"list": 1}}),
            json!({"name": "add", "arguments": {"list": "a", "everyone": "yes"}}),
            json!({"name": "add", "arguments": {"List": "a"}}),
            json!({"name": "add", "arguments": null}),
            json!({"name": "add"}),
        ] {
            let post = request_in(version, "tools/call", params.clone()).within(session.as_ref());
            let answer = server.send(post.clone().bearer(&token).build()).await;
            assert_eq!(answer.status, StatusCode::OK, "{params}: {answer:?}");
            let result = &answer.last_json()["result"];
            assert_eq!(result["isError"], true, "{params}: {answer:?}");
            let text = result["content"][0]["text"].as_str().unwrap();
            assert!(text.contains("deserialize parameters"), "{params}: {text}");
            let poor = server.send(post.bearer(&server.token("todo:read")).build()).await;
            assert_eq!(poor.status, StatusCode::FORBIDDEN, "{params}: {poor:?}");
            assert_eq!(poor.challenge(), insufficient(STATIC), "{params}");
        }
        for params in [json!({"name": "plan"}), json!({"name": "plan", "arguments": {"list": 1}})] {
            let post = request_in(version, "prompts/get", params.clone()).within(session.as_ref());
            let answer = server.send(post.bearer(&token).build()).await;
            assert_eq!(answer.last_json()["error"]["code"], -32602, "{params}: {answer:?}");
        }
        for arguments in [json!(["a"]), json!("a"), json!(1)] {
            let params = json!({"name": "add", "arguments": arguments});
            let post = request_in(version, "tools/call", params.clone()).within(session.as_ref());
            let answer = server.send(post.bearer(&token).build()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{params}: {answer:?}");
            assert_eq!(answer.json()["error"]["code"], -32602, "{params}: {answer:?}");
        }
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn body_is_parsed_like_rmcp() {
    let server = serve().await;
    let low = server.token("todo:write list:b");
    let high = server.token("todo:write list:a");
    let plain = request_in(VERSIONS[2], "tools/call", json!({"name": "add", "arguments": {"list": "a"}}));
    let text = String::from_utf8(plain.body.clone()).unwrap();
    for (from, to) in [
        ("\"arguments\"", r#""\u0061rguments""#),
        ("\"list\"", r#""l\u0069st""#),
        ("\"list\":\"a\"", r#""list":"\u0061""#),
        ("\"list\":\"a\"", r#""list":"b","list":"a""#),
        ("\"list\":\"a\"", r#""List":"b","list":"a""#),
        ("\"name\":\"add\"", r#""name":"\u0061dd""#),
        ("\"params\"", r#""p\u0061rams""#),
    ] {
        let body = text.replacen(from, to, 1);
        assert_ne!(body, text, "{from}");
        let mut post = plain.clone();
        post.body = body.clone().into_bytes();
        let rejected = server.send(post.clone().bearer(&low).build()).await;
        assert_eq!(rejected.status, StatusCode::FORBIDDEN, "{body}: {rejected:?}");
        assert_eq!(rejected.challenge(), insufficient(OF_A), "{body}");
        assert_eq!(server.runs(), 0, "{body}");
        let allowed = server.send(post.bearer(&high).build()).await;
        assert_eq!(allowed.result_text(), "ran", "{body}");
        server.runs.reset();
    }
    let twice = text.replacen("\"arguments\"", r#""arguments":{"list":"b"},"arguments""#, 1);
    let mut post = plain.clone();
    post.body = twice.into_bytes();
    let answer = server.send(post.bearer(&low).build()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn header_never_replaces_body_arguments() {
    let server = serve().await;
    let token = server.token("todo:write list:a");
    for name in ["=?base64?YWRk?=", "=?base64?*?=", "=?base64?ZsO8Z2U=?=", "add", "f\u{fc}ge"] {
        let params = json!({"name": "füge \"hinzu\"", "arguments": {"list": "a"}});
        let post = request_in(VERSIONS[2], "tools/call", params).set("mcp-name", name).bearer(&token);
        let answer = server.send(post.build()).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]["code"]),
            (StatusCode::BAD_REQUEST, &json!(-32020)),
            "{name}"
        );
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn unauthenticated_challenge_ignores_arguments() {
    let lists = Lists::default();
    let open = Server::serve(lists.runs.clone(), lists.clone()).await;
    let hiding = Server::serve_with(lists.runs.clone(), lists, |builder| {
        builder.disclosure(Disclosure::new().hide_requirements())
    })
    .await;
    for (method, params, _, _) in cases() {
        for (server, scope) in [(&open, STATIC), (&hiding, "todo:read")] {
            let post = request(VERSIONS[2], method, &params);
            let without = server.send(post.clone().build()).await;
            assert_eq!(without.status, StatusCode::UNAUTHORIZED, "{params}");
            let challenge = format!("Bearer scope=\"{scope}\", resource_metadata=\"{METADATA}\"");
            assert_eq!(without.challenge(), challenge, "{params}");
            assert!(!without.text.contains("list:a"), "{without:?}");
            let garbage = server.send(post.bearer("garbage").build()).await;
            let challenge = format!("Bearer error=\"invalid_token\", scope=\"{scope}\", ");
            assert!(garbage.challenge().starts_with(&challenge), "{params}: {garbage:?}");
        }
    }
    let unreadable = request_in(VERSIONS[2], "tools/call", json!({"name": "add", "arguments": {"list": 1}}));
    let answer = open.send(unreadable.build()).await;
    assert_eq!(answer.challenge(), format!("Bearer scope=\"{STATIC}\", resource_metadata=\"{METADATA}\""));
    assert_eq!(open.runs(), 0);
}
