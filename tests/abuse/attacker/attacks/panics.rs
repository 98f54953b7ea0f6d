//! Operations that panic.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Outcome, sessions};
use crate::context::Context;
use crate::http1;
use crate::request::Request;

/// The maximum time of an answer: a panic must be answered immediately.
const PATIENCE: Duration = Duration::from_secs(5);
const INTERNAL_ERROR: &str = "-32603";

/// Returns a tool, a prompt or a resource in turn.
fn operation(index: usize) -> (&'static str, Value) {
    match index % 3 {
        0 => ("tools/call", json!({"name": "panic", "arguments": {}})),
        1 => ("prompts/get", json!({"name": "panic_prompt"})),
        _ => ("resources/read", json!({"uri": "abuse://panic"})),
    }
}

pub(crate) async fn stateless(context: Context) -> io::Result<Outcome> {
    let token = context.token("alice").to_owned();
    call(&context, |index| {
        let (method, params) = operation(index);
        Request::stateless(method, params).bearer(&token)
    })
    .await
}

pub(crate) async fn in_session(context: Context) -> io::Result<Outcome> {
    let token = context.token("alice").to_owned();
    let session = sessions::open(&context, &token).await?;
    let outcome = call(&context, |index| {
        let (method, params) = operation(index);
        Request::in_session(&session, index + 2, method, &params).bearer(&token)
    })
    .await;
    sessions::close(&context, &token, &session).await?;
    outcome
}

async fn call(context: &Context, request: impl Fn(usize) -> Request) -> io::Result<Outcome> {
    let address = context.server.mcp;
    let client = |index| {
        let bytes = request(index).to_bytes(address);
        async move {
            let response = http1::exchange(address, &bytes).await;
            let code = response.as_ref().ok().and_then(http1::Response::error_code);
            code.map_or_else(|| http1::outcome(&response), |code| code.to_string())
        }
    };
    let answers = context.each(context.choose(300, 60), PATIENCE, client).await;
    // A session has at most 100 requests in progress: further ones get 503.
    Ok(Outcome::expecting(answers, &[INTERNAL_ERROR, "503"]))
}
