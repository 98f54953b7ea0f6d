//! Stores todos in SQLite. Every query filters by the caller, so callers cannot read todos of other users that are not
//! shared with them, or learn that they exist.

use std::str::FromStr as _;

use mcp_guard::ValidatedToken;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};

/// A todo.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Todo {
    /// The id of the todo, for the other tools.
    pub id: i64,
    /// The task to do.
    pub title: String,
    /// Whether it is done.
    pub done: bool,
}

/// The owner of a todo: the `(issuer, subject)` of an access token.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'t> {
    issuer: &'t str,
    subject: &'t str,
}

impl<'t> From<&'t ValidatedToken> for Owner<'t> {
    fn from(token: &'t ValidatedToken) -> Self {
        Self { issuer: token.issuer(), subject: token.subject() }
    }
}

/// Selects the todos that a caller can read: their own, and those that users of the same issuer share with them. Takes
/// the issuer once and the subject twice.
const VISIBLE: &str = "issuer = ? AND (subject = ? OR EXISTS (SELECT 1 FROM shares \
    WHERE todo_id = todos.id AND (shares.subject IS NULL OR shares.subject = ?)))";

/// The database.
#[derive(Clone, Debug)]
pub struct Store(SqlitePool);

impl Store {
    /// Opens the database at a URL such as `sqlite:todos.db`, and migrates its schema.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened or is not a database of this program.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::from_str(url)?.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        // Each connection to an in-memory database would open a separate database.
        let connections = if url.contains(":memory:") { 1 } else { 5 };
        let pool = SqlitePoolOptions::new().max_connections(connections).connect_with(options).await?;
        sqlx::migrate!().run(&pool).await?;
        Ok(Self(pool))
    }

    /// Returns all todos that the caller can read, oldest first.
    ///
    /// # Errors
    ///
    /// Returns an error if the database fails.
    pub async fn list(&self, caller: Owner<'_>) -> Result<Vec<Todo>, sqlx::Error> {
        let rows = sqlx::query(AssertSqlSafe(format!("SELECT id, title, done FROM todos WHERE {VISIBLE} ORDER BY id")))
            .bind(caller.issuer)
            .bind(caller.subject)
            .bind(caller.subject)
            .fetch_all(&self.0)
            .await?;
        rows.iter().map(todo).collect()
    }

    /// Returns a todo that the caller can read.
    ///
    /// # Errors
    ///
    /// Returns an error if the database fails.
    pub async fn get(&self, caller: Owner<'_>, id: i64) -> Result<Option<Todo>, sqlx::Error> {
        let row = sqlx::query(AssertSqlSafe(format!("SELECT id, title, done FROM todos WHERE {VISIBLE} AND id = ?")))
            .bind(caller.issuer)
            .bind(caller.subject)
            .bind(caller.subject)
            .bind(id)
            .fetch_optional(&self.0)
            .await?;
        row.as_ref().map(todo).transpose()
    }

    /// Creates a todo.
    ///
    /// # Errors
    ///
    /// Returns an error if the database fails.
    pub async fn create(&self, owner: Owner<'_>, title: &str) -> Result<Todo, sqlx::Error> {
        let row = sqlx::query("INSERT INTO todos (issuer, subject, title) VALUES (?, ?, ?) RETURNING id, title, done")
            .bind(owner.issuer)
            .bind(owner.subject)
            .bind(title)
            .fetch_one(&self.0)
            .await?;
        todo(&row)
    }

    /// Changes the given fields of a todo. Returns `None` if the owner has no such todo.
    ///
    /// # Errors
    ///
    /// Returns an error if the database fails.
    pub async fn update(
        &self,
        owner: Owner<'_>,
        id: i64,
        title: Option<&str>,
        done: Option<bool>,
    ) -> Result<Option<Todo>, sqlx::Error> {
        let row = sqlx::query(
            "UPDATE todos SET title = coalesce(?, title), done = coalesce(?, done) \
             WHERE issuer = ? AND subject = ? AND id = ? RETURNING id, title, done",
        )
        .bind(title)
        .bind(done)
        .bind(owner.issuer)
        .bind(owner.subject)
        .bind(id)
        .fetch_optional(&self.0)
        .await?;
        row.as_ref().map(todo).transpose()
    }

    /// Deletes a todo. Returns `false` if the owner has no such todo.
    ///
    /// # Errors
    ///
    /// Returns an error if the database fails.
    pub async fn delete(&self, owner: Owner<'_>, id: i64) -> Result<bool, sqlx::Error> {
        let done = sqlx::query("DELETE FROM todos WHERE issuer = ? AND subject = ? AND id = ?")
            .bind(owner.issuer)
            .bind(owner.subject)
            .bind(id)
            .execute(&self.0)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Shares a todo with this subject, or with all users of the owner's issuer. Returns `false` if the owner has no
    /// such todo.
    ///
    /// # Errors
    ///
    /// Returns an error if the database fails.
    pub async fn share(&self, owner: Owner<'_>, id: i64, with: Option<&str>) -> Result<bool, sqlx::Error> {
        let mut transaction = self.0.begin().await?;
        let own = sqlx::query("SELECT 1 FROM todos WHERE issuer = ? AND subject = ? AND id = ?")
            .bind(owner.issuer)
            .bind(owner.subject)
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        if own.is_none() {
            return Ok(false);
        }
        sqlx::query("INSERT INTO shares (todo_id, subject) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(id)
            .bind(with)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Writes everything to disk and closes the database.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

fn todo(row: &SqliteRow) -> Result<Todo, sqlx::Error> {
    Ok(Todo { id: row.try_get("id")?, title: row.try_get("title")?, done: row.try_get("done")? })
}
