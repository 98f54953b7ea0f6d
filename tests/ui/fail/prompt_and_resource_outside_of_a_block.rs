use mcp_guard::prelude::*;

struct Todos;

impl Todos {
    #[guarded_prompt(scope = "todo:read")]
    fn plan(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://todos", scope = "todo:read")]
    fn todos() -> String {
        String::new()
    }
}

#[guarded_prompt(scope = "todo:read")]
fn review() -> String {
    String::new()
}

#[guarded_resource(uri = "todo://notes", scope = "todo:read")]
struct Notes;

trait Lists {
    #[guarded_resource(uri = "todo://lists", scope = "todo:read")]
    fn lists(&self) -> String;
}

fn main() {
    let _ = (Todos.plan(), Todos::todos(), review(), Notes);
}
