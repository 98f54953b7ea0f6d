//! Operations of each kind whose missing scopes are only recorded.

use mcp_guard::prelude::*;
use rmcp::model::{CompleteRequestParams, CompleteResult};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

struct Todos;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct InList {
    list: String,
}

#[guarded_tools(own_handler, tools = [free])]
impl Todos {
    #[guarded_tool(scope = "todo:write", report_only)]
    fn tool(&self) {}

    #[guarded_tool(report_only, authenticated, scopes_for = |in_list: &InList| Scope::new(format!("list:{}", in_list.list)))]
    fn by_arguments(&self, _: Parameters<InList>) {}

    #[guarded_tool(scope = "todo:write")]
    fn enforced(&self) {}

    #[guarded_prompt(scope = "todo:plan", report_only)]
    fn prompt(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://{id}", scope = "todo:read", report_only)]
    fn resource(&self, id: u64) -> String {
        id.to_string()
    }
}

#[guarded_tool(any_of = ["todo:read", "todo:admin"], report_only)]
fn free(_: &Todos) {}

#[guarded_handler]
impl ServerHandler for Todos {
    #[guarded(scope = "todo:read", report_only)]
    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(CompleteResult::default())
    }
}

#[test]
fn works() {
    assert_eq!(
        Todos::scope_matrix().to_string(),
        "tool      by_arguments         authenticated, more by its arguments, report-only
tool      enforced             todo:write
tool      free                 todo:read or todo:admin, report-only
tool      tool                 todo:write, report-only
prompt    prompt               todo:plan, report-only
template  todo://{id}          todo:read, report-only
method    completion/complete  todo:read, report-only
"
    );
}
