//! The liveness and readiness routes.

use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Serialize;

use crate::issuer::IssuerStatus;
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
    /// The issuers whose metadata or keys could not be fetched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unavailable: Vec<Unavailable>,
}

/// An issuer in the body of `/health/ready`. The route is public: the issuer is in the metadata of the server, and the
/// reason contains only the kind of the failure.
#[derive(Serialize)]
struct Unavailable {
    issuer: String,
    reason: String,
}

impl Unavailable {
    fn of(status: &IssuerStatus) -> Option<Self> {
        let reason = status.failure()?.to_string();
        Some(Self { issuer: status.issuer().to_owned(), reason })
    }
}

pub(super) fn routes(validator: SharedValidator, issuers: Vec<IssuerStatus>) -> Router {
    let ready = move || {
        let readiness = validator.readiness();
        let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = Ready {
            ready: readiness.ready,
            keys_age_seconds: readiness.keys_age.map(|age| age.as_secs()),
            issuer_reachable: readiness.issuer_reachable,
            unavailable: issuers.iter().filter_map(Unavailable::of).collect(),
        };
        std::future::ready((status, Json(body)))
    };
    Router::new().route(PATHS[0], get(async || Json(Alive { status: "ok" }))).route(PATHS[1], get(ready))
}
