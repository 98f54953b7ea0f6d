use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://todos{/id}", scope = "todo:read")]
    fn operator(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://todos/{id:3}", scope = "todo:read")]
    fn modifier(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://todos/{list,id}", scope = "todo:read")]
    fn several(&self, list: String, id: u64) -> String {
        format!("{list} {id}")
    }

    #[guarded_resource(uri = "todo://todos/{id}/{id}", scope = "todo:read")]
    fn repeated(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://todos/{list}{id}", scope = "todo:read")]
    fn inseparable(&self, list: String, id: u64) -> String {
        format!("{list} {id}")
    }

    #[guarded_resource(uri = "todo://files/{+path}/content", scope = "todo:read")]
    fn path_not_last(&self, path: String) -> String {
        path
    }

    #[guarded_resource(uri = "todo://todos{?q}/all", scope = "todo:read")]
    fn query_not_last(&self, q: Option<String>) -> String {
        q.unwrap_or_default()
    }
}

fn main() {}
