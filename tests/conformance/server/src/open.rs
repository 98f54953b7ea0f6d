//! A token for callers without credentials, for the scenarios that present none.
//!
//! Adds an `Authorization` header with the full token to requests without one. They pass both layers like other
//! requests, and may open a session. A server that [allows anonymous
//! callers](mcp_guard::ResourceServerBuilder::allow_anonymous) has no sessions for them, but half of the scenarios test
//! sessions. A token that the caller presents is not replaced.
//!
//! # Security
//!
//! This disables authentication. Use it only on loopback, for a server without anything to protect.

use axum::Router;
use axum::extract::Request;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use mcp_guard::ResourceServer;
use tower::util::MapRequestLayer;

use crate::tokens::FULL;

/// Wraps the server in this middleware.
pub fn router(server: ResourceServer) -> Router {
    server.into_router().layer(MapRequestLayer::new(authorize))
}

fn authorize(mut request: Request) -> Request {
    let bearer = HeaderValue::try_from(format!("Bearer {FULL}")).expect("a header value in plain ASCII");
    request.headers_mut().entry(AUTHORIZATION).or_insert(bearer);
    request
}
