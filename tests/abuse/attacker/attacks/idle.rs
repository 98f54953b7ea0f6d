//! Idle connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use tokio::time::timeout;

use super::Outcome;
use crate::context::Context;
use crate::http1;
use crate::http1::Connection;
use crate::http2;
use crate::http2::RawConnection;
use crate::request::Request;
use crate::tally;

/// How long idle connections stay where the form does not wait until the server closes them.
const BRIEF: Duration = Duration::from_secs(1);
/// How long a client waits for the SETTINGS of the server.
const HANDSHAKE: Duration = Duration::from_millis(500);
pub(super) const CLOSED: &str = "closed by the server";
pub(super) const STILL_OPEN: &str = "still open";

/// Half of the connections never send a byte, the others were used once.
pub(crate) async fn http1(context: Context) -> io::Result<Outcome> {
    let address = context.server.mcp;
    let request = Request::call("echo", &json!({})).bearer(context.token("alice")).to_bytes(address);
    let patience = context.patience(context.server.bounds.idle);
    let client = |index: usize| {
        let request = if index.is_multiple_of(2) { Vec::new() } else { request.clone() };
        async move {
            let mut connection = match Connection::open(address).await {
                Ok(connection) => connection,
                Err(error) => return tally::name_error(&error).to_owned(),
            };
            if !request.is_empty() {
                let response = connection.exchange(&request).await;
                if !matches!(&response, Ok(response) if response.status == 200) {
                    return http1::outcome(&response);
                }
            }
            until_closed(connection.closed(), patience).await
        }
    };
    watch(&context, patience, client).await
}

/// The connections acknowledge SETTINGS and PING frames, and never send a request.
pub(crate) async fn http2(context: Context) -> io::Result<Outcome> {
    let address = context.server.mcp;
    let patience = context.patience(context.server.bounds.idle);
    let client = |_| async move {
        match RawConnection::open(address, 65_535).await {
            Ok(mut connection) => until_closed(connection.closed(), patience).await,
            Err(error) => tally::name_error(&error).to_owned(),
        }
    };
    watch(&context, patience, client).await
}

/// The connections begin a request in a HEADERS frame without END_HEADERS, and then stay silent. A PING could be acknowledged only after the end of the headers.
pub(crate) async fn http2_in_headers(context: Context) -> io::Result<Outcome> {
    let address = context.server.mcp;
    let patience = context.patience(context.server.bounds.idle);
    let request = Request::call("echo", &json!({})).bearer(context.token("alice"));
    let frame = Arc::new(http2::headers(1, 0, &request.fields(address)));
    let client = |_| {
        let frame = Arc::clone(&frame);
        async move {
            let opened = async {
                let mut connection = RawConnection::open(address, 65_535).await?;
                // SETTINGS are acknowledged before.
                let _ = timeout(HANDSHAKE, connection.closed()).await;
                connection.send(&frame).await?;
                Ok(connection)
            };
            match opened.await {
                Ok(mut connection) => until_closed(connection.closed_in_silence(), patience).await,
                Err(error) => tally::name_error(&error).to_owned(),
            }
        }
    };
    watch(&context, patience, client).await
}

async fn watch<F>(context: &Context, patience: Option<Duration>, client: impl Fn(usize) -> F) -> io::Result<Outcome>
where
    F: Future<Output = String> + Send + 'static,
{
    let connections = context.choose(3_000, 1_000);
    let start = Instant::now();
    let answers = context.each(connections, context.limit(), client).await;
    let Some(patience) = patience else {
        return Ok(Outcome::expecting(answers, &[STILL_OPEN, CLOSED]));
    };
    let mut outcome = Outcome::expecting(answers, &[CLOSED]);
    let (open, seconds) = (outcome.answers.count(STILL_OPEN), start.elapsed().as_secs());
    outcome.notes.push(match open {
        0 => format!("all {connections} closed after {seconds} s"),
        _ => format!("{open} of {connections} open after {} s", patience.as_secs()),
    });
    Ok(outcome)
}

/// Waits until the server closes the connection, but not longer than it should take.
pub(super) async fn until_closed(closed: impl Future<Output = ()>, patience: Option<Duration>) -> String {
    match timeout(patience.unwrap_or(BRIEF), closed).await {
        Ok(()) => CLOSED.to_owned(),
        Err(_) => STILL_OPEN.to_owned(),
    }
}
