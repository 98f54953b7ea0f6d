use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read", secret)]
    Read,
    #[scope("todo:write", imples(Read))]
    Write,
    #[scope("todo:share", description = "Share your todos.")]
    Share,
    #[scope("todo:admin" implies(Write))]
    Admin,
    #[scope("todo:delete", 42)]
    Delete,
}

fn main() {}
