//! A task ends when the token of its owner is revoked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use mcp_guard::prelude::*;
use mcp_guard::revocation::{Revocation, Revocations};
use mcp_guard::settings::Sessions;
use mcp_guard_dev::DevAuthServer;
use rmcp::model::{
    CallToolResponse, CancelTaskParams, CreateTaskResult, DetailedTask, GetTaskParams, GetTaskResult,
    ServerCapabilities, ServerConfig, Task, TaskPayload, TaskStatus,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Value, json};

use crate::support::{
    RESOURCE, Server, VERSIONS, Version, builder, builder_with, initialize, raw, request_in, with_health,
};

const TASKS: &str = "io.modelcontextprotocol/tasks";

/// An application with tasks that only privileged callers may cancel.
#[derive(Clone, Default)]
struct Jobs {
    started: Arc<Mutex<Vec<String>>>,
    cancelled: Arc<Mutex<Vec<String>>>,
}

#[guarded_tools(own_handler)]
impl Jobs {
    /// Starts a task with the name of its owner.
    #[guarded_tool(scope = "todo:read")]
    async fn start(&self, token: ValidatedToken) -> CallToolResponse {
        let now = "2026-01-01T00:00:00Z";
        self.started.lock().unwrap().push(token.subject().to_owned());
        let task = Task::new(token.subject(), TaskStatus::Working, now, now).with_ttl_ms(600_000);
        CreateTaskResult::new(task).into()
    }

    /// Starts a task with a number.
    #[guarded_tool(scope = "todo:read")]
    async fn number(&self) -> CallToolResponse {
        let now = "2026-01-01T00:00:00Z";
        let mut started = self.started.lock().unwrap();
        let number = started.len().to_string();
        started.push(number.clone());
        let task = Task::new(number, TaskStatus::Working, now, now);
        CreateTaskResult::new(task).into()
    }
}

#[guarded_handler]
impl ServerHandler for Jobs {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = Self::capabilities();
        capabilities.extensions = ServerCapabilities::builder().enable_tasks().build().extensions;
        ServerConfig::new(capabilities)
    }

    #[guarded(scope = "todo:read")]
    async fn get_task(
        &self,
        request: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let task = Task::new(request.task_id, TaskStatus::Cancelled, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        Ok(GetTaskResult::new(DetailedTask::new(task, TaskPayload::Cancelled)))
    }

    #[guarded(scope = "todo:cancel")]
    async fn cancel_task(&self, request: CancelTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.cancelled.lock().unwrap().push(request.task_id);
        Ok(())
    }
}

impl Jobs {
    /// Waits until a task was cancelled.
    async fn cancelled(&self) -> Vec<String> {
        for _ in 0..2_000 {
            let cancelled = self.cancelled.lock().unwrap().clone();
            if !cancelled.is_empty() {
                return cancelled;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no task was cancelled");
    }
}

/// Starts a task of this token. Returns its id.
async fn start(server: &Server, version: Version, token: &str) -> String {
    let mut hello = initialize(version);
    let with_tasks = |body: &[u8], path: &str| {
        let mut body: Value = serde_json::from_slice(body).unwrap();
        *body.pointer_mut(path).unwrap() = json!({"extensions": {TASKS: {}}});
        body.to_string().into_bytes()
    };
    let session = if version.is_stateless() {
        None
    } else {
        hello.body = with_tasks(&hello.body, "/params/capabilities");
        let session = server.send(hello.bearer(token).build()).await.session().to_owned();
        let initialized = raw(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
            .header("mcp-protocol-version", version.0)
            .header("mcp-session-id", &session)
            .bearer(token);
        assert_eq!(server.send(initialized.build()).await.status, StatusCode::ACCEPTED);
        Some(session)
    };
    let mut post = request_in(version, "tools/call", json!({"name": "start", "arguments": {}}));
    if version.is_stateless() {
        post.body = with_tasks(&post.body, "/params/_meta/io.modelcontextprotocol~1clientCapabilities");
    }
    let answer = server.send(post.within(session.as_ref()).bearer(token).build()).await;
    answer.json()["result"]["taskId"].as_str().unwrap_or_else(|| panic!("no task: {answer:?}")).to_owned()
}

#[tokio::test]
async fn task_ends_when_the_token_of_its_owner_is_revoked() {
    for version in VERSIONS {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let (jobs, revocations) = (Jobs::default(), Revocations::without_expiry());
        let built = builder(&issuer)
            .revocations(revocations.clone())
            .sessions(Sessions::new().legacy(true))
            .tools(jobs.clone())
            .build()
            .await
            .unwrap();
        let server = Server { issuer, router: with_health(built), runs: Default::default(), reference: None };
        let token = |subject: &str| server.issuer.token().audience(RESOURCE).scope("todo:read").subject(subject).sign();
        let (alice, bob) = (token("alice"), token("bob"));
        let id = start(&server, version, &alice).await;
        start(&server, version, &bob).await;
        assert_eq!(*jobs.started.lock().unwrap(), ["alice", "bob"]);

        // The owner may not cancel it itself, and the task goes on.
        if version.is_stateless() {
            let mut cancel = request_in(version, "tasks/cancel", json!({"taskId": id})).header("mcp-name", &id);
            let mut body: Value = serde_json::from_slice(&cancel.body).unwrap();
            body["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({"extensions": {TASKS: {}}});
            cancel.body = body.to_string().into();
            let refused = server.send(cancel.bearer(&alice).build()).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
        }
        assert!(jobs.cancelled.lock().unwrap().is_empty());

        revocations.revoke(&Revocation::subject(server.issuer.issuer(), "alice")).unwrap();
        assert_eq!(jobs.cancelled().await, ["alice"], "{version:?}: only her task, by the id of the application");
    }
}

#[tokio::test]
async fn task_ends_when_its_token_becomes_invalid() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let is_revoked = Arc::new(AtomicBool::new(false));
    let revoked = Arc::clone(&is_revoked);
    let trusted = Issuer::jwt(issuer.issuer()).revoked(move |_| revoked.load(Ordering::SeqCst));
    let jobs = Jobs::default();
    let built = builder_with(trusted)
        .sessions(Sessions::new().stream_check_interval(Duration::from_millis(50)))
        .tools(jobs.clone())
        .build()
        .await
        .unwrap();
    let server = Server { issuer, router: with_health(built), runs: Default::default(), reference: None };
    let alice = server.issuer.token().audience(RESOURCE).scope("todo:read").subject("alice").sign();
    start(&server, VERSIONS[2], &alice).await;
    is_revoked.store(true, Ordering::SeqCst);
    assert_eq!(jobs.cancelled().await, ["alice"]);
}

#[tokio::test]
async fn watched_tasks_are_bounded_for_each_principal() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let jobs = Jobs::default();
    let built = builder(&issuer).tools(jobs.clone()).build().await.unwrap();
    let server = Server { issuer, router: with_health(built), runs: Default::default(), reference: None };
    let token = |subject: &str| server.issuer.token().audience(RESOURCE).scope("todo:read").subject(subject).sign();
    let (alice, bob) = (token("alice"), token("bob"));
    let with_tasks = |method: &str, params: Value| {
        let mut post = request_in(VERSIONS[2], method, params.clone());
        let mut body: Value = serde_json::from_slice(&post.body).unwrap();
        body["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({"extensions": {TASKS: {}}});
        post.body = body.to_string().into();
        params["taskId"].as_str().into_iter().fold(post, |post, task| post.header("mcp-name", task))
    };
    let start = || with_tasks("tools/call", json!({"name": "number", "arguments": {}}));
    let mut last = String::new();
    for _ in 0..1_000 {
        let answer = server.send(start().bearer(&alice).build()).await;
        last = answer.json()["result"]["taskId"].as_str().unwrap_or_else(|| panic!("no task: {answer:?}")).to_owned();
    }
    let refused = server.send(start().bearer(&alice).build()).await;
    assert_eq!(refused.json()["error"]["code"], -32603, "{refused:?}");
    assert_eq!(jobs.cancelled().await, ["1000"], "a task that is not watched does not go on");
    let other = server.send(start().bearer(&bob).build()).await;
    assert!(other.json()["result"]["taskId"].is_string(), "{other:?}");
    // A task that has ended makes room for another one.
    let ended = server.send(with_tasks("tasks/get", json!({"taskId": last})).bearer(&alice).build()).await;
    assert_eq!(ended.json()["result"]["status"], "cancelled", "{ended:?}");
    let next = server.send(start().bearer(&alice).build()).await;
    assert!(next.json()["result"]["taskId"].is_string(), "{next:?}");
}
