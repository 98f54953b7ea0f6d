//! Serves the protected resource metadata document.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::ALLOW;
use http::{HeaderValue, Method, Request, StatusCode};
use tower::Service;
use tower_http::cors::{AllowHeaders, Any, Cors, CorsLayer};

use super::{MetadataDocument, ServerDescription};
use crate::config::{BuildError, Mistakes};
use crate::policy::Policy;
use crate::scope::ScopeSpelling;
use crate::urls::ResourceUrl;

/// A service that responds to `GET` with the protected resource metadata (RFC 9728 section 3), for stacks without a
/// [`ResourceServer`](crate::ResourceServer). Pages of every origin may read it.
///
/// Route the [path](Self::path) to it, and give the [URL](Self::url) to the [`Challenger`](crate::layer::Challenger).
///
/// ```
/// use axum::Router;
/// use mcp_guard::layer::{Challenger, MetadataService};
/// use mcp_guard::policy::Policy;
///
/// # fn main() -> Result<(), mcp_guard::BuildError> {
/// let metadata =
///     MetadataService::new("https://todo.example.com/mcp", ["https://auth.example.com"], &Policy::default())?;
/// let challenger = Challenger::new(metadata.url());
/// let path = metadata.path().to_owned();
/// assert_eq!(path, "/.well-known/oauth-protected-resource/mcp");
/// let app: Router = Router::new().route_service(&path, metadata);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MetadataService {
    service: Cors<Document>,
    path: Arc<str>,
    url: Arc<str>,
}

opaque_debug!(MetadataService);

impl MetadataService {
    /// Creates the document of a resource with these issuers. The policy's baseline is `scopes_supported`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if `resource` is not a valid resource URL.
    pub fn new(
        resource: &str,
        authorization_servers: impl IntoIterator<Item = impl Into<String>>,
        policy: &Policy,
    ) -> Result<Self, BuildError> {
        let resource = ResourceUrl::parse(resource).map_err(Mistakes::from)?;
        let authorization_servers: Vec<_> = authorization_servers.into_iter().map(Into::into).collect();
        let document = MetadataDocument::new(&ServerDescription {
            resource: &resource,
            authorization_servers: &authorization_servers,
            baseline: policy.baseline(),
            spelling: &ScopeSpelling::default(),
            vocabulary: None,
            name: None,
            documentation: None,
            dpop_algorithms: &[],
            dpop_required: false,
        });
        Ok(Self::of(document, &resource.metadata_path(), &resource.metadata_url()))
    }

    pub(crate) fn of(document: MetadataDocument, path: &str, url: &str) -> Self {
        let cors = CorsLayer::new()
            .allow_origin(Any)
            .allow_methods([Method::GET])
            .allow_headers(AllowHeaders::mirror_request());
        Self { service: tower::Layer::layer(&cors, Document(document)), path: path.into(), url: url.into() }
    }

    /// Returns the path of the document (RFC 9728 section 3.1).
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the URL of the document, which challenges name.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl<B: Send + 'static> Service<Request<B>> for MetadataService {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.service.call(request).boxed()
    }
}

#[derive(Clone)]
struct Document(MetadataDocument);

impl<B> Service<Request<B>> for Document {
    type Response = Response;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let response = match *request.method() {
            Method::GET => self.0.response(),
            // The same headers without the body, as HTTP requires (RFC 9110 section 9.3.2).
            Method::HEAD => self.0.response().map(|_| Body::empty()),
            _ => (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, HeaderValue::from_static("GET,HEAD"))]).into_response(),
        };
        std::future::ready(Ok(response))
    }
}
