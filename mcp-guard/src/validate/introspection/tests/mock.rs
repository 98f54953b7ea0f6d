//! A mock authorization server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::sync::watch;
use url::form_urlencoded;

pub(super) struct Mock {
    pub(super) address: SocketAddr,
    state: Arc<State>,
    open: watch::Sender<bool>,
}

struct State {
    answer: Mutex<Answer>,
    requests: Mutex<Vec<RecordedRequest>>,
}

/// The response to every request.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// A recorded request.
#[derive(Clone)]
pub(super) struct RecordedRequest {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn json(body: &Value) -> Self {
        Self::text(200, &body.to_string())
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body: body.to_owned() }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }
}

impl RecordedRequest {
    pub(super) fn form(&self, name: &str) -> Vec<String> {
        form_urlencoded::parse(&self.body)
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
            .collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Mock {
    pub(super) async fn start(answer: Answer) -> Self {
        let state = Arc::new(State { answer: Mutex::new(answer), requests: Mutex::default() });
        let (open, opened) = watch::channel(true);
        let answering = Arc::clone(&state);
        let app = Router::new().fallback(move |request: Request| {
            let (state, mut opened) = (Arc::clone(&answering), opened.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let (method, uri) = (parts.method.to_string(), parts.uri.to_string());
                state.requests.lock().unwrap().push(RecordedRequest { method, uri, headers: parts.headers, body });
                opened.wait_for(|open| *open).await.unwrap();
                let answer = state.answer.lock().unwrap().clone();
                respond(answer)
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, state, open }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn respond_with(&self, answer: Answer) {
        *self.state.answer.lock().unwrap() = answer;
    }

    /// Delays responses, or sends them again.
    pub(super) fn delay(&self, delay: bool) {
        self.open.send_replace(!delay);
    }

    pub(super) fn requests(&self) -> Vec<RecordedRequest> {
        self.state.requests.lock().unwrap().clone()
    }

    /// Waits until this number of requests has arrived.
    pub(super) async fn wait_for_requests(&self, times: usize) {
        let arrived = async {
            while self.state.requests.lock().unwrap().len() < times {
                tokio::task::yield_now().await;
            }
        };
        // A missing request must not block the tests.
        tokio::time::timeout(Duration::from_secs(60), arrived).await.unwrap();
    }
}

fn respond(answer: Answer) -> Response {
    let mut response = answer.body.into_response();
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
    response.headers_mut().clear();
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
