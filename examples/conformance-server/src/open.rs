//! Callers without credentials, for the scenarios that present none.
//!
//! A request that comes without an `Authorization` header gets one, with the full token. So it passes both locks like any other, and may open a session:
//! a server that [lets anonymous callers in](mcp_guard::ResourceServerBuilder::allow_anonymous) has none for them, and half of the scenarios are about
//! sessions. Whoever does present a token is who the token says.
//!
//! # Security
//!
//! This is authentication switched off. It is for a server on loopback that has nothing to protect.

use axum::Router;
use axum::extract::Request;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use mcp_guard::ResourceServer;
use tower::util::MapRequestLayer;

use crate::tokens::FULL;

/// The server with this in front of it.
pub fn router(server: ResourceServer) -> Router {
    server.into_router().layer(MapRequestLayer::new(authorize))
}

fn authorize(mut request: Request) -> Request {
    let bearer = HeaderValue::try_from(format!("Bearer {FULL}")).expect("a header value in plain ASCII");
    request.headers_mut().entry(AUTHORIZATION).or_insert(bearer);
    request
}
