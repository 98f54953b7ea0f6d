//! Calls that never end, whose clients disconnect.

use std::io;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::{Outcome, sessions};
use crate::context::Context;
use crate::http1::Connection;
use crate::request::Request;
use crate::tally::Tally;

/// The time for the calls to start, and for their runs to be dropped.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn stateless(context: Context) -> io::Result<Outcome> {
    let token = context.token("alice").to_owned();
    let connections = start(&context, |_| Request::call("never", &json!({})).bearer(&token)).await?;
    drop(connections);
    finish(&context, "after their clients disconnected").await
}

/// In a session, a call continues when its client disconnects, and ends with the session.
pub(crate) async fn in_session(context: Context) -> io::Result<Outcome> {
    let token = context.token("alice").to_owned();
    let session = sessions::open(&context, &token).await?;
    let params = json!({"name": "never", "arguments": {}});
    let request = |index| Request::in_session(&session, index + 2, "tools/call", &params).bearer(&token);
    let connections = start(&context, request).await?;
    drop(connections);
    sessions::close(&context, &token, &session).await?;
    finish(&context, "after their session was closed").await
}

/// Starts the calls, and waits until their tools run.
async fn start(context: &Context, request: impl Fn(usize) -> Request) -> io::Result<Vec<Connection>> {
    let calls = context.choose(300, 60);
    let address = context.server.mcp;
    let before = context.control.status().await?.under_way;
    let mut opening = JoinSet::new();
    for index in 0..calls {
        let bytes = request(index).to_bytes(address);
        opening.spawn(async move {
            let mut connection = Connection::open(address).await?;
            connection.send(&bytes).await?;
            Ok(connection)
        });
    }
    let connections: io::Result<Vec<Connection>> = opening.join_all().await.into_iter().collect();
    let running = before + calls as u64;
    context.control.wait_for(PATIENCE, |status| status.under_way >= running).await?;
    connections
}

async fn finish(context: &Context, when: &str) -> io::Result<Outcome> {
    let started = context.control.status().await?.under_way;
    let (status, took) = context.control.wait_for(PATIENCE, |status| status.under_way == 0).await?;
    let mut answers = Tally::default();
    answers.add(if took.is_some() { "all stopped" } else { "still running" });
    let mut outcome = Outcome::new(answers);
    if took.is_none() {
        let (left, seconds) = (status.under_way, PATIENCE.as_secs());
        outcome.failures.push(format!("{left} of {started} runs are still active {seconds} s {when}"));
    }
    Ok(outcome)
}
