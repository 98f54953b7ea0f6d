//! An application with a REST API, to which MCP tools are added. Both use one database and accept the same tokens.
//!
//! `cargo run -p existing-app`

mod store;
mod tools;

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use mcp_guard::settings::Lifespan;
use mcp_guard::{ResourceServer, Scope, ValidatedToken};
use mcp_guard_dev::DevAuthServer;
use tower_http::timeout::TimeoutLayer;

use crate::store::Store;
use crate::tools::{NewNote, NoteTools};

const RESOURCE: &str = "http://127.0.0.1:8080/mcp";

/// The state of the application's own handlers.
#[derive(Clone, Debug)]
struct AppState {
    store: Store,
}

type Failure = (StatusCode, String);

fn failed(error: impl std::fmt::Display) -> Failure {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

async fn list(State(state): State<AppState>, token: ValidatedToken) -> Result<Json<Vec<String>>, Failure> {
    state.store.list(&token).await.map(Json).map_err(failed)
}

async fn add(State(state): State<AppState>, token: ValidatedToken, note: Json<NewNote>) -> Result<StatusCode, Failure> {
    state.store.add(&token, &note.text).await.map(|()| StatusCode::CREATED).map_err(failed)
}

/// Builds the MCP server. Its hooks also serve the application.
async fn mcp_server(issuer: &str, store: &Store) -> Result<ResourceServer, mcp_guard::BuildError> {
    let (cleaned, closed) = (store.clone(), store.clone());
    let lifespan = Lifespan::new().on_stop(|| async move { closed.close().await }).task(|stop| async move {
        while stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(60))).await.is_some() {
            if let Err(error) = cleaned.clean().await {
                eprintln!("cannot clean the notes: {error}");
            }
        }
    });
    ResourceServer::builder(RESOURCE)
        .issuer(issuer)
        .scope_implies(Scope::from_static("notes:write"), Scope::from_static("notes:read"))
        .lifespan(lifespan)
        .tools(NoteTools(store.clone()))
        .build()
        .await
}

/// Adds the MCP routes to the application.
fn app(server: ResourceServer, state: AppState) -> Router {
    let guard = server.route_guard();
    let api = Router::new()
        .route("/api/notes", post(add).route_layer(guard.scope(Scope::from_static("notes:write"))))
        .route("/api/notes", get(list).route_layer(guard.scope(Scope::from_static("notes:read"))))
        // The application's own middleware. It does not apply to the MCP routes, whose streams may last for hours.
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(30)));
    Router::new()
        .route("/", get(|| async { "The notes application. MCP: /mcp\n" }))
        .merge(api)
        .with_state(state)
        .merge(server.health_router())
        .merge(server.into_router())
        .fallback(|| async { (StatusCode::NOT_FOUND, "no such page\n") })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = DevAuthServer::builder().listen(([127, 0, 0, 1], 8081)).default_audience(RESOURCE).start().await?;
    let store = Store::open("sqlite::memory:").await?;
    let mut server = mcp_server(issuer.issuer(), &store).await?;
    println!("MCP: {RESOURCE}, REST: http://127.0.0.1:8080/api/notes, authorization server: {}", issuer.issuer());

    // The application keeps its own way of serving. Plain HTTP on loopback: in production, a proxy terminates TLS.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    let started = server.start().await?;
    let stop = server.stop_token();
    axum::serve(listener, app(server, AppState { store }))
        .with_graceful_shutdown(async move {
            let _ = tokio::signal::ctrl_c().await;
            // Ends the event streams of MCP clients, for which axum would wait.
            stop.cancel();
        })
        .await?;
    started.stop().await;
    issuer.shutdown().await;
    Ok(())
}

#[cfg(test)]
mod tests;
