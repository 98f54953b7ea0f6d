//! Too many legacy sessions, and a session with ambiguous requests.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Barrier;
use tokio::time::timeout;

use super::{Outcome, idle};
use crate::context::Context;
use crate::http1;
use crate::http1::Connection;
use crate::request::Request;

/// Opens a session, and returns its ID.
pub(super) async fn open(context: &Context, token: &str) -> io::Result<String> {
    let address = context.server.mcp;
    let mut connection = Connection::open(address).await?;
    let opened = connection.exchange(&Request::initialize().bearer(token).to_bytes(address)).await?;
    let session = opened.header("mcp-session-id").map(str::to_owned);
    let session = session.ok_or_else(|| io::Error::other(format!("no session: {}", opened.status)))?;
    connection.exchange(&Request::initialized(&session).bearer(token).to_bytes(address)).await?;
    Ok(session)
}

/// Closes a session.
pub(super) async fn close(context: &Context, token: &str, session: &str) -> io::Result<()> {
    let address = context.server.mcp;
    http1::exchange(address, &Request::delete(session).bearer(token).to_bytes(address)).await.map(drop)
}

/// Sends many `initialize` requests of one token at once. Another principal must still get a session afterwards.
pub(crate) async fn initialize_at_once(context: Context) -> io::Result<Outcome> {
    let connections = context.choose(3_000, 1_500);
    let (address, hold) = (context.server.mcp, context.hold());
    let request = Arc::new(Request::initialize().bearer(context.token("alice")).to_bytes(address));
    let all_open = Arc::new(Barrier::new(connections));
    let opened = Arc::<Mutex<Vec<String>>>::default();
    let client = |index| {
        let (request, all_open, opened) = (Arc::clone(&request), Arc::clone(&all_open), Arc::clone(&opened));
        async move {
            // Sends the last byte when all requests have arrived, so that the server checks its limit for all of them
            // at once.
            let (most, last) = request.split_at(request.len() - 1);
            let opening = async {
                idle::pace(index).await;
                let mut connection = Connection::open(address).await?;
                connection.send(most).await.map(|()| connection)
            };
            let connection = opening.await;
            let _ = timeout(hold, all_open.wait()).await;
            let response = async { connection?.exchange(last).await }.await;
            let session = response.as_ref().ok().and_then(|response| response.header("mcp-session-id"));
            opened.lock().unwrap_or_else(PoisonError::into_inner).extend(session.map(str::to_owned));
            http1::outcome(&response)
        }
    };
    let answers = context.each(connections, context.limit(), client).await;
    let mut outcome = Outcome::expecting(answers, &["200", "503"]);
    let opened = std::mem::take(&mut *opened.lock().unwrap_or_else(PoisonError::into_inner));
    let (got, alive) = (opened.len(), alive(&context, &opened).await);
    outcome
        .notes
        .push(format!("{got} of {connections} initialize requests got a session, {alive} of them still exist"));
    let limit = context.server.bounds.sessions;
    if alive > limit {
        outcome.failures.push(format!("{alive} sessions exist, the limit is {limit}"));
    }
    let carol = context.token("carol");
    match open(&context, carol).await {
        Ok(session) => close(&context, carol, &session).await?,
        Err(error) => outcome.failures.push(format!("another principal cannot open a session: {error}")),
    }
    close_all(&context, &opened).await;
    Ok(outcome)
}

/// Closes the sessions that still exist, so that each repetition starts without sessions.
async fn close_all(context: &Context, sessions: &[String]) {
    let (address, token) = (context.server.mcp, context.token("alice"));
    let client = |index: usize| {
        let request = Request::delete(&sessions[index]).bearer(token).to_bytes(address);
        async move { http1::outcome(&http1::exchange(address, &request).await) }
    };
    context.each(sessions.len(), context.hold(), client).await;
}

/// Counts the sessions that still exist. A request to any other session returns 404.
async fn alive(context: &Context, sessions: &[String]) -> usize {
    let (address, token) = (context.server.mcp, context.token("alice"));
    let client = |index: usize| {
        let request = Request::in_session(&sessions[index], 2, "ping", &json!({})).bearer(token).to_bytes(address);
        // Reads only the status, because the answer of a session may be a stream.
        async move { http1::outcome(&async { Connection::open(address).await?.exchange_head(&request).await }.await) }
    };
    context.each(sessions.len(), context.hold(), client).await.except("404")
}

/// Sends simultaneous requests with the same JSON-RPC ID. Each must be answered, possibly with an error.
pub(crate) async fn repeat_ids(context: Context) -> io::Result<Outcome> {
    let (address, token) = (context.server.mcp, context.token("alice").to_owned());
    let session = open(&context, &token).await?;
    let params = json!({"name": "slow", "arguments": {"milliseconds": 500}});
    let request = Arc::new(Request::in_session(&session, 7, "tools/call", &params).bearer(&token).to_bytes(address));
    let client = |_| {
        let request = Arc::clone(&request);
        async move {
            match http1::exchange(address, &request).await {
                Ok(response) => match (response.message(), response.error_code()) {
                    (_, Some(code)) => code.to_string(),
                    (Some(_), None) => "result".to_owned(),
                    (None, None) => format!("{} without a message", response.status),
                },
                Err(error) => http1::outcome(&Err(error)),
            }
        }
    };
    let patience = context.choose(Duration::from_secs(15), Duration::from_secs(4));
    let answers = context.each(128, patience, client).await;
    close(&context, &token, &session).await?;
    let mut outcome = Outcome::expecting(answers, &["result", "-32600"]);
    if outcome.answers.count("result") == 0 {
        outcome.failures.push("no request got its result".to_owned());
    }
    Ok(outcome)
}
