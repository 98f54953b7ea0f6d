//! The liveness and readiness routes.

use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Serialize;

use crate::validate::SharedValidator;

/// The paths of the routes.
pub(super) const PATHS: [&str; 2] = ["/health", "/health/ready"];

#[derive(Serialize)]
struct Alive {
    status: &'static str,
}

/// The body of `/health/ready`.
#[derive(Serialize)]
struct Ready {
    ready: bool,
    /// The age of the issuer's keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_age_seconds: Option<u64>,
    /// Whether the last request to the issuer succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_reachable: Option<bool>,
}

pub(super) fn routes(validator: SharedValidator) -> Router {
    let ready = move || {
        let readiness = validator.readiness();
        let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = Ready {
            ready: readiness.ready,
            keys_age_seconds: readiness.keys_age.map(|age| age.as_secs()),
            issuer_reachable: readiness.issuer_reachable,
        };
        std::future::ready((status, Json(body)))
    };
    Router::new().route(PATHS[0], get(async || Json(Alive { status: "ok" }))).route(PATHS[1], get(ready))
}
