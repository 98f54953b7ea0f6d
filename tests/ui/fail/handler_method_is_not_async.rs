use mcp_guard::prelude::*;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::ServerHandler;
use rmcp::model::CompleteRequestParams;
use rmcp::model::CompleteResult;
use rmcp::service::RequestContext;

struct Todos;

#[guarded_tools(own_handler)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

#[guarded_handler]
impl ServerHandler for Todos {
    #[guarded(scope = "todo:read")]
    fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<CompleteResult, ErrorData>> {
        std::future::ready(Ok(CompleteResult::default()))
    }
}

fn main() {}
