//! A todo list, served by each kind of server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use mcp_guard::prelude::*;
use mcp_guard::record::{Decisions, WhenFull};
use mcp_guard::settings::{Limits, Observation, Rate, RateLimits, Sessions};
use mcp_guard::{Issuer, ResourceServer};
use rmcp::handler::server::tool::{ToolCallContext, ToolRouter};
use rmcp::model::{CallToolRequestParams, CallToolResponse, ListToolsResult, PaginatedRequestParams, Tool};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::Serialize;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{by_hand, process};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Variant {
    Bare,
    Bare50,
    BareSessions,
    Documented,
    Documented50,
    ByHand,
    ByHandUncached,
    Guarded,
    Guarded50,
    NotDirect,
    /// With a decision log.
    Recorded,
    /// With metrics for Prometheus.
    Metrics,
    /// With a subscriber for the spans of requests.
    Spans,
    /// With rates and numbers of calls in progress for each caller, which no client reaches.
    Limited,
    /// Without any limit for the number of requests.
    Unlimited,
    Sessions,
    Uncached,
}

/// A server on its own thread or in its own process, which runs until this process exits.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    process: Option<Child>,
    /// The file with the processor time of its thread.
    pub(crate) statistics: PathBuf,
}

/// Returns the resource URL of the server at `address`.
pub(crate) fn url(address: SocketAddr) -> String {
    format!("http://{address}/mcp")
}

impl Running {
    /// Returns the processor time that the server has used.
    pub(crate) fn processor_time(&self) -> Duration {
        let text = std::fs::read_to_string(&self.statistics).unwrap();
        Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
    }
}

pub(crate) fn start(variant: Variant, issuer: &str) -> Running {
    // Recorders of metrics and subscribers belong to a process.
    if matches!(variant, Variant::Metrics | Variant::Spans) {
        let process::Process { child, address, statistics } = process::start(variant, issuer, &[]);
        return Running { address, process: Some(child), statistics };
    }
    start_here(variant, issuer)
}

/// Starts a server in this process.
pub(crate) fn start_here(variant: Variant, issuer: &str) -> Running {
    // The port stays free: nothing else on the machine asks for one meanwhile.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (url, issuer) = (url(address), issuer.to_owned());
    let (started, thread) = mpsc::channel();
    let serve = move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            let server = server(variant, &url, &issuer).await;
            started.send(std::fs::read_link("/proc/thread-self").unwrap()).unwrap();
            match server {
                Server::Guarded(server) => server.serve(address).await.unwrap(),
                Server::Router(router) => {
                    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
                    let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap());
                    axum::serve(listener, router).await.unwrap();
                }
            }
        });
    };
    // The thread has a name for profilers.
    std::thread::Builder::new().name(format!("{variant:?}")).spawn(serve).unwrap();
    let statistics = std::path::Path::new("/proc").join(thread.recv().unwrap()).join("schedstat");
    wait_for(address);
    Running { address, process: None, statistics }
}

fn wait_for(address: SocketAddr) {
    while std::net::TcpStream::connect(address).is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
        }
    }
}

enum Server {
    Guarded(Box<ResourceServer>),
    Router(Router),
}

async fn server(variant: Variant, url: &str, issuer: &str) -> Server {
    const CACHED: usize = 10_000;
    match variant {
        Variant::Bare => bare(|| Bare, false),
        Variant::Bare50 => bare(|| Bare50, false),
        Variant::BareSessions => bare(|| Bare, true),
        Variant::Documented => bare(|| Documented, false),
        Variant::Documented50 => bare(|| Documented50, false),
        Variant::ByHand => Server::Router(by_hand::router(None, &Documented50::tool_router().list_all())),
        Variant::ByHandUncached => Server::Router(by_hand::router(Some(by_hand::key(issuer).await), &[])),
        Variant::Guarded => guarded(|| Guarded, url, issuer, CACHED, variant).await,
        Variant::Guarded50 => guarded(|| Guarded50, url, issuer, CACHED, variant).await,
        Variant::NotDirect
        | Variant::Sessions
        | Variant::Recorded
        | Variant::Metrics
        | Variant::Spans
        | Variant::Limited
        | Variant::Unlimited => guarded(|| Guarded, url, issuer, CACHED, variant).await,
        Variant::Uncached => guarded(|| Guarded, url, issuer, 0, variant).await,
    }
}

fn bare<S: ServerHandler>(server: fn() -> S, sessions: bool) -> Server {
    let config = StreamableHttpServerConfig::default().with_legacy_session_mode(sessions).with_json_response(true);
    Server::Router(Router::new().route_service(
        "/mcp",
        StreamableHttpService::new(move || Ok(server()), LocalSessionManager::default().into(), config),
    ))
}

async fn guarded<S: GuardedServer>(
    server: fn() -> S,
    url: &str,
    issuer: &str,
    cached: usize,
    variant: Variant,
) -> Server {
    let builder = ResourceServer::builder(url)
        .issuer(Issuer::jwt(issuer).cached_tokens(cached))
        .baseline([Scope::from_static("todo:read")])
        .scope_implies(Scope::from_static("todo:write"), Scope::from_static("todo:read"))
        .sessions(Sessions::new().legacy(variant == Variant::Sessions));
    let builder = match variant {
        Variant::NotDirect => builder.without_direct_dispatch(),
        Variant::Limited => {
            let rates = RateLimits::new().per_caller(Rate::per_second(u32::MAX)).concurrent_per_caller(u32::MAX);
            builder.limits(Limits::new().rates(rates))
        }
        Variant::Unlimited => builder.limits(Limits::new().rates(RateLimits::none())),
        Variant::Recorded => builder
            .observation(Observation::new().decisions(Decisions::new().log_file(log_file()).when_full(WhenFull::Wait))),
        #[cfg(feature = "prometheus")]
        Variant::Metrics => builder.observation(Observation::new().metrics_listen(([127, 0, 0, 1], 0))),
        Variant::Spans => {
            let filter =
                tracing_subscriber::filter::Targets::new().with_target("mcp_guard::request", tracing::Level::DEBUG);
            let spans = tracing_subscriber::fmt::layer().with_writer(std::io::sink).with_filter(filter);
            tracing_subscriber::registry().with(spans).init();
            builder
        }
        _ => builder,
    };
    let server = builder.tools_with(move || Ok(server())).build().await.unwrap();
    if variant == Variant::Recorded {
        // The server keeps its file open. Nothing remains when it ends.
        for extension in ["jsonl", "jsonl.key", "jsonl.chain"] {
            std::fs::remove_file(log_file().with_extension(extension)).unwrap();
        }
    }
    Server::Guarded(Box::new(server))
}

fn log_file() -> PathBuf {
    std::env::temp_dir().join(format!("mcp-guard-load-{}.jsonl", std::process::id()))
}

#[derive(Serialize, schemars::JsonSchema)]
pub(crate) struct TodoList {
    todos: Vec<Todo>,
}

#[derive(Serialize, schemars::JsonSchema)]
struct Todo {
    id: u32,
    title: String,
    done: bool,
}

pub(crate) fn list() -> Json<TodoList> {
    let todos = (0..7).map(|id| Todo { id, title: format!("Todo number {id}"), done: id % 2 == 0 }).collect();
    Json(TodoList { todos })
}

/// Defines both kinds of server with the same tools, and a number of unused ones.
macro_rules! servers {
    ($documented:ident, $guarded:ident: $($idle:ident)*) => {
        #[derive(Clone)]
        pub(crate) struct $documented;

        #[rmcp::tool_router]
        impl $documented {
            /// List your todos.
            #[rmcp::tool]
            async fn list_todos(&self) -> Json<TodoList> {
                list()
            }

            /// Create a todo.
            #[rmcp::tool]
            async fn create_todo(&self) -> Json<TodoList> {
                list()
            }

            $(
                /// Does something else.
                #[rmcp::tool]
                async fn $idle(&self, Parameters(_): Parameters<Idle>) -> Json<TodoList> {
                    list()
                }
            )*
        }

        #[rmcp::tool_handler]
        impl ServerHandler for $documented {}

        #[derive(Clone)]
        pub(crate) struct $guarded;

        #[guarded_tools]
        impl $guarded {
            /// List your todos.
            #[guarded_tool(scope = "todo:read")]
            async fn list_todos(&self) -> Json<TodoList> {
                list()
            }

            /// Create a todo.
            #[guarded_tool(scope = "todo:write")]
            async fn create_todo(&self) -> Json<TodoList> {
                list()
            }

            /// List the todos of a project.
            #[guarded_tool(scope = "todo:read", scopes_for = |of: &Project| format!("todo:{}", of.project).parse::<Scope>())]
            async fn list_of(&self, Parameters(_): Parameters<Project>) -> Json<TodoList> {
                list()
            }

            $(
                /// Does something else.
                #[guarded_tool(scope = "todo:write")]
                async fn $idle(&self, Parameters(_): Parameters<Idle>) -> Json<TodoList> {
                    list()
                }
            )*
        }
    };
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Project {
    project: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema matters")]
struct Idle {
    name: String,
    count: u32,
}

servers!(Documented, Guarded:);
servers!(Documented50, Guarded50: t01 t02 t03 t04 t05 t06 t07 t08 t09 t10 t11 t12 t13 t14 t15 t16 t17 t18 t19 t20 t21 t22 t23 t24
    t25 t26 t27 t28 t29 t30 t31 t32 t33 t34 t35 t36 t37 t38 t39 t40 t41 t42 t43 t44 t45 t46 t47 t48);

/// Defines a server with rmcp alone, whose router is built once.
macro_rules! bare {
    ($bare:ident, $documented:ident) => {
        #[derive(Clone)]
        pub(crate) struct $bare;

        impl $bare {
            fn tools() -> &'static ToolRouter<$documented> {
                static ROUTER: OnceLock<ToolRouter<$documented>> = OnceLock::new();
                ROUTER.get_or_init($documented::tool_router)
            }
        }

        impl ServerHandler for $bare {
            async fn call_tool(
                &self,
                request: CallToolRequestParams,
                context: RequestContext<RoleServer>,
            ) -> Result<CallToolResponse, ErrorData> {
                Self::tools().call(ToolCallContext::new(&$documented, request, context)).await
            }

            async fn list_tools(
                &self,
                _: Option<PaginatedRequestParams>,
                _: RequestContext<RoleServer>,
            ) -> Result<ListToolsResult, ErrorData> {
                Ok(ListToolsResult::with_all_items(Self::tools().list_all()))
            }

            fn get_tool(&self, name: &str) -> Option<Tool> {
                Self::tools().get(name).cloned()
            }
        }
    };
}

bare!(Bare, Documented);
bare!(Bare50, Documented50);
