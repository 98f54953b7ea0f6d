use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todos", scope = "todo:read")]
    fn todos(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "{scheme}://todos", scope = "todo:read")]
    fn anything(&self, scheme: String) -> String {
        scheme
    }

    #[guarded_resource(uri = "", scope = "todo:read")]
    fn nothing(&self) -> String {
        String::new()
    }
}

fn main() {}
