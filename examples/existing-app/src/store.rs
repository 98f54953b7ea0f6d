//! The notes in SQLite, for the REST API and the MCP tools.

use mcp_guard::ValidatedToken;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

/// The database. Clones share its pool.
#[derive(Clone, Debug)]
pub(crate) struct Store(SqlitePool);

impl Store {
    pub(crate) async fn open(url: &str) -> Result<Self, sqlx::Error> {
        // Each connection to an in-memory database would open a separate database.
        let pool = SqlitePoolOptions::new().max_connections(1).connect(url).await?;
        sqlx::query("CREATE TABLE IF NOT EXISTS notes (issuer TEXT, subject TEXT, text TEXT)").execute(&pool).await?;
        Ok(Self(pool))
    }

    /// Returns the notes of the caller.
    pub(crate) async fn list(&self, caller: &ValidatedToken) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar("SELECT text FROM notes WHERE issuer = ? AND subject = ? ORDER BY rowid")
            .bind(caller.issuer())
            .bind(caller.subject())
            .fetch_all(&self.0)
            .await
    }

    pub(crate) async fn add(&self, caller: &ValidatedToken, text: &str) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT INTO notes VALUES (?, ?, ?)")
            .bind(caller.issuer())
            .bind(caller.subject())
            .bind(text)
            .execute(&self.0)
            .await
            .map(drop)
    }

    /// Removes empty notes.
    pub(crate) async fn clean(&self) -> Result<u64, sqlx::Error> {
        Ok(sqlx::query("DELETE FROM notes WHERE trim(text) = ''").execute(&self.0).await?.rows_affected())
    }

    pub(crate) async fn close(&self) {
        self.0.close().await;
    }
}
