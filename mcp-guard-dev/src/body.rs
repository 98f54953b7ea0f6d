//! Reads request bodies into one buffer. The extractors of axum keep one buffer per chunk, however small the chunk is.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

/// The maximum length of a body, in bytes.
const MAX_BODY: usize = 16 * 1024;
/// The time that a client has to send the body.
const TIME: Duration = Duration::from_secs(30);

/// Buffers the complete body, or rejects the request.
pub(crate) async fn buffer(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match timeout(TIME, read(body)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(status)) => {
            (status, format!("The body must be complete and at most {MAX_BODY} bytes.\n")).into_response()
        }
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "The body was not received in time.\n").into_response(),
    }
}

async fn read(body: Body) -> Result<Vec<u8>, StatusCode> {
    let (mut body, mut read) = (pin!(body), Vec::new());
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        if read.len() + data.len() > MAX_BODY {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        read.extend_from_slice(&data);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_are_complete_or_rejected() {
        assert_eq!(read(Body::from(vec![0; MAX_BODY])).await.map(|body| body.len()), Ok(MAX_BODY));
        assert_eq!(read(Body::from(vec![0; MAX_BODY + 1])).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(read(Body::empty()).await, Ok(Vec::new()));
    }
}
