use mcp_guard::prelude::*;

struct Broken;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_prompt(scope = "todo:read")]
    fn plan(&self) -> Result<String, Broken> {
        Err(Broken)
    }

    #[guarded_resource(uri = "todo://todos", scope = "todo:read")]
    async fn todos(&self) -> Result<String, String> {
        Err(String::new())
    }
}

fn main() {}
