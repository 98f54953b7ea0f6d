//! The MCP tools.

use mcp_guard::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::store::Store;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewNote {
    /// The text of the note.
    pub(crate) text: String,
}

/// The tools over the application's database.
#[derive(Clone, Debug)]
pub(crate) struct NoteTools(pub(crate) Store);

#[guarded_tools(name = "notes")]
impl NoteTools {
    /// Lists your notes.
    #[guarded_tool(scope = "notes:read", read_only)]
    async fn list_notes(&self, token: ValidatedToken) -> Result<String, String> {
        self.0.list(&token).await.map(|notes| notes.join("\n")).map_err(|error| error.to_string())
    }

    /// Adds a note.
    #[guarded_tool(scope = "notes:write")]
    async fn add_note(&self, Parameters(note): Parameters<NewNote>, token: ValidatedToken) -> Result<String, String> {
        self.0.add(&token, &note.text).await.map(|()| "added".to_owned()).map_err(|error| error.to_string())
    }
}
