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

macro_rules! subscribe {
    () => {
        async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
            Ok(())
        }
    };
}

#[guarded_handler]
impl ServerHandler for Todos {
    #[guarded(scope = "todo:read")]
    async fn completed(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(CompleteResult::default())
    }

    fn todo(&self) {}

    async fn r#complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(CompleteResult::default())
    }

    subscribe!();
}

fn main() {}
