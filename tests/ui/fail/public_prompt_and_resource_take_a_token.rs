use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_prompt(public)]
    fn plan(&self, token: ValidatedToken) -> String {
        token.subject().to_owned()
    }

    #[guarded_resource(uri = "todo://todos", public)]
    fn todos(&self, Claims(claims): Claims<serde_json::Value>) -> String {
        claims.to_string()
    }
}

fn main() {}
