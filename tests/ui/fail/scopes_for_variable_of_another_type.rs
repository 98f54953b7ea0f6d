use mcp_guard::prelude::*;

fn of_text(id: &str) -> Option<Scope> {
    Scope::new(id.to_owned()).ok()
}

fn of_all(list: &String) -> Option<Scope> {
    Scope::new(list.clone()).ok()
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://todos/{id}", authenticated, scopes_for = of_text)]
    fn todo(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://notes/{id}", authenticated, scopes_for = |id: &str| Scope::new(id.to_owned()).ok())]
    fn note(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://lists/{list}/{id}", authenticated, scopes_for = of_all)]
    fn one_of(&self, list: String, id: u64) -> String {
        format!("{list} {id}")
    }
}

fn main() {}
