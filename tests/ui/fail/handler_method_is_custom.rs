use mcp_guard::prelude::*;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::ServerHandler;
use rmcp::model::*;
use rmcp::service::NotificationContext;
use rmcp::service::RequestContext;

struct Todos;

#[guarded_tools(own_handler)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

#[guarded_handler]
impl ServerHandler for Todos {
    async fn on_custom_request(
        &self,
        _: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(ErrorData::internal_error("none", None))
    }

    #[guarded(authenticated)]
    async fn on_custom_notification(&self, _: CustomNotification, _: NotificationContext<RoleServer>) {}

    #[guarded(authenticated)]
    async fn ping(&self, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    #[guarded(authenticated)]
    fn get_info(&self) -> ServerConfig {
        ServerConfig::default()
    }
}

fn main() {}
