use mcp_guard::prelude::*;

#[guarded_tool(scope = "todo:read")]
fn list() {}

struct Todos;

#[guarded_tools(tools = list)]
impl Todos {}

struct Notes;

#[guarded_tools(tools = [list, "add", remove()])]
impl Notes {}

struct Lists;

#[guarded_tools(tools, extend = |guarded| ())]
impl Lists {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

fn main() {}
