//! A tool may be asynchronous in every way in which a function can be.

use std::borrow::Cow;
use std::pin::Pin;

use futures::future::BoxFuture;
use mcp_guard::prelude::*;
use rmcp::model::CallToolResult;

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Count {
    count: usize,
}

struct Todos {
    owner: String,
}

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated)]
    async fn async_fn(&self) -> String {
        std::future::ready(self.owner.clone()).await
    }

    #[guarded_tool(authenticated)]
    async fn lifetime<'a>(&'a self, token: ValidatedToken) -> Result<Json<Count>, rmcp::ErrorData> {
        let owner: Cow<'a, str> = Cow::Borrowed(&self.owner);
        std::future::ready(()).await;
        Ok(Json(Count { count: owner.len() + token.subject().len() }))
    }

    #[guarded_tool(authenticated)]
    async fn without_receiver() -> Result<CallToolResult, rmcp::ErrorData> {
        Ok(CallToolResult::success(Vec::new()))
    }

    #[guarded_tool(authenticated)]
    fn impl_future(&self) -> impl Future<Output = Json<Count>> + Send + '_ {
        async { Json(Count { count: self.owner.len() }) }
    }

    #[guarded_tool(authenticated)]
    fn box_future(&self) -> BoxFuture<'_, Result<Json<Count>, String>> {
        Box::pin(async { Ok(Json(Count { count: self.owner.len() })) })
    }

    #[guarded_tool(authenticated)]
    fn pin_box<'a>(&'a self) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(async { self.owner.clone() })
    }
}

#[tokio::test]
async fn works() {
    let tools = Todos::guarded_tools();
    assert_eq!(tools.list().len(), 6);
    for tool in tools.list() {
        let has_output = ["lifetime", "impl_future", "box_future"].contains(&tool.name.as_ref());
        assert_eq!(tool.output_schema.is_some(), has_output, "{}", tool.name);
        assert_eq!(tool.input_schema["properties"], serde_json::json!({}), "{}", tool.name);
    }
    let schema = tools.get("box_future").unwrap().output_schema.as_ref().unwrap();
    assert_eq!(schema["required"], serde_json::json!(["count"]));

    let todos = Todos { owner: "ada".to_owned() };
    assert_eq!(todos.async_fn().await, "ada");
    assert_eq!(todos.box_future().await.unwrap().0.count, 3);
    assert_eq!(todos.pin_box().await, "ada");
}
