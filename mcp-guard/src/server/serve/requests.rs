//! Handles the requests of a connection.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use http::{Request, Version};
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tower::Service as _;

use super::body::ResponseBody;
use super::connection::Connection;
use super::in_progress::{InProgress, Refusal};
use super::streams;
use super::streams::Progress;

/// The HTTP service of one connection.
#[derive(Debug)]
pub(super) struct Requests {
    connection: Arc<Connection>,
    router: Router,
}

impl Requests {
    pub(super) fn new(connection: Arc<Connection>, router: Router) -> Self {
        Self { connection, router }
    }
}

impl hyper::service::Service<Request<Incoming>> for Requests {
    type Response = http::Response<ResponseBody>;
    type Error = Infallible;
    type Future = Responding;

    fn call(&self, mut request: Request<Incoming>) -> Responding {
        let is_http2 = request.version() == Version::HTTP_2;
        let (mut in_progress, begun) = InProgress::begin(&self.connection);
        let admitted = if begun { in_progress.admit(&request) } else { Err(Refusal::Busy) };
        let answer = match admitted {
            Ok(client) => {
                let extensions = request.extensions_mut();
                extensions.insert(ConnectInfo(self.connection.peer()));
                extensions.insert(client);
                Answer::Routed { answer: self.router.clone().call(request) }
            }
            Err(refusal) => Answer::Refused { answer: Some(refusal.response()) },
        };
        Responding { answer, is_http2, in_progress: Some(in_progress) }
    }
}

pin_project! {
    /// The future of a response.
    pub(super) struct Responding {
        #[pin]
        answer: Answer,
        is_http2: bool,
        in_progress: Option<InProgress>,
    }
}

pin_project! {
    #[project = AnswerProjection]
    enum Answer {
        Routed { #[pin] answer: RouteFuture<Infallible> },
        Refused { answer: Option<Response> },
    }
}

impl Future for Responding {
    type Output = Result<http::Response<ResponseBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.answer.project() {
            AnswerProjection::Routed { answer } => ready!(answer.poll(cx))?,
            AnswerProjection::Refused { answer } => answer.take().expect("polled after completion"),
        };
        let in_progress = this.in_progress.take().expect("polled after completion");
        if *this.is_http2 {
            streams::record(Progress::Advanced);
        }
        Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, *this.is_http2, in_progress))))
    }
}
