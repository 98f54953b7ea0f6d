//! The service that authorizes requests.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use tower::Service;

use super::admission::Admitted;
use super::config::GateConfig;
use super::rejection::{reject_late, too_many_sessions};
use super::session_table::InProgress;
use crate::policy::Refusal;
use crate::request::{Caller, RejectedCredentials};
use crate::rule::Rule;
use crate::take_ready::take_ready;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// The service created by [`GateLayer`](crate::layer::GateLayer).
#[derive(Clone, Debug)]
pub struct Gate<S> {
    inner: S,
    config: Arc<GateConfig>,
}

impl<S> Gate<S> {
    pub(super) const fn new(inner: S, config: Arc<GateConfig>) -> Self {
        Self { inner, config }
    }
}

impl<S> Service<Request> for Gate<S>
where
    S: Service<Request> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let mut inner = take_ready(&mut self.inner);
        let config = Arc::clone(&self.config);
        Box::pin(async move {
            if let Some(rejected) = request.extensions().get::<RejectedCredentials>().cloned() {
                return Ok(config.challenge(&rejected, request).await);
            }
            let Some(caller) = request.extensions().get::<Caller>().cloned() else {
                tracing::error!(
                    rule = %Rule::LayerMissing,
                    "request without a caller: install an `AuthLayer` in front of the `GateLayer`"
                );
                return Ok(answer::refusal(None, &RequestId::Unknown, &Refusal::NoCaller));
            };
            let span = GateConfig::begin_span(&request);
            let admitted = config.admit(&mut request, &caller, &span).await;
            let Admitted { form, opening, in_progress, permits: _permits, direct } = match admitted {
                Ok(admitted) => admitted,
                Err(rejection) => {
                    span.fail(rejection.rule().as_str());
                    return Ok(rejection.into_response(&caller));
                }
            };
            // The operation runs in the span, and ends it.
            if span.is_enabled() {
                request.extensions_mut().insert(span);
            }
            let mut response = match (direct, &config.direct, &opening) {
                (Some((call, _share)), Some(dispatcher), _) => dispatcher.answer(call, request.into_parts().0).await,
                (_, _, Some(opening)) => Arc::clone(opening).scope(inner.call(request)).await?.into_response(),
                (_, _, None) => inner.call(request).await?.into_response(),
            };
            if opening.is_some_and(|opening| opening.is_rejected()) {
                return Ok(too_many_sessions(&form.id).into_response(&caller));
            }
            if let Some(response) = reject_late(&caller, &form) {
                return Ok(response);
            }
            config.seal_session(response.headers_mut(), &caller);
            Ok(match in_progress {
                Some(in_progress) => until_sent(response, in_progress),
                None => response,
            })
        })
    }
}

/// Keeps the request id in use until its stream has been sent. Other responses are already complete.
fn until_sent(response: Response, in_progress: InProgress) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        let data = body.into_data_stream().inspect(move |_| {
            // The stream owns the guard, and hyper drops the stream at its end.
            let _ = &in_progress;
        });
        Body::from_stream(data)
    })
}
