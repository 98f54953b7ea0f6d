//! Requests get the same answers in every revision.

use http::StatusCode;
use mcp_guard::settings::Sessions;
use serde_json::json;

use crate::support::{Answer, Server, VERSIONS, Version, call_in, initialize, request_in};

async fn call(server: &Server, version: Version, session: Option<&String>, tool: &str, token: &str) -> Answer {
    server.send(call_in(version, tool).within(session).bearer(token).build()).await
}

#[tokio::test]
async fn every_revision_gets_200_401_and_403() {
    let server = Server::start().await;
    let (low, high) = (server.token("todo:read"), server.token("todo:write"));
    for version in VERSIONS {
        let session = server.connect(version, &low).await;
        let session = session.as_ref();
        let runs = server.runs();
        let allowed = call(&server, version, session, "read", &low).await;
        assert_eq!((allowed.status, allowed.result_text().as_str()), (StatusCode::OK, "ran"), "{version:?}");

        let rejected = call(&server, version, session, "write", &low).await;
        assert_eq!(rejected.status, StatusCode::FORBIDDEN, "{version:?}");
        assert!(rejected.challenge().contains("scope=\"todo:read todo:write\""), "{version:?}");
        assert_eq!(rejected.json()["id"], 7);

        let stepped_up = call(&server, version, session, "write", &high).await;
        assert_eq!(
            stepped_up.status,
            StatusCode::OK,
            "{version:?}: the same session with a better token of the same caller"
        );

        let anonymous = server.send(call_in(version, "read").within(session).build()).await;
        assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED, "{version:?}");
        assert_eq!(server.runs() - runs, 2, "{version:?}");
    }
}

#[tokio::test]
async fn older_revisions_can_be_served_without_sessions() {
    let server = Server::start_with(|builder| builder.sessions(Sessions::new().legacy(false))).await;
    let low = server.token("todo:read");
    for version in VERSIONS {
        if !version.is_stateless() {
            let answer = server.send(initialize(version).bearer(&low).build()).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.header("mcp-session-id").is_none());
        }
        assert_eq!(call(&server, version, None, "read", &low).await.status, StatusCode::OK, "{version:?}");
        assert_eq!(call(&server, version, None, "write", &low).await.status, StatusCode::FORBIDDEN, "{version:?}");
    }
}

#[tokio::test]
async fn lists_are_stable_and_private() {
    let server = Server::start().await;
    let mut lists = Vec::new();
    for token in
        [server.token("todo:read"), server.token("todo:write"), server.token_builder("todo:read").subject("bob").sign()]
    {
        let answer = server.send(request_in(VERSIONS[2], "tools/list", json!({})).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        lists.push(answer.json()["result"].clone());
    }
    assert_eq!(lists[0], lists[1]);
    assert_eq!(lists[0], lists[2]);
    let names: Vec<&str> = lists[0]["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["audit", "delete", "read", "who", "write"], "all tools, sorted by name");
    assert_eq!(lists[0]["cacheScope"], "private");
    assert_eq!(lists[0]["ttlMs"], 0);
    let who = &lists[0]["tools"][3];
    assert_eq!(who["inputSchema"]["properties"], json!({}), "the token is not an argument");

    let stateless = Server::start_with(|builder| builder.sessions(Sessions::new().legacy(false))).await;
    let token = stateless.token("todo:read");
    let older = stateless.send(request_in(VERSIONS[0], "tools/list", json!({})).bearer(&token).build()).await;
    assert!(older.json()["result"]["tools"].is_array());
    assert!(older.json()["result"].get("cacheScope").is_none(), "older revisions have no cache scope");

    let anonymous = server.send(request_in(VERSIONS[2], "tools/list", json!({})).build()).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    let poor = server.send(request_in(VERSIONS[2], "tools/list", json!({})).bearer(&server.token("x")).build()).await;
    assert_eq!(poor.status, StatusCode::FORBIDDEN);
    let cursor = server
        .send(request_in(VERSIONS[2], "tools/list", json!({"cursor": "x"})).bearer(&server.token("todo:read")).build())
        .await;
    assert_eq!(cursor.json()["error"]["code"], -32602);
}

#[tokio::test]
async fn only_anonymous_lists_are_publicly_cacheable() {
    let server = Server::start_mixed().await;
    let answer = server.send(request_in(VERSIONS[2], "tools/list", json!({})).build()).await;
    assert_eq!(answer.json()["result"]["cacheScope"], "public");
}

#[tokio::test]
async fn discovery_describes_the_server() {
    let server = Server::start().await;
    let answer = server
        .send(request_in(VERSIONS[2], "server/discover", json!({})).bearer(&server.token("todo:read")).build())
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert!(answer.json()["result"]["capabilities"]["tools"].is_object(), "{answer:?}");
    assert_eq!(
        server.send(request_in(VERSIONS[2], "server/discover", json!({})).build()).await.status,
        StatusCode::UNAUTHORIZED
    );
}
