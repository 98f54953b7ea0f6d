//! Responds to requests whose handler panics.

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use futures::FutureExt as _;
use futures::future::{CatchUnwind, Either, Map, Ready, ready};
use http::StatusCode;
use rmcp::model::ErrorCode;
use tower::Service;

use crate::panics::discard;
use crate::wire::answer;
use crate::wire::answer::{INTERNAL_ERROR, RequestId};

/// A service that catches the panics of another one. The layer of tower-http would box each response again.
#[derive(Clone, Debug)]
pub(super) struct CatchPanic<S>(pub(super) S);

type Answered = Result<Response, Infallible>;
type Caught = Result<Answered, Box<dyn Any + Send>>;

impl<S> Service<Request> for CatchPanic<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Map<CatchUnwind<AssertUnwindSafe<S::Future>>, fn(Caught) -> Answered>, Ready<Answered>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match catch_unwind(AssertUnwindSafe(|| self.0.call(request))) {
            Ok(future) => {
                let respond: fn(Caught) -> Answered = |caught| caught.unwrap_or_else(|panic| Ok(respond(panic)));
                Either::Left(AssertUnwindSafe(future).catch_unwind().map(respond))
            }
            Err(panic) => Either::Right(ready(Ok(respond(panic)))),
        }
    }
}

/// Returns the response to a request whose handler panicked.
fn respond(panic: Box<dyn Any + Send>) -> Response {
    discard(panic);
    tracing::error!("a request handler panicked");
    answer::error(StatusCode::INTERNAL_SERVER_ERROR, &RequestId::Unknown, ErrorCode::INTERNAL_ERROR, INTERNAL_ERROR)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::{ServiceExt as _, service_fn};

    use super::*;

    #[tokio::test]
    async fn panic_of_a_handler_is_an_internal_error() {
        let while_called = service_fn(|_: Request| -> Ready<Answered> { panic!("while it is called") });
        let while_polled = service_fn(async |_: Request| -> Answered { panic!("while it is polled") });
        let response = CatchPanic(while_called).oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 500);
        let response = CatchPanic(while_polled).oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 500);
    }
}
