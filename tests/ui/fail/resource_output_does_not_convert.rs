use mcp_guard::prelude::*;

struct Todos;

struct Content;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://nothing", scope = "todo:read")]
    fn nothing(&self) {}

    #[guarded_resource(uri = "todo://content", scope = "todo:read")]
    fn content(&self) -> Content {
        Content
    }

    #[guarded_resource(uri = "todo://either", scope = "todo:read")]
    async fn either(&self) -> Result<rmcp::model::CallToolResult, rmcp::ErrorData> {
        Ok(rmcp::model::CallToolResult::success(Vec::new()))
    }
}

fn main() {}
