//! Two guarded servers in one axum application. Each has its own tools, issuer, metadata and sessions.
//!
//! `cargo run -p two-servers`

use axum::Router;
use axum::routing::get;
use mcp_guard::prelude::*;
use mcp_guard::{BuildError, ResourceServer};
use mcp_guard_dev::DevAuthServer;

const NOTES: &str = "http://127.0.0.1:8080/notes/mcp";
const CALENDAR: &str = "http://127.0.0.1:8080/calendar/mcp";

#[derive(Clone, Debug)]
struct Notes;

#[guarded_tools]
impl Notes {
    /// Reads the notes.
    #[guarded_tool(scope = "notes:read", read_only)]
    async fn read_notes(&self, token: ValidatedToken) -> String {
        format!("The notes of {}.", token.subject())
    }
}

#[derive(Clone, Debug)]
struct Calendar;

#[guarded_tools]
impl Calendar {
    /// Reads the calendar.
    #[guarded_tool(scope = "calendar:read", read_only)]
    async fn read_calendar(&self, token: ValidatedToken) -> String {
        format!("The calendar of {}.", token.subject())
    }
}

/// Builds the application. A token of one server is rejected by the other.
async fn app(notes_issuer: &str, calendar_issuer: &str) -> Result<Router, BuildError> {
    let notes = ResourceServer::builder(NOTES).issuer(notes_issuer).tools(Notes).build().await?;
    let calendar = ResourceServer::builder(CALENDAR).issuer(calendar_issuer).tools(Calendar).build().await?;
    Ok(Router::new()
        .route("/", get(|| async { "Two MCP servers: /notes/mcp and /calendar/mcp\n" }))
        // One server's health routes stand for the process: they would clash if each brought its own.
        .merge(notes.health_router())
        .merge(notes.into_router())
        .merge(calendar.into_router()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let notes_issuer = DevAuthServer::builder().listen(([127, 0, 0, 1], 8081)).default_audience(NOTES).start().await?;
    let calendar_issuer =
        DevAuthServer::builder().listen(([127, 0, 0, 1], 8082)).default_audience(CALENDAR).start().await?;
    println!("{NOTES} trusts {}, {CALENDAR} trusts {}", notes_issuer.issuer(), calendar_issuer.issuer());
    let app = app(notes_issuer.issuer(), calendar_issuer.issuer()).await?;
    // Plain HTTP on loopback. In production, put a proxy that terminates TLS in front of the application.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
