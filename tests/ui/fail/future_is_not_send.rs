use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    async fn add(&self) -> String {
        let todo = std::rc::Rc::new(String::new());
        std::future::ready(()).await;
        todo.to_string()
    }
}

fn main() {}
