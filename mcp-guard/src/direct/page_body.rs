//! The body of a response with a kept result.

use std::array;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use rmcp::model::RequestId;

use super::dispatcher::IS_JSON;
use super::pages::KeptResult;

/// The two parts of a response: its id, and the result, which is long and therefore not copied. hyper writes both with
/// one call.
struct PageBody(array::IntoIter<Bytes, 2>);

/// Returns the response to the request with this id.
pub(super) fn page_body(id: &RequestId, KeptResult(result): KeptResult) -> Body {
    let mut start = Vec::with_capacity(64);
    start.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    serde_json::to_writer(&mut start, id).expect(IS_JSON);
    start.extend_from_slice(br#","result":"#);
    Body::new(PageBody([start.into(), result].into_iter()))
}

impl http_body::Body for PageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next().map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_slice().iter().map(|part| part.len() as u64).sum())
    }
}
