//! A `macro_rules!` that writes the whole impl block.

use mcp_guard::policy::Requirement;
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

macro_rules! everything {
    ($server:ident($of:ty), $uri:literal, $variable:ident: $kind:ty, $scope:expr, $arguments:ident) => {
        struct $server($of);

        #[derive(serde::Deserialize, schemars::JsonSchema)]
        struct $arguments {
            title: String,
        }

        #[guarded_tool(scope = $scope, scopes_for = |todo| Scope::new(todo.title.clone()).ok())]
        fn free(server: &$server, Parameters(todo): Parameters<$arguments>) -> String {
            format!("{}{}", server.0, todo.title)
        }

        #[guarded_tools(own_handler, tools = [free], extend = $server::more)]
        impl $server {
            #[guarded_prompt(scope = $scope, scopes_for = |todo: &$arguments| Scope::new(todo.title.clone()).ok())]
            fn plan(&self, Parameters(todo): Parameters<$arguments>) -> String {
                todo.title + &self.0.to_string()
            }

            #[guarded_resource(uri = $uri, authenticated, scopes_for = |$variable| Scope::new($variable.to_string()).ok())]
            fn one(&self, $variable: $kind) -> String {
                $variable.to_string()
            }

            #[guarded_resource(uri = "all://{all}/{id}", scope = $scope, scopes_for = all)]
            fn all(&self, all: String, id: u64) -> String {
                format!("{all} {id}")
            }

            fn more(guarded: &mut mcp_guard::layer::Guarded<Self>) {
                let _ = guarded.tools_mut();
            }
        }

        fn all(all: &String, id: &u64) -> Option<Scope> {
            Scope::new(format!("{all} {id}")).ok()
        }

        #[guarded_handler]
        impl rmcp::ServerHandler for $server {
            #[guarded(scope = $scope)]
            async fn subscribe(
                &self,
                request: rmcp::model::SubscribeRequestParams,
                context: rmcp::service::RequestContext<rmcp::RoleServer>,
            ) -> Result<(), rmcp::ErrorData> {
                drop((request, context));
                Ok(())
            }
        }
    };
}

everything!(Everything(u8), "todo://todos/{id}", id: u64, "todo:read", Title);

#[test]
fn works() {
    assert_eq!(Everything::scope_matrix().to_string().lines().count(), 5);
    let note_read = Requirement::scope(Scope::from_static("note:read"));
    assert_eq!(Notes::guarded_tools().requirement("list_notes"), Some(&note_read));
    assert!(Notes::guarded_tools().get("list_notes").unwrap().output_schema.is_some());
    assert!(Todos::guarded_tools().get("list_todos").unwrap().output_schema.is_none());
    assert_eq!(Todos.list(None), "none");
    assert!(Notes.list(None).is_ok());
}
