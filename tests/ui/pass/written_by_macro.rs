//! A `macro_rules!` that writes the whole impl block.

use mcp_guard::Requirement;
use mcp_guard::prelude::*;

macro_rules! server {
    ($server:ident, $tool:ident: $answer:ty, $scope:expr, $name:literal, $value:expr) => {
        struct $server;

        #[guarded_tools]
        impl $server {
            #[guarded_tool(scope = $scope, name = $name)]
            fn $tool(&self, token: Option<ValidatedToken>) -> $answer {
                drop(token);
                $value
            }
        }
    };
}

server!(Todos, list: String, "todo:read", "list_todos", "none".to_owned());
server!(Notes, list: Result<Json<Vec<String>>, String>, "note:read", "list_notes", Ok(Json(Vec::new())));

fn main() {
    let note_read = Requirement::scope(Scope::from_static("note:read"));
    assert_eq!(Notes::guarded_tools().requirement("list_notes"), Some(&note_read));
    assert!(Notes::guarded_tools().get("list_notes").unwrap().output_schema.is_some());
    assert!(Todos::guarded_tools().get("list_todos").unwrap().output_schema.is_none());
    assert_eq!(Todos.list(None), "none");
    assert!(Notes.list(None).is_ok());
}
