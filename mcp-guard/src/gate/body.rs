//! Reading a body whole, if it is not too large and does not take too long.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::poll;
use http_body_util::BodyExt as _;
use http_body_util::LengthLimitError;
use http_body_util::Limited;

/// How long a client may take to send a body.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a body cannot be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unreadable {
    TooLarge,
    TooSlow,
    Broken,
}

pub(super) async fn read(body: Body, limit: usize) -> Result<Bytes, Unreadable> {
    let mut reading = pin!(Limited::new(body, limit).collect());
    // Most bodies are there already: those need no timer.
    let read = match poll!(reading.as_mut()) {
        Poll::Ready(read) => read,
        Poll::Pending => tokio::time::timeout(TIMEOUT, reading).await.map_err(|_| Unreadable::TooSlow)?,
    };
    match read {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unreadable::TooLarge),
        Err(_) => Err(Unreadable::Broken),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::StreamExt as _;
    use futures::stream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_can_be_read() {
        let chunks = |count: usize| Body::from_stream(stream::iter(vec![Ok::<_, Infallible>("12345"); count]));
        assert_eq!(read(chunks(2), 10).await, Ok("1234512345".into()));
        assert_eq!(read(chunks(3), 10).await, Err(Unreadable::TooLarge));
        let broken = Body::from_stream(stream::iter([Ok("1"), Err(std::io::Error::other("gone"))]));
        assert_eq!(read(broken, 10).await, Err(Unreadable::Broken));
        let stalled = stream::iter([Ok::<_, Infallible>("1")]).chain(stream::pending());
        assert_eq!(read(Body::from_stream(stalled), 10).await, Err(Unreadable::TooSlow));
    }
}
