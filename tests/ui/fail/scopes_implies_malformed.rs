use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read", implies)]
    Read,
    #[scope("todo:list", implies())]
    List,
    #[scope("todo:write", implies = [Read, List])]
    Write,
    #[scope("todo:share", implies("todo:read", "todo:raed"))]
    Share,
    #[scope("todo:admin", implies(TodoScope::Write, 42), implies(Share))]
    Admin,
}

fn main() {}
