//! `crate = ..` says where mcp-guard is found.

mod facade {
    pub mod guard {
        pub use mcp_guard::*;
    }
}

use facade::guard::prelude::*;

struct Todos;

#[guarded_tools(crate = crate::renamed_crate::facade::guard, name = "todos")]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    async fn list(&self, token: Option<ValidatedToken>) -> Result<String, String> {
        token.map(|token| token.subject().to_owned()).ok_or_else(String::new)
    }
}

#[guarded_tool(scope = "todo:write", crate = crate::renamed_crate::facade::guard)]
fn add(todos: &Everything, token: Option<ValidatedToken>) {
    drop((todos, token));
}

struct Everything;

#[guarded_tools(crate = crate::renamed_crate::facade::guard, own_handler, tools = [add])]
impl Everything {
    #[guarded_prompt(scope = "todo:read")]
    fn plan(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://{id}", authenticated, scopes_for = |id| Scope::new(id.to_string()).ok())]
    fn todo(&self, id: u64, token: ValidatedToken) -> String {
        format!("{id} {}", token.subject())
    }
}

#[guarded_handler(crate = crate::renamed_crate::facade::guard)]
impl rmcp::ServerHandler for Everything {
    #[guarded(authenticated)]
    async fn subscribe(
        &self,
        _: rmcp::model::SubscribeRequestParams,
        _: rmcp::service::RequestContext<rmcp::RoleServer>,
    ) -> Result<(), rmcp::ErrorData> {
        Ok(())
    }
}

#[test]
fn works() {
    assert_eq!(Everything::scope_matrix().to_string().lines().count(), 4);
    assert!(Todos::guarded_tools().get("list").is_some());
}
