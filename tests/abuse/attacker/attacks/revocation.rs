//! Streams and calls of a subject whose tokens are revoked.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::idle::STILL_OPEN;
use super::{Outcome, sessions};
use crate::context::Context;
use crate::http1;
use crate::http1::Connection;
use crate::request::Request;
use crate::tally::Tally;

const SUBJECT: &str = "dave";
/// The time that the streams stay open if the form does not wait for their end.
const BRIEF: Duration = Duration::from_secs(2);
/// The duration of a call: longer than any limit, so that only the revocation ends it.
const CALL: u64 = 150_000;

pub(crate) async fn streams(context: Context) -> io::Result<Outcome> {
    context.control.restore(SUBJECT).await?;
    let mut sessions = Vec::new();
    let outcome = revoke(&context, &mut sessions).await;
    context.control.restore(SUBJECT).await?;
    for session in sessions {
        sessions::close(&context, context.token(SUBJECT), &session).await?;
    }
    outcome
}

async fn revoke(context: &Context, opened: &mut Vec<String>) -> io::Result<Outcome> {
    let (address, token) = (context.server.mcp, context.token(SUBJECT));
    let before = context.control.status().await?.under_way;
    let mut open = JoinSet::new();
    for _ in 0..context.choose(20, 5) {
        let session = sessions::open(context, token).await?;
        let mut stream = Connection::open(address).await?;
        stream.send(&Request::stream(&session).bearer(token).to_bytes(address)).await?;
        if stream.head().await?.status != 200 {
            return Err(io::Error::other("the server did not open a stream"));
        }
        opened.push(session);
        open.spawn(async move {
            stream.end_of_stream().await;
            "stream ended".to_owned()
        });
    }
    let call = Arc::new(Request::call("slow", &json!({"milliseconds": CALL})).bearer(token).to_bytes(address));
    for _ in 0..context.choose(20, 5) {
        let call = Arc::clone(&call);
        open.spawn(async move { format!("call: {}", http1::outcome(&http1::exchange(address, &call).await)) });
    }
    let calls = before + context.choose(20, 5);
    context.control.wait_for(BRIEF, |status| status.under_way >= calls).await?;

    context.control.revoke(SUBJECT).await?;
    let start = Instant::now();
    let patience = context.patience(context.server.bounds.revocation);
    let mut answers = Tally::default();
    let request = Request::call("echo", &json!({})).bearer(token).to_bytes(address);
    let rejected = http1::exchange(address, &request).await;
    let rejection_is_401 = matches!(&rejected, Ok(response) if response.status == 401);
    let ending = async {
        while let Some(Ok(end)) = open.join_next().await {
            answers.add(end);
        }
    };
    let ended = timeout(patience.unwrap_or(BRIEF), ending).await.is_ok();
    let left = open.len();
    answers.add_many(STILL_OPEN, left as u64);
    let mut outcome = Outcome::new(answers);
    if !rejection_is_401 {
        outcome.failures.push(format!("a revoked token got {}", http1::outcome(&rejected)));
    }
    let seconds = start.elapsed().as_secs();
    match (ended, patience) {
        (true, _) => outcome.notes.push(format!("all streams and calls ended after {seconds} s")),
        (false, Some(_)) => {
            outcome.failures.push(format!("{left} streams and calls open {seconds} s after the revocation"));
        }
        (false, None) => {}
    }
    Ok(outcome)
}
