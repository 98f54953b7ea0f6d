use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("")]
    Empty,
    #[scope(" ")]
    Spaces,
    #[scope("todo:read todo:write")]
    Two,
    #[scope("todo:read ")]
    Around,
    #[scope("tâche:write")]
    Forbidden,
    #[scope("offline_access")]
    Offline,
}

fn main() {}
