//! A server in a crate with every lint at its strictest.

#![deny(
    warnings,
    missing_debug_implementations,
    missing_docs,
    unnameable_types,
    unreachable_pub,
    unused_qualifications,
    single_use_lifetimes,
    unused_lifetimes,
    elided_lifetimes_in_paths,
    unused_results,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::absolute_paths,
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::shadow_reuse,
    clippy::implicit_return,
    clippy::question_mark_used
)]
#![forbid(unsafe_code)]
#![expect(clippy::implicit_return, clippy::absolute_paths, reason = "in the code of this file itself")]

use mcp_guard::layer::Guarded;
use mcp_guard::{
    GuardedServer, ResourceUri, Scope, Scopes, ValidatedToken, guarded_handler, guarded_prompt, guarded_resource,
    guarded_tool, guarded_tools,
};
use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::model::{CompleteRequestParams, CompleteResult, SubscribeRequestParams};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

/// A todo.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema, serde::Serialize)]
#[non_exhaustive]
pub struct Todo {
    /// What to do.
    pub title: String,
}

/// The todos.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Todos {
    owner: String,
}

#[guarded_tools(name = "todos", instructions = "Keeps your todos.")]
impl Todos {
    /// Adds a todo.
    ///
    /// # Errors
    ///
    /// When it has no title.
    #[guarded_tool(scopes = ["todo:read", "todo:write"], destructive = false)]
    pub fn add(&self, Parameters(todo): Parameters<Todo>, token: ValidatedToken) -> Result<Json<Todo>, String> {
        drop(token);
        if todo.title.is_empty() { Err(self.owner.clone()) } else { Ok(Json(todo)) }
    }

    /// Greets.
    #[guarded_tool(public)]
    pub async fn greet(&self, token: Option<ValidatedToken>) -> String {
        std::future::ready(()).await;
        token.map_or_else(|| self.owner.clone(), |known| known.subject().to_owned())
    }

    /// Forgets.
    #[deprecated = "nobody should forget"]
    #[guarded_tool(authenticated)]
    pub async fn forget() {
        std::future::ready(()).await;
    }

    /// Lists.
    #[guarded_tool(any_of = ["todo:read", "todo:admin"], read_only)]
    #[must_use]
    pub fn list(&self) -> Json<Vec<Todo>> {
        let owner = Todo { title: self.owner.clone() };
        Json(vec![owner])
    }
}

/// What a caller may be allowed to do.
#[derive(Clone, Copy, Debug, Scopes)]
#[non_exhaustive]
pub enum TodoScope {
    /// See your todos.
    #[scope("todo:read")]
    Read,
    /// Create and change your todos.
    #[scope("todo:write", implies(Read))]
    Write,
    #[expect(missing_docs, reason = "without a description")]
    #[scope("todo:share")]
    Share,
    #[expect(missing_docs, reason = "without a description")]
    #[deprecated = "nobody should delete"]
    #[scope("todo:delete")]
    Delete,
}

/// A generic server.
#[derive(Debug)]
#[non_exhaustive]
pub struct Of<T> {
    of: T,
}

#[guarded_tools(scopes = TodoScope)]
impl<T: ToString + Send + Sync + 'static> Of<T> {
    /// Shows it.
    #[guarded_tool(scopes = [TodoScope::Write, "todo:share"])]
    #[must_use]
    pub fn show(&self) -> String {
        self.of.to_string()
    }
}

/// Adds a todo, wherever it is called.
///
/// # Errors
///
/// When it has no title.
#[guarded_tool(scope = "todo:write", scopes_for = of_title)]
pub async fn add_freely(owner: &Everything, Parameters(todo): Parameters<Todo>) -> Result<String, String> {
    std::future::ready(()).await;
    if todo.title.is_empty() { Err(owner.owner.clone()) } else { Ok(todo.title) }
}

/// Tells what it is.
#[guarded_tool(public)]
#[must_use]
pub fn version(token: Option<ValidatedToken>) -> String {
    token.map_or_else(String::new, |known| known.subject().to_owned())
}

/// Forgets.
#[deprecated = "nobody should forget"]
#[guarded_tool(authenticated)]
pub async fn forget() {
    std::future::ready(()).await;
}

/// Everything that a server can offer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Everything {
    owner: String,
}

/// What the title of a todo needs besides.
fn of_title(todo: &Todo) -> Option<Scope> {
    Scope::new(format!("todo:{}", todo.title)).ok()
}

#[guarded_tools(own_handler, tools = [add_freely, version], extend = Self::more)]
impl Everything {
    /// Lists.
    #[guarded_tool(authenticated, scopes_for = |todo| Scope::new(todo.title.clone()).ok())]
    #[must_use]
    pub fn list(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title + &self.owner
    }

    /// Plans.
    #[guarded_prompt(scope = "todo:read", title = "Plan", scopes_for = of_title)]
    #[must_use]
    pub fn plan(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title + &self.owner
    }

    /// Reviews.
    ///
    /// # Errors
    ///
    /// When the token may not review.
    #[guarded_prompt(any_of = ["todo:read", "todo:admin"])]
    pub async fn review(&self, token: ValidatedToken) -> Result<String, ErrorData> {
        match std::future::ready(token).await.require("todo:review") {
            Ok(()) => Ok(self.owner.clone()),
            Err(lacking) => Err(lacking.into()),
        }
    }

    /// All todos.
    #[guarded_resource(uri = "todo://todos", authenticated, mime_type = "text/plain")]
    #[must_use]
    pub fn todos(&self) -> String {
        self.owner.clone()
    }

    /// One todo.
    ///
    /// # Errors
    ///
    /// Always.
    #[guarded_resource(
        uri = "todo://lists/{list}/{id}{?done}",
        authenticated,
        scopes_for = |list, done| Scope::new(format!("todo:{list}:{done:?}")).ok()
    )]
    pub async fn todo(
        &self,
        list: String,
        id: u64,
        done: Option<bool>,
        ResourceUri(uri): ResourceUri,
    ) -> Result<String, ErrorData> {
        std::future::ready(()).await;
        Err(ErrorData::internal_error(format!("{list} {id} {done:?} {uri}"), None))
    }

    const fn more(guarded: &mut Guarded<Self>) {
        let _ = guarded.tools_mut();
    }
}

#[guarded_handler]
impl ServerHandler for Everything {
    #[guarded(scope = "todo:read")]
    async fn complete(
        &self,
        request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        drop(request);
        Ok(CompleteResult::default())
    }

    #[guarded(authenticated)]
    async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        std::future::ready(()).await;
        Err(ErrorData::internal_error(self.owner.clone(), None))
    }
}

fn main() {
    assert_eq!(Todos::guarded_tools().list().len(), 4, "every method is a tool");
    assert_eq!(Of::<u8>::guarded_tools().list().len(), 1, "every method is a tool");
    assert_eq!(Everything::guarded().scope_matrix().to_string().lines().count(), 9, "everything has a requirement");
    let todos = Todos { owner: "ada".to_owned() };
    assert_eq!(todos.list().0.len(), 1, "methods stay callable");
    assert_eq!(Of { of: 3_u8 }.show(), "3", "methods stay callable");
}
