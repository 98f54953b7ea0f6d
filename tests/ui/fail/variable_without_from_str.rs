use mcp_guard::prelude::*;

struct Id(u64);

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:read")]
    fn todo(&self, id: Id) -> String {
        id.0.to_string()
    }

    #[guarded_resource(uri = "todo://notes{?id}", scope = "todo:read")]
    fn notes(&self, id: Option<Id>) -> String {
        id.map(|id| id.0.to_string()).unwrap_or_default()
    }
}

fn main() {}
