use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_prompt]
    fn plan(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://todos")]
    fn todos(&self) -> String {
        String::new()
    }
}

fn main() {}
