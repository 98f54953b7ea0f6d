//! The documentation page: operations, requirements, scopes, snippets for clients, and a form that sends a request.
//!
//! 1. The page is off by default. An open page that would show information that the [`Disclosure`] settings hide is a
//!    mistake.
//! 2. Texts of the application are escaped by the template, for HTML and for attributes.
//! 3. The Content Security Policy allows the page's own style and script, by their digests, and requests to its own
//!    origin. Nothing else is loaded, and no other site can show the page in a frame.
//! 4. An open page is rendered once, so that unauthenticated clients cause no work. A guarded one is rendered for its
//!    caller.

mod clients;
mod content;
mod matrix;
mod operations;
mod page;
mod schema;

use std::sync::Arc;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

pub(super) use self::content::Content;
use super::client_layer::ClientLayer;
use super::hosts::HostLayer;
use super::{Disclosure, RouteGuard};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::limit::AddressLimitLayer;
use crate::policy::Visibility;
use crate::request::Caller;

/// The path of the page.
pub(super) const PATH: &str = "/docs";

const STYLE: &str = include_str!("../../templates/docs.css");
const SCRIPT: &str = include_str!("../../templates/docs.js");

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A documentation page at `/docs`, for [`Observation::docs`](super::Observation::docs): the operations with their
/// schemas and requirements, the scopes, the configuration of common clients, and a form that sends a request with a
/// token and shows the response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub struct DocsPage {
    is_guarded: bool,
}

impl DocsPage {
    /// Returns a page that everyone may read. It shows the operations and requirements of the server to unauthenticated
    /// callers, so it is an error together with [`Disclosure::hide_requirements`] and [`Visibility::Granted`].
    pub const fn open() -> Self {
        Self { is_guarded: false }
    }

    /// Returns a page that requires a valid token with the baseline scopes, like a route with
    /// [`RouteGuard::authenticated`].
    ///
    /// A browser does not send a token when it opens a page. The guarded page is for programs (`curl -H
    /// 'Authorization: Bearer ..'`), and for a proxy that logs users in and adds their token to requests.
    ///
    /// With [`Visibility::Granted`], the page shows the operations that the token allows.
    pub const fn guarded() -> Self {
        Self { is_guarded: true }
    }

    /// Checks that the page does not show information that other settings hide.
    pub(super) fn check(self, disclosure: &Disclosure, mistakes: &mut Mistakes) {
        for (hides, by) in [
            (disclosure.hide_requirements, "the requirements that `Disclosure::hide_requirements` hides"),
            (disclosure.visibility == Visibility::Granted, "the operations that `Visibility::Granted` hides"),
        ] {
            mistakes.check(self.is_guarded || !hides, || {
                let reason =
                    format!("an open page shows {by}: use `DocsPage::guarded`, or `guarded` in MCP_GUARD_DOCS");
                ConfigError::conflict(Setting::Docs, reason)
            });
        }
    }

    /// Returns the route of the page.
    pub(super) fn routes(
        self,
        content: Content,
        front: &HostLayer,
        guard: &RouteGuard,
        public: (ClientLayer, AddressLimitLayer),
    ) -> Router {
        let policy = security_policy();
        let page = if self.is_guarded {
            let content = Arc::new(content);
            let page = move |Extension(caller): Extension<Caller>| {
                std::future::ready(response(content.render(Some(&caller)).map(Bytes::from).ok(), &policy))
            };
            Router::new().route(PATH, get(page)).route_layer(guard.authenticated())
        } else {
            let rendered = content.render(None).map(Bytes::from).ok();
            Router::new()
                .route(PATH, get(move || std::future::ready(response(rendered.clone(), &policy))))
                .layer(public)
        };
        page.layer(front.clone())
    }
}

/// Returns the response with the page, or an error if it could not be rendered.
fn response(page: Option<Bytes>, policy: &HeaderValue) -> Response {
    let Some(page) = page else {
        tracing::error!("the documentation page could not be rendered");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, policy.clone()),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (OPENER_POLICY, HeaderValue::from_static("same-origin")),
        (RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    ];
    (headers, page).into_response()
}

/// Returns the Content Security Policy of the page (CSP Level 3).
fn security_policy() -> HeaderValue {
    let digest = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        digest(STYLE),
        digest(SCRIPT),
    );
    HeaderValue::from_str(&policy).expect("base64 is a valid header value")
}

#[cfg(test)]
mod tests;
