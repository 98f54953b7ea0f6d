//! Every extractor that rmcp's `#[tool]` takes.

use mcp_guard::prelude::*;
use rmcp::Peer;
use rmcp::RoleServer;
use rmcp::handler::server::common::RequestId;
use rmcp::handler::server::tool::Extension;
use rmcp::handler::server::tool::InputResponses;
use rmcp::handler::server::tool::RequestState;
use rmcp::handler::server::tool::ToolName;
use rmcp::model::Extensions;
use rmcp::model::JsonObject;
use rmcp::model::RequestMetaObject;
use rmcp::service::RequestContext;
use tokio_util::sync::CancellationToken;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Todo {
    title: String,
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated)]
    fn parameters(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_tool(authenticated)]
    fn json_object(&self, arguments: JsonObject) -> String {
        arguments.len().to_string()
    }

    #[guarded_tool(authenticated)]
    async fn context(&self, context: RequestContext<RoleServer>, peer: Peer<RoleServer>, id: RequestId) -> String {
        std::future::ready(()).await;
        drop((context, peer));
        format!("{:?}", id.0)
    }

    #[guarded_tool(authenticated)]
    async fn extensions(&self, extensions: Extensions, Extension(parts): Extension<http::request::Parts>) -> String {
        std::future::ready(()).await;
        format!("{} {}", parts.uri, extensions.get::<http::request::Parts>().is_some())
    }

    #[guarded_tool(authenticated)]
    async fn rest(
        &self,
        cancelled: CancellationToken,
        meta: RequestMetaObject,
        ToolName(name): ToolName,
        RequestState(state): RequestState,
        InputResponses(responses): InputResponses,
    ) -> String {
        cancelled.cancelled().await;
        format!("{name} {meta:?} {state:?} {}", responses.is_some())
    }
}

#[test]
fn works() {
    let tools = Todos::guarded_tools();
    assert_eq!(tools.list().len(), 5);
    for tool in tools.list() {
        let properties = tool.input_schema["properties"].as_object().unwrap();
        assert_eq!(properties.contains_key("title"), tool.name == "parameters", "{}", tool.name);
        assert_eq!(properties.len(), usize::from(tool.name == "parameters"), "{}", tool.name);
    }
}
