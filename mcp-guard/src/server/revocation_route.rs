//! The admin route that revokes tokens.
//!
//! 1. The caller needs the scope of the route and the baseline. There is no default scope.
//! 2. The body is one subject identifier: `iss_sub` of RFC 9493, `jwt_id` of the Shared Signals Framework, or one of
//!    ours. Other members, and repeated ones, are errors, so that a misspelled revocation is noticed.
//! 3. A revocation that cannot be kept is 507.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use http_body_util::LengthLimitError;
use serde::Deserialize;

use super::RouteGuard;
use super::hosts::HostLayer;
use crate::config::Setting;
use crate::json;
use crate::revocation::{AdminRoute, Revocation, Revocations};
use crate::wire::rest::RestBody;

/// The largest body, in bytes: a few texts.
const MAX_BODY: usize = 4 * 1024;
/// The time limit for receiving the body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The body of a request.
#[derive(Deserialize)]
#[serde(tag = "format", rename_all = "snake_case", deny_unknown_fields)]
enum SubjectIdentifier {
    IssSub { iss: String, sub: String },
    JwtId { iss: String, jti: String },
    Session { iss: String, sid: String },
    Client { iss: String, client_id: String },
    Issuer { iss: String },
}

impl From<SubjectIdentifier> for Revocation {
    fn from(subject: SubjectIdentifier) -> Self {
        match subject {
            SubjectIdentifier::IssSub { iss, sub } => Self::subject(iss, sub),
            SubjectIdentifier::JwtId { iss, jti } => Self::token(iss, jti),
            SubjectIdentifier::Session { iss, sid } => Self::session(iss, sid),
            SubjectIdentifier::Client { iss, client_id } => Self::client(iss, client_id),
            SubjectIdentifier::Issuer { iss } => Self::issuer(iss),
        }
    }
}

/// Returns the route, if these revocations have one.
pub(super) fn routes(revocations: &Revocations, front: &HostLayer, guard: &RouteGuard) -> Router {
    let Some(AdminRoute { path, scope }) = revocations.route() else { return Router::new() };
    let revocations = revocations.clone();
    let revoke = move |body: Body| {
        let revocations = revocations.clone();
        async move { respond(&revocations, body).await }
    };
    Router::new()
        .route(path, post(revoke))
        .route_layer(guard.scope(scope.clone()).always_enforced())
        .layer(front.clone())
}

async fn respond(revocations: &Revocations, body: Body) -> Response {
    let body = match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, MAX_BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => {
            let is_too_large = error.into_inner().is::<LengthLimitError>();
            return match is_too_large {
                true => rejection(StatusCode::PAYLOAD_TOO_LARGE, &format!("The body exceeds {MAX_BODY} bytes")),
                false => rejection(StatusCode::BAD_REQUEST, "The body is incomplete"),
            };
        }
        Err(_) => return rejection(StatusCode::REQUEST_TIMEOUT, "Timeout while reading the body"),
    };
    let revocation = match parse(&body) {
        Ok(revocation) => revocation,
        Err(text) => return rejection(StatusCode::BAD_REQUEST, &text),
    };
    match revocations.revoke(&revocation) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) if error.setting() == Setting::MaxRevocations => {
            rejection(StatusCode::INSUFFICIENT_STORAGE, "Too many revocations have not expired")
        }
        Err(error) => rejection(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn parse(body: &[u8]) -> Result<Revocation, String> {
    let text = std::str::from_utf8(body).ok().filter(|text| json::is_safe(text) && json::is_object(text));
    let text = text.ok_or("The body is not a JSON object")?;
    let subject: SubjectIdentifier = serde_json::from_str(text).map_err(|error| format!("Invalid body: {error}"))?;
    Ok(subject.into())
}

fn rejection(status: StatusCode, text: &str) -> Response {
    let error = (status == StatusCode::BAD_REQUEST).then_some("invalid_request");
    (status, Json(RestBody { error, error_description: text, scope: String::new() })).into_response()
}

#[cfg(test)]
mod tests;
