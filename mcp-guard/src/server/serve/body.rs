//! Response bodies. Sends a body in parts, and ends a request in progress with its response.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use super::in_progress::InProgress;
use super::streams;
use super::streams::Progress;

/// The maximum part of a body over HTTP/2, equal to the frame size.
const FRAME: usize = 16 * 1024;
/// The maximum part of a body over HTTP/1.1, equal to the buffer of hyper.
const BUFFER: usize = super::BUFFER;

/// The body of a response.
///
/// A request is in progress until its response is read. If hyper took the body in one piece, the body would end at
/// once, but the client may take minutes to read it. So hyper gets only as much as it can send soon.
///
/// Over HTTP/2, the last byte of each piece is a separate part. hyper takes a part when the window has room for its
/// first byte. It buffers the rest of the part. It takes the last byte only when the window has room for all bytes
/// before it. So if the window is too small for the response, the stream has not ended, and [`streams`] detects it.
#[derive(Debug)]
pub(super) struct ResponseBody {
    inner: Body,
    /// The rest of a piece after the parts that hyper has taken.
    rest: Bytes,
    is_http2: bool,
    /// Dropped at the end of the body.
    request: Option<InProgress>,
}

impl ResponseBody {
    pub(super) fn new(inner: Body, is_http2: bool, mut request: InProgress) -> Self {
        // If the client never opens its window, the body is never polled.
        request.count_unread(usize::try_from(inner.size_hint().lower()).unwrap_or(usize::MAX));
        Self { inner, rest: Bytes::new(), is_http2, request: Some(request) }
    }

    /// Returns the next part of the current piece.
    fn part(&mut self) -> Frame<Bytes> {
        let len = self.rest.len();
        let part = match self.is_http2 {
            true => FRAME.min(len - 1).max(1),
            false => BUFFER.min(len),
        };
        Frame::data(self.rest.split_to(part))
    }

    fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.rest.is_empty() {
            if let Some(request) = &self.request {
                request.progress();
            }
            return Poll::Ready(Some(Ok(self.part())));
        }
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(match frame.into_data() {
                Ok(piece) if piece.len() > 1 => {
                    if let Some(request) = &mut self.request {
                        request.count_unread(piece.len());
                    }
                    self.rest = piece;
                    self.part()
                }
                Ok(piece) => Frame::data(piece),
                Err(other) => other,
            }))),
            end @ Poll::Ready(None | Some(Err(_))) => {
                self.request = None;
                end
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = self.poll_part(cx);
        if self.is_http2 {
            streams::record(if polled.is_pending() { Progress::Waiting } else { Progress::Advanced });
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.inner.size_hint();
        let rest = self.rest.len() as u64;
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}
