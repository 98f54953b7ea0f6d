//! `#[guarded_handler]` locks what is written by hand, and writes the rest.

#![deny(warnings)]

use mcp_guard::prelude::*;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::ServerHandler;
use rmcp::model::*;
use rmcp::service::NotificationContext;
use rmcp::service::RequestContext;
use rmcp::service::SubscriptionContext;

struct Todos;

#[guarded_tools(own_handler)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}

    #[guarded_prompt(scope = "todo:plan")]
    fn plan(&self) -> String {
        String::new()
    }
}

/// By hand.
#[guarded_handler]
impl ServerHandler for Todos {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(Self::capabilities()).with_instructions("Keeps your todos.")
    }

    #[guarded(scope = "todo:read")]
    async fn complete(
        &self,
        CompleteRequestParams { r#ref: reference, .. }: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        if matches!(reference, Reference::Prompt(_)) {
            return Ok(CompleteResult::default());
        }
        self.nothing()?;
        Ok(CompleteResult::default())
    }

    /// Waits.
    #[guarded(authenticated)]
    async fn subscribe(
        &self,
        mut request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        request.uri.push('/');
        context.ct.cancelled().await;
        Ok(())
    }

    #[cfg(not(any()))]
    #[guarded(any_of = ["todo:read", "todo:admin"])]
    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    #[cfg(any())]
    #[guarded(public)]
    async fn get_task(&self, nothing: ThereIsNoSuchType) -> Result<(), ErrorData> {
        Ok(())
    }

    #[guarded(scope = "todo:read")]
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        context.cancelled().await;
        Ok(())
    }

    #[guarded(scopes = ["todo:read", "todo:admin"])]
    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        drop((request, context));
        Ok(ListResourcesResult::default())
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        drop(context);
    }
}

impl Todos {
    fn nothing(&self) -> Result<(), ErrorData> {
        Err(ErrorData::internal_error("nothing", None))
    }
}

struct Of<T>(T);

#[guarded_tools(own_handler)]
impl<T: ToString + Send + Sync + 'static> Of<T> {
    #[guarded_tool(authenticated)]
    fn show(&self) -> String {
        self.0.to_string()
    }
}

#[guarded_handler]
impl<T: ToString + Send + Sync + 'static> ServerHandler for Of<T> {
    #[guarded(authenticated)]
    async fn complete(
        &self,
        request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        drop((request, self.0.to_string()));
        Ok(CompleteResult::default())
    }
}

/// Only what is generated.
struct Bare;

#[guarded_tools(own_handler)]
impl Bare {
    #[guarded_tool(authenticated)]
    fn list(&self) {}
}

#[guarded_handler]
impl ServerHandler for Bare {}

fn is_server<S: GuardedServer + ServerHandler>(_: &S) {}

#[test]
fn works() {
    assert_eq!(
        Todos::scope_matrix().to_string(),
        "tool    list                   todo:read
prompt  plan                   todo:plan
method  completion/complete    todo:read
method  resources/list         todo:admin and todo:read
method  resources/subscribe    authenticated
method  resources/unsubscribe  todo:read or todo:admin
method  subscriptions/listen   todo:read
"
    );
    let info = Todos.get_info();
    assert_eq!(info.instructions.as_deref(), Some("Keeps your todos."));
    assert!(info.capabilities.completions.is_some() && info.capabilities.prompts.is_some());
    assert!(Todos.get_tool("list").is_some());
    assert_eq!(Bare.get_info().server_info.name, env!("CARGO_PKG_NAME"));
    assert_eq!(Of(3).show(), "3");
    is_server(&Of(3));
    is_server(&Bare);
    (Todos.list(), Bare.list());
    let _ = Todos.plan();
}
