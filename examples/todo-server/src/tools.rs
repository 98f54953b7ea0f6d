//! The tools, each with its requirement beside it.

use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use mcp_guard::prelude::*;
use rmcp::model::ContentBlock;
use rmcp::model::IntoContents;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scopes::TodoScope;
use crate::store::Store;
use crate::store::Todo;

/// The longest title, in characters.
const MAX_TITLE: usize = 200;

/// The server.
#[derive(Clone, Debug)]
pub struct Todos {
    store: Store,
}

impl Todos {
    /// A server over this database.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }
}

/// A list of todos.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct TodoList {
    /// The todos, the oldest first.
    pub todos: Vec<Todo>,
}

/// Which todo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TodoId {
    /// The id that `list_todos` and `create_todo` give.
    pub id: i64,
}

/// A new todo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewTodo {
    /// What is to be done; at most 200 characters.
    pub title: String,
}

/// What to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TodoChange {
    /// Which todo.
    pub id: i64,
    /// The new title, if it changes.
    pub title: Option<String>,
    /// Whether it is done now, if that changes.
    pub done: Option<bool>,
}

/// Whom to show a todo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Share {
    /// Which todo.
    pub id: i64,
    /// The subject of another caller, or `everyone`.
    pub with: String,
}

impl Share {
    fn with_everyone(&self) -> bool {
        self.with == "everyone"
    }

    /// Showing a todo to everyone needs more than showing it to somebody.
    fn scopes(&self) -> Option<TodoScope> {
        self.with_everyone().then_some(TodoScope::Share)
    }
}

/// What is shared.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Shared {
    /// The id of the todo.
    pub id: i64,
    /// Who sees it now.
    pub with: String,
}

/// What was deleted.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Deleted {
    /// The id of the todo that is gone.
    pub id: i64,
}

/// The token in use.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct WhoAmI {
    /// Who the token speaks for.
    pub subject: String,
    /// Which client was granted it.
    pub client: Option<String>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// When it expires, in seconds since 1970.
    pub expires_at: Option<i64>,
}

/// Why a tool did not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TodoError {
    /// The caller has no such todo: it does not exist, or it is somebody else's.
    #[error("there is no todo with the id {0}")]
    NotFound(i64),
    /// The title cannot be used.
    #[error("a title has 1 to {MAX_TITLE} characters, not {0}")]
    Title(usize),
    /// There is nobody of this name.
    #[error("name whom to share with: a subject, or \"everyone\"")]
    Nobody,
    /// Nothing to change.
    #[error("name a `title`, a `done`, or both")]
    NothingToChange,
    /// The database failed. What it says is not for the caller.
    #[error("the todos cannot be reached at the moment")]
    Database(#[from] sqlx::Error),
}

impl IntoContents for TodoError {
    fn into_contents(self) -> Vec<ContentBlock> {
        vec![ContentBlock::text(self.to_string())]
    }
}

/// Signed, because `uint64` is a format that other languages' schema validators do not know.
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
    instructions = "Keeps your todos. Creating, changing and deleting them needs more than reading."
)]
impl Todos {
    /// List your todos, and those that others share with you.
    #[guarded_tool(scope = "todo:read", read_only)]
    async fn list_todos(&self, token: ValidatedToken) -> Result<Json<TodoList>, TodoError> {
        Ok(Json(TodoList { todos: self.store.list((&token).into()).await? }))
    }

    /// Show one of your todos, or one that somebody shares with you.
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

    /// Change the title of one of your todos, or whether it is done.
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

    /// Show one of your todos to somebody, or to everyone; they cannot change it.
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

    /// Say whose access token this is, and what it is good for.
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
