//! Idle connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{sleep, timeout};

use super::Outcome;
use crate::context::Context;
use crate::http1::Connection;
use crate::http2::RawConnection;
use crate::request::Request;
use crate::{http2, tally};

/// The time that idle connections stay open if the form does not wait until the server closes them.
const BRIEF: Duration = Duration::from_secs(1);
/// The time that a client waits for the SETTINGS of the server.
const HANDSHAKE: Duration = Duration::from_millis(500);
/// The pause between two connections. Without it, the accept queue overflows, and clients see connections as open that
/// the server never accepted.
const PACE: Duration = Duration::from_micros(300);
pub(super) const CLOSED: &str = "closed by the server";
pub(super) const STILL_OPEN: &str = "still open";

/// Half of the connections never send a byte; the others were used once.
pub(crate) async fn http1(context: Context) -> io::Result<Outcome> {
    let address = context.server.mcp;
    let request = Arc::new(echo(&context).to_bytes(address));
    let client = |index: usize| {
        let request = Arc::clone(&request);
        async move {
            pace(index).await;
            let mut connection = Connection::open(address).await?;
            if is_used(index) {
                connection.exchange(&request).await?;
            }
            connection.closed().await;
            Ok(())
        }
    };
    watch(&context, client).await
}

/// The connections acknowledge SETTINGS and PING frames. Half of them never send a request; the others were used once.
pub(crate) async fn http2(context: Context) -> io::Result<Outcome> {
    let address = context.server.mcp;
    let request = echo(&context);
    let mut frames = http2::headers(1, http2::END_HEADERS, &request.fields(address));
    frames.extend(http2::data(1, http2::END_STREAM, &request.body));
    let frames = Arc::new(frames);
    let client = |index: usize| {
        let frames = Arc::clone(&frames);
        async move {
            pace(index).await;
            let mut connection = RawConnection::open(address, 65_535).await?;
            if is_used(index) {
                connection.send(&frames).await?;
            }
            connection.closed().await;
            Ok(())
        }
    };
    watch(&context, client).await
}

/// The connections send HEADERS without END_HEADERS, and then stay silent. They could acknowledge a PING only after the
/// end of the headers.
pub(crate) async fn http2_in_headers(context: Context) -> io::Result<Outcome> {
    let address = context.server.mcp;
    let frame = Arc::new(http2::headers(1, 0, &echo(&context).fields(address)));
    let client = |index: usize| {
        let frame = Arc::clone(&frame);
        async move {
            pace(index).await;
            let mut connection = RawConnection::open(address, 65_535).await?;
            // Acknowledges the SETTINGS first.
            let _ = timeout(HANDSHAKE, connection.closed()).await;
            connection.send(&frame).await?;
            connection.closed_in_silence().await;
            Ok(())
        }
    };
    watch(&context, client).await
}

fn echo(context: &Context) -> Request {
    Request::call("echo", &json!({})).bearer(context.token("alice"))
}

const fn is_used(index: usize) -> bool {
    !index.is_multiple_of(2)
}

/// Delays the connection with this index.
pub(super) async fn pace(index: usize) {
    sleep(PACE * u32::try_from(index).unwrap_or(u32::MAX)).await;
}

async fn watch<F>(context: &Context, client: impl Fn(usize) -> F) -> io::Result<Outcome>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let connections = context.choose(3_000, 1_000);
    let before = context.control.status().await?.descriptors;
    let named = |index| {
        let ending = client(index);
        async move { ending.await.map_or_else(|error| tally::name_error(&error).to_owned(), |()| CLOSED.to_owned()) }
    };
    let clients = context.each(connections, context.limit(), named);
    tokio::select! {
        outcome = until_server_closes(context, before, connections, context.server.bounds.idle) => outcome,
        answers = clients => Ok(Outcome::expecting(answers, &[CLOSED])),
    }
}

/// Waits until the server has closed `connections` connections, `bound` seconds after they were opened. Counts the
/// descriptors of the server, because clients that do not read cannot detect that it closed.
pub(super) async fn until_server_closes(
    context: &Context,
    before: u64,
    connections: usize,
    bound: u64,
) -> io::Result<Outcome> {
    // The connections must be open first.
    let all = connections as u64;
    let (opened, _) = context.control.wait_for(context.hold(), |status| status.descriptors >= before + all).await?;
    let patience = context.patience(bound);
    let is_closed = |status: &mcp_guard_abuse::Status| status.descriptors <= before;
    let (status, took) = context.control.wait_for(patience.unwrap_or(BRIEF), is_closed).await?;
    let open = status.descriptors.saturating_sub(before);
    let mut outcome = Outcome::default();
    outcome.answers.add_many(STILL_OPEN, open);
    outcome.answers.add_many(CLOSED, all.saturating_sub(open));
    match (took, patience) {
        (Some(took), _) => {
            let (opened, seconds) = (opened.descriptors.saturating_sub(before), took.as_secs());
            outcome.notes.push(format!("{opened} of {connections} were open, and all are closed after {seconds} s"));
        }
        (None, Some(patience)) => {
            let seconds = patience.as_secs();
            outcome.failures.push(format!("{open} of {connections} connections open after {seconds} s"));
        }
        (None, None) => {}
    }
    Ok(outcome)
}

/// Waits until the server closes the connection, for at most `patience`.
pub(super) async fn until_closed(closed: impl Future<Output = ()>, patience: Option<Duration>) -> String {
    match timeout(patience.unwrap_or(BRIEF), closed).await {
        Ok(()) => CLOSED.to_owned(),
        Err(_) => STILL_OPEN.to_owned(),
    }
}
