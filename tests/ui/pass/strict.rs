//! A server in a crate with every lint at its strictest. It is also a test target of its own, so that clippy sees it.

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

use mcp_guard::GuardedServer;
use mcp_guard::Scopes;
use mcp_guard::ValidatedToken;
use mcp_guard::guarded_tool;
use mcp_guard::guarded_tools;
use rmcp::handler::server::wrapper::Json;
use rmcp::handler::server::wrapper::Parameters;

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

fn main() {
    assert_eq!(Todos::guarded_tools().list().len(), 4, "every method is a tool");
    assert_eq!(Of::<u8>::guarded_tools().list().len(), 1, "every method is a tool");
    let todos = Todos { owner: "ada".to_owned() };
    assert_eq!(todos.list().0.len(), 1, "methods stay callable");
    assert_eq!(Of { of: 3_u8 }.show(), "3", "methods stay callable");
}
