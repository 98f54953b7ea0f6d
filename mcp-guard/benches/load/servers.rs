//! A todo list, served by each kind of server.

use std::net::SocketAddr;
use std::sync::OnceLock;

use axum::Router;
use axum::serve::ListenerExt as _;
use mcp_guard::prelude::*;
use mcp_guard::settings::Sessions;
use mcp_guard::{Issuer, ResourceServer};
use rmcp::handler::server::tool::{ToolCallContext, ToolRouter};
use rmcp::model::{CallToolRequestParams, CallToolResponse, Tool};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::Serialize;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Variant {
    Bare,
    Documented,
    Documented50,
    Guarded,
    Guarded50,
    Uncached,
}

impl Variant {
    pub(crate) const ALL: [Self; 6] =
        [Self::Bare, Self::Documented, Self::Documented50, Self::Guarded, Self::Guarded50, Self::Uncached];
}

/// A server on its own thread, which runs until the process exits.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
}

impl Running {
    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }
}

pub(crate) fn start(variant: Variant, issuer: &str) -> Running {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let running = Running { address };
    let (url, issuer) = (running.url(), issuer.to_owned());
    // The thread has a name for profilers.
    let thread = std::thread::Builder::new().name(format!("{variant:?}"));
    let serve = move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap().tap_io(|connection| {
                connection.set_nodelay(true).unwrap();
            });
            axum::serve(listener, router(variant, &url, &issuer).await).await.unwrap();
        });
    };
    thread.spawn(serve).unwrap();
    running
}

async fn router(variant: Variant, url: &str, issuer: &str) -> Router {
    match variant {
        Variant::Bare => bare(|| Bare),
        Variant::Documented => bare(|| Documented),
        Variant::Documented50 => bare(|| Documented50),
        Variant::Guarded => guarded(|| Guarded, url, issuer, 10_000).await,
        Variant::Guarded50 => guarded(|| Guarded50, url, issuer, 10_000).await,
        Variant::Uncached => guarded(|| Guarded, url, issuer, 0).await,
    }
}

fn bare<S: ServerHandler>(server: fn() -> S) -> Router {
    let config = StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(true);
    Router::new().route_service(
        "/mcp",
        StreamableHttpService::new(move || Ok(server()), LocalSessionManager::default().into(), config),
    )
}

async fn guarded<S: GuardedServer>(server: fn() -> S, url: &str, issuer: &str, cached: usize) -> Router {
    ResourceServer::builder(url)
        .issuer(Issuer::jwt(issuer).cached_tokens(cached))
        .baseline([Scope::from_static("todo:read")])
        .scope_implies(Scope::from_static("todo:write"), Scope::from_static("todo:read"))
        .sessions(Sessions::new().legacy(false))
        .tools_with(move || Ok(server()))
        .build()
        .await
        .unwrap()
        .into_router()
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

fn list() -> Json<TodoList> {
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
#[expect(dead_code, reason = "only its schema matters")]
struct Idle {
    name: String,
    count: u32,
}

servers!(Documented, Guarded:);
servers!(Documented50, Guarded50: t01 t02 t03 t04 t05 t06 t07 t08 t09 t10 t11 t12 t13 t14 t15 t16 t17 t18 t19 t20 t21 t22 t23 t24
    t25 t26 t27 t28 t29 t30 t31 t32 t33 t34 t35 t36 t37 t38 t39 t40 t41 t42 t43 t44 t45 t46 t47 t48);

/// A server with rmcp alone, whose router is built once.
#[derive(Clone)]
pub(crate) struct Bare;

impl Bare {
    fn tools() -> &'static ToolRouter<Documented> {
        static ROUTER: OnceLock<ToolRouter<Documented>> = OnceLock::new();
        ROUTER.get_or_init(Documented::tool_router)
    }
}

impl ServerHandler for Bare {
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Self::tools().call(ToolCallContext::new(&Documented, request, context)).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        Self::tools().get(name).cloned()
    }
}
