use mcp_guard::layer::Guarded;
use mcp_guard::prelude::*;

struct Notes;

fn more(guarded: &mut Guarded<Notes>) {
    drop(guarded);
}

struct Todos;

#[guarded_tools(extend = more)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

struct Lists;

#[guarded_tools(extend = Self::more)]
impl Lists {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}

    fn more() {}
}

fn main() {}
