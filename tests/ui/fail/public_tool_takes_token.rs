use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(public)]
    fn add(&self, token: ValidatedToken) -> String {
        token.subject().to_owned()
    }
}

fn main() {}
