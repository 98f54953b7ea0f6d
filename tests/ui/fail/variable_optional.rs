use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://todos{?done,limit}", scope = "todo:read")]
    fn required_in_the_method(&self, done: bool, limit: Option<u64>) -> String {
        format!("{done} {limit:?}")
    }

    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:read")]
    fn required_in_the_uri(&self, id: Option<u64>) -> String {
        format!("{id:?}")
    }
}

fn main() {}
