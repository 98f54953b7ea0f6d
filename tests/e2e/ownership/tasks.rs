//! Task ids.

use mcp_guard::layer::{AuthLayer, Challenger, GateLayer};
use mcp_guard::policy::Policy;
use mcp_guard::record::Decisions;
use mcp_guard::settings::Observation;
use mcp_guard::{Issuer, LocalServer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tower::{Layer as _, ServiceExt as _};

use super::*;
use crate::decisions::Collector;
use crate::local::Client;
use crate::support::METADATA;

const METHODS: [&str; 3] = ["tasks/get", "tasks/update", "tasks/cancel"];

fn unknown() -> (i64, String) {
    (-32602, "Task not found".to_owned())
}

fn about(version: Version, method: &str, id: &str) -> Post {
    request(version, method, json!({"taskId": id, "inputResponses": {}}))
}

/// Starts a task, and returns its id.
async fn start(owned: &Owned, version: Version, token: Option<&String>) -> (Option<String>, String) {
    let session = owned.connect(version, token).await;
    let call = request(version, "tools/call", json!({"name": "start", "arguments": {}})).within(session.as_ref());
    let answer = owned.send(call, token).await;
    let id = answer.json()["result"]["taskId"].as_str().unwrap_or_else(|| panic!("no task: {answer:?}")).to_owned();
    (session, id)
}

#[tokio::test]
async fn task_is_unknown_to_other_principals() {
    for version in VERSIONS {
        let owned = Owned::start().await;
        let owner = owned.owner();
        let (session, id) = start(&owned, version, Some(&owner)).await;
        for method in METHODS {
            let answer = owned.send(about(version, method, &id).within(session.as_ref()), Some(&owner)).await;
            assert_eq!(answer.status, StatusCode::OK, "{method}: {answer:?}");
            assert!(answer.json()["result"].is_object(), "{method} by its owner: {answer:?}");
            assert_eq!(owned.jobs.asked(), ["1"], "the application sees its own id");
            if method == "tasks/get" {
                assert_eq!(answer.json()["result"]["taskId"], *id, "the client sees the sealed id");
            }
        }
        for (who, token) in owned.others() {
            let session = owned.connect(version, token.as_ref()).await;
            for method in METHODS {
                let answer = owned.send(about(version, method, &id).within(session.as_ref()), token.as_ref()).await;
                assert_eq!((answer.status, error(&answer)), (StatusCode::OK, unknown()), "{method} by {who}");
            }
        }
        assert_eq!(owned.jobs.asked(), [""; 0], "no request reaches the application");
    }
}

#[tokio::test]
async fn forged_task_ids_are_unknown() {
    for version in VERSIONS {
        let owned = Owned::start().await;
        let owner = owned.owner();
        let (session, id) = start(&owned, version, Some(&owner)).await;
        let (_, mac) = id.rsplit_once('.').unwrap();
        let others = ["1", "2", "1.", ".", "never", &format!("2.{mac}"), &format!("{id}.{mac}")].map(str::to_owned);
        for forged in forged(&id).into_iter().chain(others).chain(session.clone()) {
            for method in METHODS {
                let answer = owned.send(about(version, method, &forged).within(session.as_ref()), Some(&owner)).await;
                assert_eq!((answer.status, error(&answer)), (StatusCode::OK, unknown()), "{method} {forged}");
            }
        }
        assert_eq!(owned.jobs.asked(), [""; 0], "no request reaches the application");
    }
}

#[tokio::test]
async fn task_of_another_server_is_unknown() {
    let (owned, version) = (Owned::start().await, VERSIONS[2]);
    let (_, id) = start(&owned, version, Some(&owned.owner())).await;
    let other = owned.other_server().await;
    let there = owned.server.issuer.token().audience(OTHER).scope("todo:read").sign();
    let post = about(version, "tasks/get", &id).set("host", "other.example.com").bearer(&there);
    let answer = other.send(post.build()).await;
    assert_eq!((answer.status, error(&answer)), (StatusCode::OK, unknown()));
    assert_eq!(owned.jobs.asked(), [""; 0]);
}

#[tokio::test]
async fn anonymous_callers_share_their_tasks() {
    let (owned, version) = (Owned::start().await, VERSIONS[2]);
    let (_, id) = start(&owned, version, None).await;
    let answer = owned.send(about(version, "tasks/get", &id), None).await;
    assert_eq!(answer.json()["result"]["taskId"], *id, "{answer:?}");
    let answer = owned.send(about(version, "tasks/get", &id), Some(&owned.owner())).await;
    assert_eq!(error(&answer), unknown(), "anonymous callers are a principal of their own");
}

#[tokio::test]
async fn applications_can_name_the_sealed_id() {
    let (owned, version) = (Owned::start().await, VERSIONS[2]);
    let owner = owned.owner();
    let (_, id) = start(&owned, version, Some(&owner)).await;
    let call = request(version, "tools/call", json!({"name": "client_id", "arguments": {}}));
    assert_eq!(owned.send(call, Some(&owner)).await.result_text(), id);
}

#[tokio::test]
async fn unknown_task_is_recorded_with_its_rule() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let records = Collector::default();
    let observation = Observation::new().decisions(Decisions::new().sink(records.clone()));
    let built = builder(&issuer).allow_anonymous().observation(observation).tools(Jobs::default()).build().await;
    let server = Server { router: with_health(built.unwrap()), issuer, runs: Default::default(), reference: None };
    let owner = alice(server.issuer.token());
    server.send(about(VERSIONS[2], "tasks/get", "1").bearer(&owner).build()).await;
    let record = records.only().await;
    assert_eq!((&record["rule"], &record["outcome"]), (&json!("task_unknown"), &json!("refused")), "{record}");
}

#[tokio::test]
async fn local_task_ids_are_sealed() {
    let jobs = Jobs::default();
    let capabilities = json!({"extensions": {TASKS: {}}});
    let local = LocalServer::builder(jobs.clone(), None).allow_anonymous();
    let mut client = Client::connect_with(local, &capabilities).await;
    let started = client.ask("tools/call", &json!({"name": "start", "arguments": {}})).await;
    let id = started["result"]["taskId"].as_str().unwrap_or_else(|| panic!("no task: {started}")).to_owned();
    for method in METHODS {
        let answer = client.ask(method, &json!({"taskId": id, "inputResponses": {}})).await;
        assert!(answer["result"].is_object(), "{method}: {answer}");
        assert_eq!(jobs.asked(), ["1"]);
        for forged in forged(&id).into_iter().chain(["1".to_owned()]) {
            let answer = client.ask(method, &json!({"taskId": forged, "inputResponses": {}})).await;
            let error = (answer["error"]["code"].as_i64().unwrap(), answer["error"]["message"].as_str().unwrap());
            assert_eq!(error, (-32602, "Task not found"), "{method} {forged}");
        }
    }
    assert_eq!(jobs.asked(), [""; 0]);
}

#[tokio::test]
async fn removed_task_methods_are_unknown() {
    for version in VERSIONS {
        let owned = Owned::start().await;
        let owner = owned.owner();
        let (session, id) = start(&owned, version, Some(&owner)).await;
        for method in ["tasks/list", "tasks/result"] {
            let post = request(version, method, json!({"taskId": id})).within(session.as_ref());
            assert_eq!(error(&owned.send(post, Some(&owner)).await), (-32601, "Unknown method".to_owned()), "{method}");
        }
    }
}

#[tokio::test]
async fn layers_alone_seal_task_ids() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let auth = AuthLayer::new(validator, Policy::default(), Challenger::new(METADATA)).for_mcp();
    let (jobs, version) = (Jobs::default(), VERSIONS[2]);
    let service = || {
        let jobs = jobs.clone();
        let config = StreamableHttpServerConfig::default().with_legacy_session_mode(false).disable_allowed_hosts();
        let rmcp = StreamableHttpService::new(move || Ok(jobs.clone()), LocalSessionManager::default().into(), config);
        auth.layer(GateLayer::new::<Jobs>(1024 * 1024).layer(rmcp))
    };
    let send = async |post: Post, token: &str| {
        let response = service().oneshot(post.bearer(token).build()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        Answer { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    };
    let owner = alice(issuer.token());
    let call = request(version, "tools/call", json!({"name": "start", "arguments": {}}));
    let id = send(call, &owner).await.json()["result"]["taskId"].as_str().unwrap().to_owned();
    let answer = send(about(version, "tasks/get", &id), &owner).await;
    assert_eq!(answer.json()["result"]["taskId"], *id, "each gate opens the id: {answer:?}");
    for (id, token) in [(&*id, alice(issuer.token().subject("bob"))), ("1", owner)] {
        assert_eq!(error(&send(about(version, "tasks/get", id), &token).await), unknown(), "{id}");
    }
}
