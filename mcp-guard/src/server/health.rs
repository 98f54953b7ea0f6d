//! The liveness and readiness routes.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Serialize;

use super::readiness::Readiness;

/// The paths of the routes.
pub(super) const PATHS: [&str; 2] = ["/health", "/health/ready"];

#[derive(Serialize)]
struct Alive {
    status: &'static str,
}

pub(super) fn routes(readiness: Readiness) -> Router {
    let readiness = Arc::new(readiness);
    let ready = move || {
        let body = readiness.now();
        let status = if body.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        std::future::ready((status, Json(body)))
    };
    Router::new().route(PATHS[0], get(async || Json(Alive { status: "ok" }))).route(PATHS[1], get(ready))
}
