//! The server, its method and its type stay usable: nothing is reported but the mistake.

use mcp_guard::guarded_tool;
use mcp_guard::guarded_tools;
use rmcp::ServerHandler;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool]
    async fn add(&self) -> String {
        String::new()
    }
}

fn serve<S: mcp_guard::GuardedServer + ServerHandler>(_: S) {}

fn main() {
    serve(Todos);
    drop(Todos.add());
    let _ = Todos.get_info();
}
