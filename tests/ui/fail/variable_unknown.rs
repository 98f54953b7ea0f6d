use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:read")]
    fn typo(&self, idd: u64) -> String {
        idd.to_string()
    }

    #[guarded_resource(uri = "todo://lists/{list}/todos/{id}", scope = "todo:read")]
    fn like_no_other(&self, owner: &str) -> String {
        owner.to_owned()
    }

    #[guarded_resource(uri = "todo://todos", scope = "todo:read")]
    fn without_template(&self, id: Option<u64>) -> String {
        format!("{id:?}")
    }
}

fn main() {}
