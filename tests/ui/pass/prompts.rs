//! A prompt is what a tool is, but for its answer.

use futures::future::BoxFuture;
use mcp_guard::prelude::*;
use rmcp::ErrorData;
use rmcp::ServerHandler;
use rmcp::model::GetPromptResult;
use rmcp::model::Icon;
use rmcp::model::MetaObject;
use rmcp::model::PromptMessage;
use rmcp::model::Role;

type Answer<T> = Result<T, ErrorData>;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct About {
    /// What the plan is about.
    topic: String,
}

struct Todos;

#[guarded_tools]
impl Todos {
    /// Plan the day.
    #[guarded_prompt(scope = "todo:read")]
    fn plan(&self, Parameters(about): Parameters<About>) -> String {
        format!("Plan my day around {}.", about.topic)
    }

    #[guarded_prompt(
        scopes = ["todo:read", "todo:write"],
        name = "review_todos",
        title = "Review",
        description = concat!("Review", " your todos."),
        icons = vec![Icon::new("https://todo.example.com/icon.png")],
        meta = MetaObject::new()
    )]
    async fn review(&self, token: ValidatedToken) -> Result<Vec<PromptMessage>, ErrorData> {
        Ok(vec![PromptMessage::new_text(Role::User, token.subject())])
    }

    #[guarded_prompt(any_of = ["todo:read", "todo:admin"])]
    fn message(&self) -> impl Future<Output = PromptMessage> + Send + use<> {
        std::future::ready(PromptMessage::new_text(Role::Assistant, "Ready."))
    }

    #[guarded_prompt(authenticated)]
    fn result<'a>(&'a self, Claims(claims): Claims<serde_json::Value>) -> BoxFuture<'a, Answer<GetPromptResult>> {
        Box::pin(async move { Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, claims.to_string())])) })
    }

    #[guarded_prompt(public)]
    fn hello(token: Option<ValidatedToken>) -> Answer<String> {
        Ok(token.map_or_else(|| "Hello!".to_owned(), |token| token.subject().to_owned()))
    }

    #[guarded_prompt(authenticated)]
    async fn late(&self, token: ValidatedToken) -> Result<String, mcp_guard::InsufficientScope> {
        token.require("todo:write")?;
        Ok(String::new())
    }
}

#[test]
fn works() {
    assert_eq!(
        Todos::scope_matrix().to_string(),
        "prompt  hello         public
prompt  late          authenticated
prompt  message       todo:read or todo:admin
prompt  plan          todo:read
prompt  result        authenticated
prompt  review_todos  todo:read and todo:write
"
    );
    let capabilities = Todos.get_info().capabilities;
    assert!(capabilities.prompts.is_some() && capabilities.tools.is_none() && capabilities.resources.is_none());
    assert_eq!(Todos.plan(Parameters(About { topic: "tea".to_owned() })), "Plan my day around tea.");
    assert_eq!(Todos::hello(None).unwrap(), "Hello!");
}
