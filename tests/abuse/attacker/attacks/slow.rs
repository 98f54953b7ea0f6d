//! Requests that arrive slowly, byte by byte.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::Outcome;
use super::idle::STILL_OPEN;
use crate::context::Context;
use crate::http1;
use crate::http1::Connection;
use crate::request::{Framing, Request};
use crate::tally::Tally;

/// The time between two bytes.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) async fn heads(context: Context) -> io::Result<Outcome> {
    let request = Request::call("echo", &json!({})).bearer(context.token("alice"));
    let bytes = request.to_bytes(context.server.mcp);
    let connections = context.choose(2_000, 500);
    Ok(check(&context, trickle(&context, connections, bytes, 20).await))
}

pub(crate) async fn bodies(context: Context) -> io::Result<Outcome> {
    let request = Request::call("echo", &json!({})).bearer(context.token("alice")).padded(10_000);
    let head = request.head(context.server.mcp, Framing::Length(request.body.len())).len();
    let bytes = request.to_bytes(context.server.mcp);
    let connections = context.choose(1_000, 300);
    Ok(check(&context, trickle(&context, connections, bytes, head).await))
}

fn check(context: &Context, answers: Tally) -> Outcome {
    match context.patience(context.server.bounds.request) {
        Some(_) => Outcome::expecting(answers, &["408", "503", "closed"]),
        None => Outcome::expecting(answers, &["408", "503", "closed", STILL_OPEN]),
    }
}

/// Sends the first bytes at once and the others slowly, until the server answers, closes or misses its limit.
async fn trickle(context: &Context, connections: usize, bytes: Vec<u8>, at_once: usize) -> Tally {
    let bytes = Arc::new(bytes);
    let address = context.server.mcp;
    let patience = context.patience(context.server.bounds.request).unwrap_or(Duration::from_secs(2));
    let client = |_| {
        let bytes = Arc::clone(&bytes);
        async move {
            let sending = async {
                let mut connection = Connection::open(address).await?;
                connection.send(&bytes[..at_once]).await?;
                for byte in &bytes[at_once..] {
                    match tokio::time::timeout(PAUSE, connection.response()).await {
                        Ok(response) => return response,
                        Err(_) => connection.send(&[*byte]).await?,
                    }
                }
                connection.response().await
            };
            match tokio::time::timeout(patience, sending).await {
                Ok(response) => http1::outcome(&response),
                Err(_) => STILL_OPEN.to_owned(),
            }
        }
    };
    context.each(connections, context.limit(), client).await
}
