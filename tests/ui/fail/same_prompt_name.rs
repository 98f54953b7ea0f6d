use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_prompt(scope = "todo:read")]
    fn plan(&self) -> String {
        String::new()
    }

    #[guarded_prompt(scope = "todo:write", name = "plan")]
    fn plan_again(&self) -> String {
        String::new()
    }
}

fn main() {}
