//! Responses that are never read.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::oneshot;

use super::Outcome;
use super::idle::CLOSED;
use super::idle::STILL_OPEN;
use super::idle::until_closed;
use crate::context::Context;
use crate::http1::Connection;
use crate::http2;
use crate::http2::RawConnection;
use crate::request::Request;
use crate::tally;

/// How many requests are on each connection. Together their answers are larger than the buffers of the system.
const PIPELINED: usize = 32;
const ANSWER: usize = 256 * 1024;
/// The streams that a server allows on one connection.
const STREAMS: u32 = 100;

fn large_answer(context: &Context) -> Request {
    Request::call("large", &json!({"bytes": ANSWER})).bearer(context.token("alice"))
}

/// Pipelines requests with large answers. The server's descriptors show whether it closed: a client that does not read does not see it.
pub(crate) async fn http1(context: Context) -> io::Result<Outcome> {
    let connections = context.choose(1_000, 200);
    let address = context.server.mcp;
    let pipeline = Arc::new(large_answer(&context).to_bytes(address).repeat(PIPELINED));
    let before = context.control.status().await?.descriptors;
    // Dropped at the end, which ends the clients.
    let (_end, ended) = oneshot::channel::<()>();
    let ended = futures::FutureExt::shared(ended);
    let open = |_| {
        let (pipeline, ended) = (Arc::clone(&pipeline), ended.clone());
        async move {
            match Connection::open(address).await {
                Ok(mut connection) => {
                    let sent = connection.send(&pipeline).await;
                    // An error means that the connection ended the other way.
                    let _ = ended.await;
                    sent.map_or_else(|error| tally::name_error(&error).to_owned(), |()| "sent".to_owned())
                }
                Err(error) => tally::name_error(&error).to_owned(),
            }
        }
    };
    let clients = context.each(connections, context.limit(), open);
    let watching = async {
        // They must be open before they can be closed.
        let reached = before + connections as u64 / 2;
        context.control.wait_for(context.hold(), |status| status.descriptors >= reached).await?;
        let patience = context.patience(context.server.bounds.write).unwrap_or(Duration::from_secs(1));
        context.control.wait_for(patience, |status| status.descriptors <= before).await
    };
    tokio::pin!(clients);
    let (status, took) = tokio::select! {
        watched = watching => watched?,
        answers = &mut clients => return Ok(Outcome::new(answers)),
    };
    let open = status.descriptors.saturating_sub(before);
    let mut outcome = Outcome::default();
    outcome.answers.add_many(STILL_OPEN, open);
    outcome.answers.add_many(CLOSED, (connections as u64).saturating_sub(open));
    match (took, context.patience(context.server.bounds.write)) {
        (Some(took), _) => outcome.notes.push(format!("all {connections} closed after {} s", took.as_secs())),
        (None, Some(patience)) => {
            outcome.failures.push(format!("{open} of {connections} connections open after {} s", patience.as_secs()))
        }
        (None, None) => {}
    }
    Ok(outcome)
}

/// Opens streams whose flow-control window is closed from the start, and acknowledges PINGs.
pub(crate) async fn http2(context: Context) -> io::Result<Outcome> {
    let connections = context.choose(50, 10);
    let address = context.server.mcp;
    let request = large_answer(&context);
    let mut frames = Vec::new();
    for stream in (1..).step_by(2).take(STREAMS as usize) {
        frames.extend(http2::headers(stream, http2::END_HEADERS, &request.fields(address)));
        frames.extend(http2::data(stream, http2::END_STREAM, &request.body));
    }
    let (frames, patience) = (Arc::new(frames), context.patience(context.server.bounds.write));
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
