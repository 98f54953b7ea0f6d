use mcp_guard::prelude::*;

struct Todos<'a> {
    owner: &'a str,
}

#[guarded_tools]
impl<'a> Todos<'a> {
    #[guarded_tool(authenticated)]
    fn owner(&self) -> String {
        self.owner.to_owned()
    }
}

fn main() {}
