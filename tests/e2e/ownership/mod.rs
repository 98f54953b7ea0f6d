//! What outlives a request belongs to the issuer, subject and client that created it. To others it does not exist.

mod messages;
mod states;
mod tasks;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use http::StatusCode;
use mcp_guard::layer::Caller;
use mcp_guard::prelude::*;
use mcp_guard::settings::Sessions;
use mcp_guard::{ClientInput, ResourceServer};
use mcp_guard_dev::{DevAuthServer, TokenBuilder};
use rmcp::model::{
    CallToolResponse, CallToolResult, CancelTaskParams, ContentBlock, CreateTaskResult, DetailedTask,
    GetPromptResponse, GetPromptResult, GetTaskParams, GetTaskResult, InputRequiredResult, ProgressNotificationParam,
    PromptMessage, ReadResourceResponse, ReadResourceResult, ResourceContents, ResourceUpdatedNotificationParam, Role,
    ServerCapabilities, ServerConfig, SubscribeRequestParams, SubscriptionFilter, Task, TaskPayload, TaskStatus,
    UpdateTaskParams,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{ErrorData, Peer, RoleServer, ServerHandler};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::support::{
    Answer, Post, RESOURCE, Server, VERSIONS, Version, builder, initialize, raw, request_in, with_health,
};

const TASKS: &str = "io.modelcontextprotocol/tasks";
/// Another server of the same authorization server, in the same process.
const OTHER: &str = "https://other.example.com/mcp";

/// An application that guesses no owner: its task ids are numbers, and every caller may ask for every task.
#[derive(Clone, Default)]
struct Jobs {
    tasks: Arc<Mutex<Vec<String>>>,
    /// The ids that the application received.
    asked: Arc<Mutex<Vec<String>>>,
    /// The states that the operations received.
    states: Arc<Mutex<Vec<String>>>,
    /// The calls of `wait` that run.
    waiting: Arc<AtomicUsize>,
    /// Lets two requests run at the same time.
    both: Arc<OnceLock<Barrier>>,
}

/// A call that runs.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn task(id: &str) -> Task {
    Task::new(id, TaskStatus::Working, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
}

impl Jobs {
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn states(&self) -> Vec<String> {
        std::mem::take(&mut *self.states.lock().unwrap())
    }

    /// Waits for another request.
    async fn together(&self) {
        self.both.get_or_init(|| Barrier::new(2)).wait().await;
    }

    fn find(&self, id: &str) -> Result<Task, ErrorData> {
        self.asked.lock().unwrap().push(id.to_owned());
        let is_known = self.tasks.lock().unwrap().iter().any(|known| known == id);
        is_known.then(|| task(id)).ok_or_else(|| ErrorData::internal_error("the application has no such task", None))
    }

    /// Asks in the first round. Returns the state in the second one.
    fn rounds(&self, input: &ClientInput, first: &str) -> Result<String, InputRequiredResult> {
        let Some(state) = &input.state else {
            return Err(InputRequiredResult::from_request_state(format!("state of {first}")));
        };
        self.states.lock().unwrap().push(state.clone());
        Ok(format!("{first} after {state}"))
    }
}

fn told(text: String) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text)]).into()
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Deletion {
    id: u64,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Day {
    #[expect(dead_code, reason = "part of the schema")]
    day: Option<String>,
}

#[guarded_tools(own_handler)]
impl Jobs {
    /// Starts a task.
    #[guarded_tool(public)]
    async fn start(&self) -> CallToolResponse {
        let mut tasks = self.tasks.lock().unwrap();
        let id = (tasks.len() + 1).to_string();
        tasks.push(id.clone());
        CreateTaskResult::new(task(&id)).into()
    }

    /// Returns the id that the client uses for a task.
    #[guarded_tool(public)]
    async fn client_id(&self, context: RequestContext<RoleServer>) -> String {
        Caller::of(&context).unwrap().client_task_id("1")
    }

    /// Deletes after a question.
    #[guarded_tool(public)]
    async fn delete(&self, input: ClientInput, Parameters(_): Parameters<Deletion>) -> CallToolResponse {
        self.rounds(&input, "delete").map_or_else(Into::into, told)
    }

    /// Shares after a question.
    #[guarded_tool(public)]
    async fn share(&self, input: ClientInput, Parameters(_): Parameters<Deletion>) -> CallToolResponse {
        self.rounds(&input, "share").map_or_else(Into::into, told)
    }

    /// Deletes after a question, for callers with a scope.
    #[guarded_tool(scope = "todo:write")]
    async fn delete_all(&self, input: ClientInput) -> CallToolResponse {
        self.rounds(&input, "delete_all").map_or_else(Into::into, told)
    }

    /// Waits until it is cancelled.
    #[guarded_tool(public)]
    async fn wait(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(Arc::clone(&self.waiting));
        std::future::pending().await
    }

    /// Sends a message on the stream of the session.
    #[guarded_tool(public)]
    async fn tell(&self, Parameters(Deletion { id }): Parameters<Deletion>, peer: Peer<RoleServer>) {
        let updated = ResourceUpdatedNotificationParam::new(format!("todo://notes/{id}"));
        peer.notify_resource_updated(updated).await.unwrap();
    }

    /// Reports its progress, with the name of its caller.
    #[guarded_tool(authenticated)]
    async fn report(&self, token: ValidatedToken, context: RequestContext<RoleServer>) -> String {
        let progress = context.meta.get_progress_token().unwrap();
        let report = ProgressNotificationParam::new(progress, 1.0).with_message(token.subject());
        self.together().await;
        context.peer.notify_progress(report).await.unwrap();
        self.together().await;
        "reported".to_owned()
    }

    /// Plans after a question, for callers with a scope.
    #[guarded_prompt(scope = "todo:write")]
    async fn plan_all(&self, input: ClientInput) -> GetPromptResponse {
        self.rounds(&input, "plan_all").map_or_else(Into::into, |_| GetPromptResult::new(Vec::new()).into())
    }

    /// A list after a question, for callers with a scope.
    #[guarded_resource(uri = "todo://all", scope = "todo:write")]
    async fn all(&self, input: ClientInput) -> ReadResourceResponse {
        self.rounds(&input, "all").map_or_else(Into::into, |_| ReadResourceResult::new(Vec::new()).into())
    }

    /// Never asks.
    #[guarded_tool(public)]
    fn complete(&self) -> String {
        "complete".to_owned()
    }

    /// Plans after a question.
    #[guarded_prompt(public)]
    async fn plan(&self, input: ClientInput, Parameters(_): Parameters<Day>) -> GetPromptResponse {
        match self.rounds(&input, "plan") {
            Ok(text) => GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).into(),
            Err(asked) => asked.into(),
        }
    }

    /// A note after a question.
    #[guarded_resource(uri = "todo://notes/{id}", public)]
    async fn note(&self, input: ClientInput, id: String) -> ReadResourceResponse {
        match self.rounds(&input, "note") {
            Ok(text) => ReadResourceResult::new(vec![ResourceContents::text(text, id)]).into(),
            Err(asked) => asked.into(),
        }
    }
}

#[guarded_handler]
impl ServerHandler for Jobs {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = Self::capabilities();
        capabilities.extensions = ServerCapabilities::builder().enable_tasks().build().extensions;
        capabilities.resources.as_mut().unwrap().subscribe = Some(true);
        ServerConfig::new(capabilities)
    }

    #[guarded(public)]
    async fn get_task(
        &self,
        GetTaskParams { task_id, .. }: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.find(&task_id).map(|task| GetTaskResult::new(DetailedTask::new(task, TaskPayload::Working)))
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    #[guarded(public)]
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.together().await;
        for uri in context.requested().resource_subscriptions.iter().flatten() {
            context.sink().notify_resource_updated(uri).await.unwrap();
        }
        self.together().await;
        Ok(())
    }

    #[guarded(public)]
    async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    #[guarded(public)]
    async fn update_task(&self, request: UpdateTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.find(&request.task_id).map(drop)
    }

    #[guarded(public)]
    async fn cancel_task(&self, request: CancelTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.find(&request.task_id).map(drop)
    }
}

/// A server with two issuers, and callers with every difference between two principals.
struct Owned {
    server: Server,
    jobs: Jobs,
    /// An issuer with the same subjects and clients.
    second: DevAuthServer,
}

impl Owned {
    async fn start() -> Self {
        let (first, second) =
            (DevAuthServer::builder().start().await.unwrap(), DevAuthServer::builder().start().await.unwrap());
        let jobs = Jobs::default();
        let built = builder(&first)
            .issuer(second.issuer())
            .allow_anonymous()
            .sessions(Sessions::new().legacy(true))
            .tools(jobs.clone());
        let router = with_health(built.build().await.unwrap());
        Self { server: Server { issuer: first, router, runs: Default::default(), reference: None }, jobs, second }
    }

    /// Returns the same application at another URL, with tokens of the same issuer.
    async fn other_server(&self) -> Server {
        let built = ResourceServer::builder(OTHER)
            .issuer(self.server.issuer.issuer())
            .allow_anonymous()
            .tools(self.jobs.clone());
        let router = with_health(built.build().await.unwrap());
        let issuer = DevAuthServer::builder().start().await.unwrap();
        Server { issuer, router, runs: Default::default(), reference: None }
    }

    fn owner(&self) -> String {
        alice(self.server.issuer.token())
    }

    /// Returns tokens of other principals. `None` is the anonymous caller.
    fn others(&self) -> Vec<(&'static str, Option<String>)> {
        let issuer = &self.server.issuer;
        vec![
            ("another subject", Some(alice(issuer.token().subject("bob")))),
            ("another client", Some(alice(issuer.token().client_id("other")))),
            ("another issuer", Some(alice(self.second.token()))),
            ("no token", None),
        ]
    }

    async fn send(&self, post: Post, token: Option<&String>) -> Answer {
        self.server.send(token.iter().fold(post, |post, token| post.bearer(token)).build()).await
    }

    /// Opens a session, if the revision has sessions.
    async fn connect(&self, version: Version, token: Option<&String>) -> Option<String> {
        if version.is_stateless() {
            return None;
        }
        let mut hello = initialize(version);
        let mut body: Value = serde_json::from_slice(&hello.body).unwrap();
        body["params"]["capabilities"] = json!({"extensions": {TASKS: {}}});
        hello.body = body.to_string().into();
        let session = self.send(hello, token).await.session().to_owned();
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let initialized = raw(initialized.to_string()).header("mcp-protocol-version", version.0);
        let answer = self.send(initialized.header("mcp-session-id", &session), token).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        Some(session)
    }
}

/// Returns a token with the subject and the client of the owner, unless the builder has others.
fn alice(token: TokenBuilder) -> String {
    token.audience(RESOURCE).scope("todo:read").sign()
}

/// Returns a request of a client that supports tasks.
fn request(version: Version, method: &str, params: Value) -> Post {
    let task = params["taskId"].as_str().map(str::to_owned);
    let mut post = request_in(version, method, params);
    if version.is_stateless() {
        let mut body: Value = serde_json::from_slice(&post.body).unwrap();
        body["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({"extensions": {TASKS: {}}});
        post.body = body.to_string().into();
        if let Some(task) = task {
            post = post.header("mcp-name", &task);
        }
    }
    post
}

/// Returns the code and the message of an error.
fn error(answer: &Answer) -> (i64, String) {
    let error = &answer.json()["error"];
    assert_eq!(error.get("data"), None, "{answer:?}");
    (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
}

/// Returns texts that differ from a sealed one in one place.
fn forged(sealed: &str) -> Vec<String> {
    let flipped = |at: usize| {
        let other = if sealed.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        format!("{}{other}{}", &sealed[..at], &sealed[at + 1..])
    };
    [0, sealed.len() / 2, sealed.len() - 1].into_iter().map(flipped).collect()
}
