use mcp_guard::prelude::*;

const ADMIN: &str = "todo:admin";

#[derive(Scopes)]
enum TodoScope {
    #[scope(42)]
    Read,
    #[scope = "todo:write"]
    Write,
    #[scope(ADMIN)]
    Admin,
    #[scope(text = "todo:share")]
    Share,
    #[scope(concat!("todo", ":delete"))]
    Delete,
}

fn main() {}
