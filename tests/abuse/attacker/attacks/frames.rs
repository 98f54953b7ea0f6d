//! HTTP/2 frames that are valid individually and harmful in large numbers (RFC 9113 section 10.5).

use std::io;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Barrier;
use tokio::time::timeout;

use super::Outcome;
use super::idle::CLOSED;
use crate::context::Context;
use crate::http2::RawConnection;
use crate::request::Request;
use crate::tally::Tally;
use crate::{http2, tally};

/// The number of streams that a server allows on one connection.
const STREAMS: usize = 100;
/// The number of bytes that a client may send on a stream without a WINDOW_UPDATE.
const WINDOW: usize = 65_535;

/// Streams with an incomplete body.
pub(crate) async fn endless_bodies(context: Context) -> io::Result<Outcome> {
    let request = Request::call("echo", &json!({})).bearer(context.token("alice")).padded(WINDOW / 100);
    let mut frames = Vec::new();
    for stream in stream_ids(STREAMS) {
        frames.extend(http2::headers(stream, http2::END_HEADERS, &request.fields(context.server.mcp)));
        frames.extend(http2::data(stream, 0, &request.body[..request.body.len() - 1]));
    }
    Ok(Outcome::new(held(&context, context.choose(50, 10), frames, Vec::new()).await))
}

/// Complete bodies with one byte in each DATA frame.
pub(crate) async fn one_byte_frames(context: Context) -> io::Result<Outcome> {
    let streams = 1;
    let request = Request::call("echo", &json!({})).bearer(context.token("alice")).padded(WINDOW - 535);
    let (mut frames, mut ends) = (Vec::new(), Vec::new());
    for stream in stream_ids(streams) {
        frames.extend(http2::headers(stream, http2::END_HEADERS, &request.fields(context.server.mcp)));
        frames.extend(request.body.iter().flat_map(|byte| http2::data(stream, 0, &[*byte])));
        ends.extend(http2::data(stream, http2::END_STREAM, &[]));
    }
    Ok(Outcome::new(held(&context, context.choose(200, 40), frames, ends).await))
}

/// A HEADERS frame and CONTINUATION frames without END_HEADERS.
pub(crate) async fn endless_headers(context: Context) -> io::Result<Outcome> {
    let request = Request::call("echo", &json!({})).bearer(context.token("alice"));
    let mut frames = http2::headers(1, 0, &request.fields(context.server.mcp));
    for index in 0..64 {
        let fields: Vec<(String, String)> =
            (0..100).map(|field| (format!("x-{index}-{field}"), "x".repeat(100))).collect();
        frames.extend(http2::continuation(1, &fields));
    }
    Ok(Outcome::new(held(&context, context.choose(200, 50), frames, Vec::new()).await))
}

/// The identifiers of the first streams that a client opens.
fn stream_ids(streams: usize) -> impl Iterator<Item = u32> {
    (1..).step_by(2).take(streams)
}

/// Sends frames on many connections, waits until all connections have sent them, ends the bodies and counts the
/// answers.
async fn held(context: &Context, connections: usize, frames: Vec<u8>, ends: Vec<u8>) -> Tally {
    let (frames, ends, all_sent) = (Arc::new(frames), Arc::new(ends), Arc::new(Barrier::new(connections)));
    let (address, hold) = (context.server.mcp, context.hold());
    let brief = context.choose(hold / 10, hold / 5);
    let client = |_| {
        let (frames, ends, all_sent) = (Arc::clone(&frames), Arc::clone(&ends), Arc::clone(&all_sent));
        async move {
            let sending = async {
                let mut connection = RawConnection::open(address, 65_535).await?;
                connection.send(&frames).await?;
                Ok::<_, io::Error>(connection)
            };
            let sent = sending.await;
            let _ = timeout(hold, all_sent.wait()).await;
            match sent {
                Err(error) => tally::name_error(&error).to_owned(),
                Ok(mut connection) => {
                    // A closed connection is counted below.
                    let _ = connection.send(&ends).await;
                    let closed = timeout(brief, connection.closed_or_answered()).await;
                    match (closed, connection.answers, connection.goaway) {
                        (_, 1.., _) => "answered".to_owned(),
                        (Ok(()), 0, Some(code)) => format!("GOAWAY {code}"),
                        (Ok(()), 0, None) => CLOSED.to_owned(),
                        (Err(_), 0, _) => "held".to_owned(),
                    }
                }
            }
        }
    };
    context.each(connections, context.limit(), client).await
}
