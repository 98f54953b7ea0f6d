//! The routes, the request counters, and the simulated outage.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::authorize::authorize;
use crate::exchange::token;
use crate::introspect::introspect;
use crate::loopback::{is_loopback_origin, require_loopback};
use crate::metadata_form::MetadataForm;
use crate::register::register;
use crate::state::{Shared, lock};
use crate::{body, metadata};

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let path = &shared.endpoints.path;
    let mut router = Router::new()
        .route(&path.join("/authorize"), get(authorize))
        .route(&path.join("/introspect"), post(introspect))
        .route(&path.join("/jwks"), get(jwks))
        .route(&path.join("/register"), post(register))
        .route(&path.join("/token"), post(token));
    for (path, form) in metadata::paths(&shared.settings.metadata_forms, path) {
        router = match form {
            MetadataForm::OAuth => router.route(&path, get(metadata::oauth)),
            MetadataForm::OpenIdInserted | MetadataForm::OpenIdAppended => router.route(&path, get(metadata::openid)),
        };
    }
    router
        .layer(from_fn(body::buffer))
        .layer(from_fn_with_state(Arc::clone(&shared), count_requests))
        .layer(cors())
        .layer(from_fn(require_loopback))
        .with_state(shared)
}

/// Allows pages of loopback origins, and no other pages, to read all responses.
fn cors() -> CorsLayer {
    CorsLayer::permissive()
        .allow_origin(AllowOrigin::predicate(|origin, _| is_loopback_origin(origin)))
        // For browsers, `*` does not include `Authorization`, which carries client secrets.
        .allow_headers(AllowHeaders::mirror_request())
}

/// `GET {issuer}/jwks`
async fn jwks(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let max_age = shared.settings.jwks_max_age.as_secs();
    ([(CACHE_CONTROL, format!("max-age={max_age}"))], Json(lock(&shared.keys).document()))
}

/// Counts requests, and rejects all of them during an outage.
async fn count_requests(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if request.method() == Method::GET {
        if path == shared.endpoints.path.join("/jwks") {
            shared.jwks_fetches.fetch_add(1, Ordering::Relaxed);
        } else if path.contains("/.well-known/") {
            shared.metadata_fetches.fetch_add(1, Ordering::Relaxed);
        }
    } else if path == shared.endpoints.path.join("/introspect") {
        shared.introspections.fetch_add(1, Ordering::Relaxed);
    }
    if shared.outage.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "simulated outage\n").into_response();
    }
    next.run(request).await
}
