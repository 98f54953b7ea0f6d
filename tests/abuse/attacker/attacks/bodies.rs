//! Bodies that use more memory than their length, and many bodies at once.

use std::io;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::time::timeout;

use super::Outcome;
use crate::context::Context;
use crate::http1;
use crate::http1::Connection;
use crate::request::{Framing, LAST_CHUNK, Request};
use crate::tally::Tally;

/// A server over one of its budgets answers 503, and may close before it has read the whole request.
const WITHOUT_TOKEN: [&str; 4] = ["401", "408", "503", "closed"];
const WITH_TOKEN: [&str; 4] = ["200", "408", "503", "closed"];
/// Just under the limit of 4 MiB.
const LARGE: usize = 4 * 1024 * 1024 - 1024;

/// The server also reads requests without a token, up to 64 KiB, because the challenge depends on the operation.
pub(crate) async fn chunks_unauthenticated(context: Context) -> io::Result<Outcome> {
    let request = Request::call("echo", &json!({})).padded(65_000);
    let bytes = request.in_one_byte_chunks(context.server.mcp);
    let answers = held(&context, context.choose(500, 120), bytes, LAST_CHUNK).await;
    Ok(Outcome::expecting(answers, &WITHOUT_TOKEN))
}

pub(crate) async fn chunks_with_token(context: Context) -> io::Result<Outcome> {
    let request =
        Request::call("echo", &json!({})).bearer(context.token("alice")).padded(context.choose(LARGE, LARGE / 4));
    let bytes = request.in_one_byte_chunks(context.server.mcp);
    let answers = held(&context, context.choose(8, 4), bytes, LAST_CHUNK).await;
    Ok(Outcome::expecting(answers, &WITH_TOKEN))
}

pub(crate) async fn large(context: Context) -> io::Result<Outcome> {
    let request = Request::call("echo", &json!({"text": "x".repeat(LARGE - 1024)})).bearer(context.token("alice"));
    let (bytes, end) = without_end(&context, &request);
    let answers = held(&context, context.choose(200, 100), bytes, end).await;
    Ok(Outcome::expecting(answers, &WITH_TOKEN))
}

/// Just under the limit of 100,000 JSON values per body.
pub(crate) async fn dense(context: Context) -> io::Result<Outcome> {
    let zeros = vec![Value::from(0); context.choose(99_950, 50_000)];
    let request = Request::call("echo", &json!({"zeros": zeros})).bearer(context.token("alice"));
    let (bytes, end) = without_end(&context, &request);
    let answers = held(&context, context.choose(50, 20), bytes, end).await;
    Ok(Outcome::expecting(answers, &WITH_TOKEN))
}

/// Splits a request into all bytes but the last, and the last byte.
fn without_end(context: &Context, request: &Request) -> (Vec<u8>, &'static [u8]) {
    let mut bytes = request.head(context.server.mcp, Framing::Length(request.body.len()));
    bytes.extend_from_slice(&request.body[..request.body.len() - 1]);
    (bytes, b"}")
}

/// Sends `bytes` on many connections, waits until all connections have sent them, and then sends `end` on each.
async fn held(context: &Context, connections: usize, bytes: Vec<u8>, end: &'static [u8]) -> Tally {
    let (bytes, all_sent) = (Arc::new(bytes), Arc::new(Barrier::new(connections)));
    let (address, hold) = (context.server.mcp, context.hold());
    let client = |_| {
        let (bytes, all_sent) = (Arc::clone(&bytes), Arc::clone(&all_sent));
        async move {
            let sending = async {
                let mut connection = Connection::open(address).await?;
                let sent = connection.send_until_answered(&bytes).await;
                Ok((connection, sent))
            };
            let sent = sending.await;
            // Reached also after an early response, because the other connections wait at the barrier.
            let _ = timeout(hold, all_sent.wait()).await;
            http1::outcome(&finish(sent, end).await)
        }
    };
    context.each(connections, context.limit(), client).await
}

async fn finish(sent: io::Result<(Connection, io::Result<bool>)>, end: &[u8]) -> io::Result<http1::Response> {
    let (mut connection, sent) = sent?;
    if matches!(sent, Ok(true)) {
        // An error shows up when the response is read, unless the server responded before it closed.
        let _ = connection.send(end).await;
    }
    connection.response().await
}
