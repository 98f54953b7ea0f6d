use mcp_guard::prelude::*;
use rmcp::ServerHandler;

struct Todos<T>(T);

#[guarded_tools]
impl<T: ToString + Send + Sync + 'static> Todos<T> {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) -> String {
        self.0.to_string()
    }
}

#[guarded_handler]
impl<T: ToString + Send + Sync + 'static> ServerHandler for Todos<T> {}

fn main() {}
