//! Responses that are never read.

use std::io;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::oneshot;

use super::idle::{CLOSED, until_closed, until_server_closes};
use super::{Outcome, idle};
use crate::context::Context;
use crate::http1::Connection;
use crate::http2::RawConnection;
use crate::request::Request;
use crate::{http2, tally};

/// The number of requests on each HTTP/1.1 connection. Their answers exceed the socket buffers of the system.
const PIPELINED: usize = 128;
/// The answer size in HTTP/1.1, where only one answer per connection is pending.
const HTTP1_ANSWER: usize = 64 * 1024;
/// The answer size in HTTP/2, where the answers of all streams are pending.
const HTTP2_ANSWER: usize = 16 * 1024;
/// The number of streams that a server allows on one connection.
const STREAMS: u32 = 100;

fn large_answer(context: &Context, bytes: usize) -> Request {
    Request::call("large", &json!({"bytes": bytes})).bearer(context.token("alice"))
}

/// Pipelines requests with large answers. Counts the descriptors of the server, because a client that does not read
/// cannot detect that the server closed the connection.
pub(crate) async fn http1(context: Context) -> io::Result<Outcome> {
    let connections = context.choose(1_000, 200);
    let address = context.server.mcp;
    let pipeline = Arc::new(large_answer(&context, HTTP1_ANSWER).to_bytes(address).repeat(PIPELINED));
    let before = context.control.status().await?.descriptors;
    // Dropped at the end, which stops the clients.
    let (_end, ended) = oneshot::channel::<()>();
    let ended = futures::FutureExt::shared(ended);
    let open = |index| {
        let (pipeline, ended) = (Arc::clone(&pipeline), ended.clone());
        async move {
            idle::pace(index).await;
            match Connection::open(address).await {
                Ok(mut connection) => {
                    let sent = connection.send(&pipeline).await;
                    // An error means that the sender was dropped, which also ends the connection.
                    let _ = ended.await;
                    sent.map_or_else(|error| tally::name_error(&error).to_owned(), |()| "sent".to_owned())
                }
                Err(error) => tally::name_error(&error).to_owned(),
            }
        }
    };
    let clients = context.each(connections, context.limit(), open);
    tokio::select! {
        outcome = until_server_closes(&context, before, connections, context.server.bounds.write) => outcome,
        answers = clients => Ok(Outcome::new(answers)),
    }
}

/// Opens streams with a flow-control window of zero, and acknowledges PINGs.
pub(crate) async fn http2(context: Context) -> io::Result<Outcome> {
    let connections = context.choose(50, 10);
    let address = context.server.mcp;
    let request = large_answer(&context, HTTP2_ANSWER);
    let mut frames = Vec::new();
    for stream in (1..).step_by(2).take(STREAMS as usize) {
        frames.extend(http2::headers(stream, http2::END_HEADERS, &request.fields(address)));
        frames.extend(http2::data(stream, http2::END_STREAM, &request.body));
    }
    // The server resets the streams after the write time-out. The connection is then idle.
    let bounds = context.server.bounds;
    let (frames, patience) = (Arc::new(frames), context.patience(bounds.write + bounds.idle));
    let client = |_| {
        let frames = Arc::clone(&frames);
        async move {
            let opened = async {
                let mut connection = RawConnection::open(address, 0).await?;
                connection.send(&frames).await?;
                Ok::<_, io::Error>(connection)
            };
            match opened.await {
                Ok(mut connection) => until_closed(connection.closed(), patience).await,
                Err(error) => tally::name_error(&error).to_owned(),
            }
        }
    };
    let answers = context.each(connections, context.limit(), client).await;
    Ok(match patience {
        Some(_) => Outcome::expecting(answers, &[CLOSED, "closed"]),
        None => Outcome::new(answers),
    })
}
