use mcp_guard::prelude::*;

struct Todos;

struct Plan;

#[guarded_tools]
impl Todos {
    #[guarded_prompt(scope = "todo:read")]
    fn nothing(&self) {}

    #[guarded_prompt(scope = "todo:read")]
    fn plan(&self) -> Plan {
        Plan
    }

    #[guarded_prompt(scope = "todo:read")]
    async fn either(&self) -> Result<Json<u8>, rmcp::ErrorData> {
        Ok(Json(1))
    }
}

fn main() {}
