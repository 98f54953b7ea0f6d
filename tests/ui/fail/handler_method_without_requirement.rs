//! Nothing is reported but the mistakes.

use mcp_guard::prelude::*;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::ServerHandler;
use rmcp::model::CompleteRequestParams;
use rmcp::model::CompleteResult;
use rmcp::model::SubscribeRequestParams;
use rmcp::service::RequestContext;

struct Todos;

#[guarded_tools(own_handler)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

#[guarded_handler]
impl ServerHandler for Todos {
    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(CompleteResult::default())
    }

    #[guarded(scope = "todo:read", public)]
    async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    #[guarded(scop = "todo read")]
    #[guarded(scope = "todo read")]
    async fn unsubscribe(
        &self,
        _: rmcp::model::UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }
}

fn serve<S: GuardedServer>(_: S) {}

fn main() {
    serve(Todos);
}
