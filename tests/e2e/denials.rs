//! How a rejected tool call is reported to the client.

use http::StatusCode;
use mcp_guard::ResourceServerBuilder;
use mcp_guard::policy::Denial;
use mcp_guard::settings::{Disclosure, NoTools, Sessions};
use serde_json::{Value, json};

use crate::library;
use crate::library::Library;
use crate::support::{Answer, METADATA, Post, Server, VERSIONS, call, call_in, insufficient, request_in};

/// A library that allows anonymous callers, and has sessions for older revisions.
async fn serve(configure: impl Fn(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>) -> Server {
    let library = Library::default();
    let runs = library.runs.clone();
    Server::serve_with(runs, library, |builder| {
        configure(builder.allow_anonymous().sessions(Sessions::new().legacy(true)))
    })
    .await
}

const WRITE: &str = "todo:read todo:write";
const SHARE: &str = "todo:read todo:share todo:write";

fn unauthenticated(scope: &str) -> String {
    format!("Bearer scope=\"{scope}\", resource_metadata=\"{METADATA}\"")
}

/// Checks the result of a denied call: this error (`None` for a missing token) and these scopes.
fn assert_result(answer: &Answer, denial: Denial, error: Option<&str>, scope: &str, case: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{case}: {answer:?}");
    assert!(answer.header("www-authenticate").is_none(), "{case}");
    let message = answer.last_json();
    assert_eq!((&message["jsonrpc"], &message["id"]), (&json!("2.0"), &json!(7)), "{case}");
    let result = &message["result"];
    assert_eq!(result["isError"], true, "{case}: {answer:?}");
    let mut details = json!({"scope": scope, "resource_metadata": METADATA});
    if let Some(error) = error {
        details["error"] = error.into();
    }
    assert_eq!(result["structuredContent"], details, "{case}");
    assert_eq!(result["content"].as_array().unwrap().len(), 1, "{case}");
    let text = result["content"][0]["text"].as_str().unwrap();
    let expected = if error.is_some() { "Insufficient scope: " } else { "Access token required" };
    assert!(text.starts_with(expected), "{case}: {result}");
    // ChatGPT requires an error even for a missing token.
    let meta = match denial {
        Denial::ToolResultWithChallenge => json!({"mcp/www_authenticate": [insufficient(scope)]}),
        _ => Value::Null,
    };
    assert_eq!(result["_meta"], meta, "{case}");
}

#[tokio::test]
async fn denial_result_matches_the_403() {
    for denial in [Denial::ToolResult, Denial::ToolResultWithChallenge] {
        let server = serve(|builder| builder.disclosure(Disclosure::new().denial(denial))).await;
        for version in VERSIONS {
            for (tool, granted, scope) in [
                ("write", "todo:read", WRITE),
                ("delete", "", "todo:delete todo:read todo:write"),
                ("share", WRITE, SHARE),
            ] {
                let case = format!("{denial:?} {version:?} {tool}");
                let token = server.token(granted);
                let session = server.connect(version, &token).await;
                for session in [session.as_ref(), None] {
                    let post = call_in(version, tool).within(session);
                    if session.is_none() && !version.is_stateless() {
                        continue;
                    }
                    let answer = server.send(post.bearer(&token).build()).await;
                    assert_result(&answer, denial, Some("insufficient_scope"), scope, &case);
                    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
                    let kind = &answer.last_json()["result"]["resultType"];
                    assert_eq!(*kind, if version.is_stateless() { json!("complete") } else { Value::Null }, "{case}");
                }
            }
        }
        assert_eq!(server.runs(), 0);
    }
}

#[tokio::test]
async fn denial_in_older_revisions_has_no_result_type() {
    for denial in [Denial::ToolResult, Denial::ToolResultWithChallenge] {
        let server = serve(|builder| {
            builder.disclosure(Disclosure::new().denial(denial)).sessions(Sessions::new().legacy(false))
        })
        .await;
        for version in VERSIONS {
            for (tool, scope) in [("share", SHARE), ("delete", "todo:delete todo:read todo:write")] {
                let answer = server.send(call_in(version, tool).bearer(&server.token(WRITE)).build()).await;
                assert_result(&answer, denial, Some("insufficient_scope"), scope, tool);
                let kind = &answer.json()["result"]["resultType"];
                assert_eq!(*kind, if version.is_stateless() { json!("complete") } else { Value::Null }, "{version:?}");
            }
        }
    }
}

#[tokio::test]
async fn anonymous_caller_gets_the_configured_denial() {
    for denial in [Denial::ToolResult, Denial::ToolResultWithChallenge] {
        let server = serve(|builder| builder.disclosure(Disclosure::new().denial(denial))).await;
        let answer = server.send(call("write").build()).await;
        assert_result(&answer, denial, None, WRITE, "write");
        let hiding = serve(|builder| builder.disclosure(Disclosure::new().denial(denial).hide_requirements())).await;
        assert_result(&hiding.send(call("write").build()).await, denial, None, "todo:read", "hidden");
        let bad = server.call("write", "garbage").await;
        assert_eq!(bad.status, StatusCode::UNAUTHORIZED, "a caller with an invalid token is not anonymous");
        assert!(bad.challenge().starts_with("Bearer error=\"invalid_token\""), "{bad:?}");
        assert_eq!(server.send(call("open").build()).await.result_text(), "ran");
    }
    let usual = serve(|builder| builder).await.send(call("write").build()).await;
    assert_eq!((usual.status, usual.challenge()), (StatusCode::UNAUTHORIZED, unauthenticated(WRITE).as_str()));
}

#[tokio::test]
async fn missing_token_gets_401_in_every_denial_form() {
    for denial in [Denial::Http403, Denial::ToolResult, Denial::ToolResultWithChallenge] {
        let server = Server::start_with(|builder| builder.disclosure(Disclosure::new().denial(denial))).await;
        let answer = server.send(call("write").build()).await;
        assert_eq!((answer.status, answer.challenge()), (StatusCode::UNAUTHORIZED, unauthenticated(WRITE).as_str()));
        let expired = server.token_builder("todo:write").expires_in(-3600).sign();
        assert_eq!(server.call("write", &expired).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn only_tool_calls_are_denied_with_a_result() {
    for denial in [Denial::Http403, Denial::ToolResult, Denial::ToolResultWithChallenge] {
        let server = serve(|builder| builder.disclosure(Disclosure::new().denial(denial))).await;
        let mut rejected = 0;
        for request in library::requests().into_iter().filter(|request| request.method != "tools/call") {
            let case = format!("{denial:?} {request:?}");
            let runs = server.runs();
            let post = request_in(VERSIONS[2], request.method, request.params);
            let answer = server.send(post.bearer(&server.token("other")).build()).await;
            if server.runs() > runs {
                assert_eq!(answer.status, StatusCode::OK, "{case}: {answer:?}");
                continue;
            }
            rejected += 1;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{case}: {answer:?}");
            assert!(answer.challenge().starts_with("Bearer error=\"insufficient_scope\""), "{case}");
            assert_eq!(answer.json()["error"]["code"], 403, "{case}");
        }
        assert_eq!((server.runs(), rejected), (3, 7), "the public operations ran");
    }
}

#[tokio::test]
async fn denial_form_depends_on_the_client() {
    let server = serve(|builder| {
        builder.disclosure(Disclosure::new().denial(Denial::ToolResult).denial_for(|client| {
            if client.user_agent().is_some_and(|agent| agent.starts_with("openai-mcp/")) {
                return Some(Denial::ToolResultWithChallenge);
            }
            (client.client_id() == Some("steps-up")).then_some(Denial::Http403)
        }))
    })
    .await;
    let usual = Some(Denial::ToolResult);
    let with_challenge = Some(Denial::ToolResultWithChallenge);
    let http = None;
    for (agents, client, form) in [
        (&["openai-mcp/1.0.0"][..], "any", with_challenge),
        (&["openai-mcp/1.0.0"], "steps-up", with_challenge),
        (&["Openai-mcp/1.0.0"], "any", usual),
        (&["x openai-mcp/1.0.0"], "any", usual),
        (&["other"], "steps-up", http),
        (&[], "steps-up", http),
        (&[], "any", usual),
        (&["\u{fc}"], "any", usual),
        (&["other", "openai-mcp/1.0.0"], "any", usual),
    ] {
        let token = |scope| server.token_builder(scope).client_id(client).sign();
        for (tool, granted, scope) in [("write", "todo:read", WRITE), ("share", WRITE, SHARE)] {
            let post = agents.iter().fold(call(tool), |post, agent| post.header("user-agent", agent));
            let answer = server.send(post.bearer(&token(granted)).build()).await;
            let case = format!("{tool} by {agents:?} {client}");
            match form {
                Some(form) => assert_result(&answer, form, Some("insufficient_scope"), scope, &case),
                None => {
                    assert_eq!(
                        (answer.status, answer.challenge()),
                        (StatusCode::FORBIDDEN, insufficient(scope).as_str())
                    );
                }
            }
        }
    }
    let anonymous = call("write").header("user-agent", "openai-mcp/1.0.0");
    assert_result(&server.send(anonymous.build()).await, Denial::ToolResultWithChallenge, None, WRITE, "anonymous");
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn session_denial_uses_form_of_the_request() {
    let server = serve(|builder| {
        builder.disclosure(Disclosure::new().denial_for(|client| {
            client.user_agent()?.starts_with("openai-mcp/").then_some(Denial::ToolResultWithChallenge)
        }))
    })
    .await;
    let token = server.token(WRITE);
    let session = server.connect(VERSIONS[0], &token).await;
    let post = || -> Post { call_in(VERSIONS[0], "share").within(session.as_ref()).bearer(&token) };
    let chosen = server.send(post().header("user-agent", "openai-mcp/1").build()).await;
    assert_result(&chosen, Denial::ToolResultWithChallenge, Some("insufficient_scope"), SHARE, "chosen");
    let usual = server.send(post().build()).await;
    assert_result(&usual, Denial::ToolResult, Some("insufficient_scope"), SHARE, "the status was sent already");
}

#[tokio::test]
async fn challenge_can_include_granted_scopes() {
    let naming =
        |denial| serve(move |builder| builder.disclosure(Disclosure::new().name_granted_scopes().denial(denial)));
    let http = naming(Denial::Http403).await;
    let result = naming(Denial::ToolResult).await;
    for (tool, granted, scope) in [
        ("write", "todo:read mail", "mail todo:read todo:write"),
        ("write", "mail offline_access", "mail todo:read todo:write"),
        ("share", "todo:write mail", "mail todo:read todo:share todo:write"),
        ("share", "todo:write offline_access", SHARE),
    ] {
        let answer = http.call(tool, &http.token(granted)).await;
        assert_eq!(
            (answer.status, answer.challenge()),
            (StatusCode::FORBIDDEN, insufficient(scope).as_str()),
            "{tool}"
        );
        let answer = result.call(tool, &result.token(granted)).await;
        assert_result(&answer, Denial::ToolResult, Some("insufficient_scope"), scope, tool);
    }
    let prompt = request_in(VERSIONS[2], "prompts/get", json!({"name": "plan"})).bearer(&http.token("mail")).build();
    assert_eq!(http.send(prompt).await.challenge(), insufficient("mail todo:read todo:write"));
    let anonymous = http.send(call("write").build()).await;
    assert_eq!(anonymous.challenge(), unauthenticated(WRITE), "an anonymous caller has no scopes");
}
