//! A flood of invalid tokens.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::Outcome;
use crate::context::Context;
use crate::http1;
use crate::http1::Connection;
use crate::request::Request;
use crate::tally::Tally;

const CONNECTIONS: usize = 50;
/// The number of fault kinds.
const KINDS: usize = 6;
const UNKNOWN_KEY: usize = 3;
/// The answer for an unknown key. The key may be new, and the server may not fetch the keys again yet.
const UNAVAILABLE: &str = "503 for an unknown key";

pub(crate) async fn flood(context: Context) -> io::Result<Outcome> {
    let requests = context.choose(5_000, 1_000) / CONNECTIONS;
    let address = context.server.mcp;
    let tokens = Arc::new(context.server.tokens.clone());
    let mut answers = Tally::default();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let tokens = Arc::clone(&tokens);
        clients.spawn(async move {
            let mut answers = Tally::default();
            let mut connection = None;
            for index in 0..requests {
                let token = invalid_token(index, |name| tokens.get(name).map_or("", String::as_str));
                let request = Request::call("echo", &json!({})).bearer(&token).to_bytes(address);
                let exchange = async {
                    let mut open = match connection.take() {
                        Some(open) => open,
                        None => Connection::open(address).await?,
                    };
                    let response = open.exchange(&request).await?;
                    if response.header("connection") != Some("close") {
                        connection = Some(open);
                    }
                    Ok(response)
                };
                let outcome = http1::outcome(&exchange.await);
                answers.add(match (index % KINDS, outcome.as_str()) {
                    (UNKNOWN_KEY, "503") => UNAVAILABLE.to_owned(),
                    _ => outcome,
                });
            }
            answers
        });
    }
    while let Some(counted) = clients.join_next().await {
        answers.merge(&counted.unwrap_or_default());
    }
    Ok(Outcome::expecting(answers, &["401", UNAVAILABLE]))
}

/// Sends one invalid token from each of many addresses, and many from one address.
pub(crate) async fn many_addresses(context: Context) -> io::Result<Outcome> {
    const OF_ONE: usize = 10;
    let addresses = context.choose(100_000, 5_000);
    let server = context.server.mcp;
    let client = |index: usize| async move {
        let mut answers = Tally::default();
        let mut connection = Connection::open(server).await?;
        for number in (index..addresses).step_by(CONNECTIONS) {
            let [_, high, middle, low] = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
            let different = format!("10.{high}.{middle}.{low}");
            // Every tenth request is one of the same client.
            let (address, expected) = match number % OF_ONE {
                0 => ("203.0.113.7", ["401", "429"].as_slice()),
                _ => (different.as_str(), ["401"].as_slice()),
            };
            let token = format!("{number}.{}.x", rand::random::<u64>());
            let request = Request::call("echo", &json!({})).bearer(&token).header("x-forwarded-for", address);
            let outcome = http1::outcome(&connection.exchange(&request.to_bytes(server)).await);
            answers.add(match expected.contains(&outcome.as_str()) {
                true => outcome,
                false => format!("{outcome} for an address with one request"),
            });
        }
        io::Result::Ok(answers)
    };
    let mut answers = Tally::default();
    for counted in futures::future::join_all((0..CONNECTIONS).map(client)).await {
        answers.merge(&counted?);
    }
    // 300 failures of an address are accepted in a minute, and the rate refills during the attack.
    let refused = answers.count("429");
    let mut outcome = Outcome::expecting(answers, &["401", "429"]);
    if addresses / OF_ONE > 400 && refused == 0 {
        outcome.failures.push("no request of the address with many failures was refused".to_owned());
    }
    Ok(outcome)
}

/// Returns a token with the next kind of fault. Most tokens are unique, so that no cache contains them.
fn invalid_token<'t>(index: usize, named: impl Fn(&str) -> &'t str) -> String {
    let random = || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    match index % KINDS {
        0 => random(),
        1 => format!("{}.{}.{}", random(), random(), random()),
        2 => {
            let (signed, _) = named("alice").rsplit_once('.').unwrap_or_default();
            format!("{signed}.{}{}", random(), random())
        }
        UNKNOWN_KEY => {
            let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": random()}).to_string();
            let (_, rest) = named("unknown_kid").split_once('.').unwrap_or_default();
            format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
        }
        4 => named("wrong_signature").to_owned(),
        _ => named("expired").to_owned(),
    }
}
