//! The tools, each with its requirement next to it.

use std::time::{SystemTime, UNIX_EPOCH};

use mcp_guard::prelude::*;
use rmcp::model::{ContentBlock, IntoContents};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scopes::TodoScope;
use crate::store::{Store, Todo};

/// The maximum length of a title, in characters.
const MAX_TITLE: usize = 200;

/// The MCP server.
#[derive(Clone, Debug)]
pub struct Todos {
    store: Store,
}

impl Todos {
    /// Creates a server over this database.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }
}

/// A list of todos.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct TodoList {
    /// The todos, oldest first.
    pub todos: Vec<Todo>,
}

/// The id of a todo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TodoId {
    /// The id that `list_todos` and `create_todo` return.
    pub id: i64,
}

/// A new todo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewTodo {
    /// The task to do; at most 200 characters.
    pub title: String,
}

/// The changes to a todo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TodoChange {
    /// The id of the todo.
    pub id: i64,
    /// The new title; omit it to keep the title.
    pub title: Option<String>,
    /// Whether the todo is done; omit it to keep the state.
    pub done: Option<bool>,
}

/// A request to share a todo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Share {
    /// The id of the todo.
    pub id: i64,
    /// The subject of another caller, or `everyone`.
    pub with: String,
}

impl Share {
    fn with_everyone(&self) -> bool {
        self.with == "everyone"
    }

    /// Sharing a todo with everyone requires an additional scope.
    fn scopes(&self) -> Option<TodoScope> {
        self.with_everyone().then_some(TodoScope::Share)
    }
}

/// A shared todo.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Shared {
    /// The id of the todo.
    pub id: i64,
    /// The subject who can read it now, or `everyone`.
    pub with: String,
}

/// A deleted todo.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Deleted {
    /// The id of the deleted todo.
    pub id: i64,
}

/// The access token of the caller.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct WhoAmI {
    /// The subject of the token.
    pub subject: String,
    /// The client that the token was issued to.
    pub client: Option<String>,
    /// The granted scopes.
    pub scopes: Vec<String>,
    /// The expiry time, in seconds since 1970.
    pub expires_at: Option<i64>,
}

/// A failure of a tool.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TodoError {
    /// The caller has no such todo: it does not exist, or it belongs to another user.
    #[error("there is no todo with the id {0}")]
    NotFound(i64),
    /// The length of the title is invalid.
    #[error("invalid title of {0} characters: expected 1 to {MAX_TITLE}")]
    Title(usize),
    /// The subject to share with is empty.
    #[error("invalid `with`: expected a subject, or \"everyone\"")]
    Nobody,
    /// The request contains no changes.
    #[error("no changes: expected `title`, `done`, or both")]
    NothingToChange,
    /// The database failed. The caller does not get the details.
    #[error("the todos are temporarily unavailable")]
    Database(#[from] sqlx::Error),
}

impl IntoContents for TodoError {
    fn into_contents(self) -> Vec<ContentBlock> {
        vec![ContentBlock::text(self.to_string())]
    }
}

/// Returns a signed number, because schema validators in other languages do not support the format `uint64`.
fn seconds_since_1970(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

fn title(text: &str) -> Result<&str, TodoError> {
    let text = text.trim();
    match text.chars().count() {
        1..=MAX_TITLE => Ok(text),
        length => Err(TodoError::Title(length)),
    }
}

#[guarded_tools(
    scopes = TodoScope,
    title = "Todos",
    instructions = "Manages your todos. Creating, changing and deleting them requires more scopes than reading."
)]
impl Todos {
    /// List your todos, and the todos that other users share with you.
    #[guarded_tool(scope = "todo:read", read_only)]
    async fn list_todos(&self, token: ValidatedToken) -> Result<Json<TodoList>, TodoError> {
        Ok(Json(TodoList { todos: self.store.list((&token).into()).await? }))
    }

    /// Get one of your todos, or one that another user shares with you.
    #[guarded_tool(scope = "todo:read", read_only)]
    async fn get_todo(
        &self,
        Parameters(TodoId { id }): Parameters<TodoId>,
        token: ValidatedToken,
    ) -> Result<Json<Todo>, TodoError> {
        self.store.get((&token).into(), id).await?.map(Json).ok_or(TodoError::NotFound(id))
    }

    /// Create a todo.
    #[guarded_tool(scope = TodoScope::Write, destructive = false)]
    async fn create_todo(
        &self,
        Parameters(new): Parameters<NewTodo>,
        token: ValidatedToken,
    ) -> Result<Json<Todo>, TodoError> {
        Ok(Json(self.store.create((&token).into(), title(&new.title)?).await?))
    }

    /// Change the title of one of your todos, or mark it as done or not done.
    #[guarded_tool(scope = TodoScope::Write, idempotent)]
    async fn update_todo(
        &self,
        Parameters(change): Parameters<TodoChange>,
        token: ValidatedToken,
    ) -> Result<Json<Todo>, TodoError> {
        let title = change.title.as_deref().map(title).transpose()?;
        if title.is_none() && change.done.is_none() {
            return Err(TodoError::NothingToChange);
        }
        let changed = self.store.update((&token).into(), change.id, title, change.done).await?;
        changed.map(Json).ok_or(TodoError::NotFound(change.id))
    }

    /// Delete one of your todos.
    #[guarded_tool(scopes = [TodoScope::Write, TodoScope::Delete], destructive)]
    async fn delete_todo(
        &self,
        Parameters(TodoId { id }): Parameters<TodoId>,
        token: ValidatedToken,
    ) -> Result<Json<Deleted>, TodoError> {
        if self.store.delete((&token).into(), id).await? {
            Ok(Json(Deleted { id }))
        } else {
            Err(TodoError::NotFound(id))
        }
    }

    /// Share one of your todos with another user, or with everyone; they can read it, but not change it.
    #[guarded_tool(scope = TodoScope::Write, scopes_for = Share::scopes, destructive = false, idempotent)]
    async fn share_todo(
        &self,
        Parameters(share): Parameters<Share>,
        token: ValidatedToken,
    ) -> Result<Json<Shared>, TodoError> {
        let with = match share.with.trim() {
            "" => return Err(TodoError::Nobody),
            _ if share.with_everyone() => None,
            subject => Some(subject),
        };
        if self.store.share((&token).into(), share.id, with).await? {
            Ok(Json(Shared { id: share.id, with: with.unwrap_or("everyone").to_owned() }))
        } else {
            Err(TodoError::NotFound(share.id))
        }
    }

    /// Get the subject, client, scopes and expiry of your access token.
    #[guarded_tool(authenticated, read_only)]
    async fn whoami(&self, token: ValidatedToken) -> Json<WhoAmI> {
        Json(WhoAmI {
            subject: token.subject().to_owned(),
            client: token.client_id().map(str::to_owned),
            scopes: token.scopes().iter().map(ToString::to_string).collect(),
            expires_at: token.expires_at().and_then(seconds_since_1970),
        })
    }
}
