use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(scope = "todo:read")]
    fn todos(&self) -> String {
        String::new()
    }

    #[guarded_resource]
    fn lists(&self) -> String {
        String::new()
    }
}

fn main() {}
