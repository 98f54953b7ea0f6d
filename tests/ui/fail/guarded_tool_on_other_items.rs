use mcp_guard::prelude::*;

#[guarded_tool(scope = "todo:read")]
mod todos {}

#[guarded_tool(scope = "todo:read")]
static TODOS: u8 = 0;

#[guarded_prompt(scope = "todo:read")]
type Todo = u8;

#[guarded_resource(uri = "todo://todos", scope = "todo:read")]
pub use std::fs as files;

#[guarded_prompt(scope = "todo:read")]
impl Todos {}

#[guarded_tool(scope = "todo:read")]
extern crate std as standard;

macro_rules! tool {
    () => {
        fn list(&self) {}
    };
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    tool!();
}

fn main() {}
