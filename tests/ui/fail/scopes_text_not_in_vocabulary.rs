use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read")]
    Read,
    #[scope("todo:write", implies(Read))]
    Write,
}

struct Todos;

#[guarded_tools(scopes = TodoScope)]
impl Todos {
    #[guarded_tool(scope = "todo:wirte")]
    fn add(&self) {}

    #[guarded_tool(scopes = ["todo:read", "todo:writes"])]
    fn edit(&self) {}

    #[guarded_tool(any_of = [TodoScope::Write, "mail:send"])]
    fn share(&self) {}

    #[cfg(any())]
    #[guarded_tool(scope = "todo:nowhere")]
    fn never(&self) {}
}

fn main() {}
