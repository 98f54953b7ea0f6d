//! The issuer changes its keys and has outages while clients send requests.
//!
//! In every phase, a valid token never gets `401`, and an invalid token never gets `200`. `503` means that the token
//! cannot be validated.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mcp_guard::Issuer;
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey, TokenBuilder};

use crate::support::{Fixture, RESOURCE, builder_with, call};

const CLIENTS: usize = 8;
/// The number of requests of each client with each kind of token in each phase.
const ROUNDS: usize = 25;

const ACCEPTED: u16 = 200;
const REJECTED: u16 = 401;
const UNAVAILABLE: u16 = 503;

/// A kind of token: how to create it, and its allowed statuses.
#[derive(Clone)]
struct Kind {
    case: &'static str,
    token: Arc<dyn Fn() -> String + Send + Sync>,
    allowed: &'static [u16],
}

fn kind(case: &'static str, allowed: &'static [u16], token: impl Fn() -> String + Send + Sync + 'static) -> Kind {
    Kind { case, token: Arc::new(token), allowed }
}

/// The counts by phase, kind and status.
type Counts = BTreeMap<(&'static str, &'static str, u16), usize>;

/// A guarded server behind a socket, and the statuses that it has returned.
#[derive(Clone)]
struct Target {
    url: String,
    client: reqwest::Client,
    answered: Arc<AtomicUsize>,
    counts: Arc<Mutex<Counts>>,
}

impl Target {
    async fn call(&self, token: &str) -> u16 {
        let post = call("who").bearer(token);
        let request =
            post.headers.iter().fold(self.client.post(&self.url), |request, (name, value)| request.header(name, value));
        let answer = request.body(post.body).send().await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.headers().contains_key("www-authenticate"), status == REJECTED, "only a 401 has a challenge");
        assert_eq!(answer.headers().contains_key("retry-after"), status == UNAVAILABLE, "only a 503 has Retry-After");
        drop(answer.bytes().await);
        status
    }

    /// All clients send every kind of token. Returns after the last response.
    async fn send_all(&self, phase: &'static str, kinds: &[Kind]) {
        let clients = (0..CLIENTS).map(|_| {
            let (target, kinds) = (self.clone(), kinds.to_vec());
            tokio::spawn(async move {
                for kind in (0..ROUNDS).flat_map(|_| &kinds) {
                    let status = target.call(&(kind.token)()).await;
                    assert!(kind.allowed.contains(&status), "{phase}: {} gets {status}", kind.case);
                    *target.counts.lock().unwrap().entry((phase, kind.case, status)).or_default() += 1;
                    target.answered.fetch_add(1, Ordering::SeqCst);
                }
            })
        });
        for client in futures::future::join_all(clients).await {
            client.unwrap();
        }
    }

    /// Sends all tokens, and calls `happens` `times` times, evenly distributed over the requests.
    async fn send_all_while(&self, phase: &'static str, kinds: &[Kind], times: usize, mut happens: impl FnMut(usize)) {
        let between = CLIENTS * ROUNDS * kinds.len() / (times + 1);
        let start = self.answered.load(Ordering::SeqCst);
        let changes = async {
            for time in 0..times {
                while self.answered.load(Ordering::SeqCst) < start + between * (time + 1) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                happens(time);
            }
        };
        futures::future::join(self.send_all(phase, kinds), changes).await;
    }
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn key_changes_never_cause_wrong_decisions() {
    let issuer = Arc::new(DevAuthServer::builder().start().await.unwrap());
    // Fetches of unknown key IDs are not limited, so that the response depends only on the issuer.
    let jwt = Issuer::jwt(issuer.issuer()).refresh_cool_down(Duration::ZERO);
    let server = builder_with(jwt).tools(Fixture::default()).build().await.unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target {
        url: format!("http://{}/mcp", listener.local_addr().unwrap()),
        client: reqwest::Client::builder().no_proxy().build().unwrap(),
        answered: Arc::default(),
        counts: Arc::default(),
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(server.serve_until(listener, async move {
        let _ = stopped.await;
    }));

    let by = {
        let name = issuer.issuer().to_owned();
        move |key: &SigningKey| -> TokenBuilder { key.token(&name).audience(RESOURCE).scope("todo:read") }
    };
    let good = |case, key: &SigningKey, allowed| {
        let (by, key) = (by.clone(), key.clone());
        kind(case, allowed, move || by(&key).sign())
    };
    // Each token breaks one rule, and its key ID is known to the server.
    let bad = |key: &SigningKey| {
        let mallory = SigningKey::generate(SigningAlgorithm::Es256);
        let (forging, expired, elsewhere) = (by.clone(), by.clone(), by.clone());
        let (kid, key, other) = (key.kid().to_owned(), key.clone(), key.clone());
        [
            kind("forged", &[REJECTED], move || forging(&mallory).header("kid", kid.clone()).sign()),
            kind("expired", &[REJECTED], move || expired(&key).claim("exp", unix_now() - 60).sign()),
            kind("for another server", &[REJECTED], move || {
                elsewhere(&other).audience("https://other.example.com/mcp").sign()
            }),
        ]
    };
    let with = |kinds: Vec<Kind>, key: &SigningKey| -> Vec<Kind> { kinds.into_iter().chain(bad(key)).collect() };

    let first = issuer.current_key();
    target.send_all("1 one key", &with(vec![good("of the first key", &first, &[ACCEPTED])], &first)).await;

    issuer.add_key();
    let second = issuer.current_key();
    let both = vec![good("of the first key", &first, &[ACCEPTED]), good("of the second key", &second, &[ACCEPTED])];
    target.send_all("2 a second key is added", &with(both, &second)).await;

    issuer.retire_key(first.kid());
    let asks_the_issuer = by(&second).header("kid", "made-up").sign();
    assert_eq!(target.call(&asks_the_issuer).await, REJECTED, "the withdrawal is effective");
    let rotated =
        vec![good("of the withdrawn key", &first, &[REJECTED]), good("of the second key", &second, &[ACCEPTED])];
    target.send_all("3 the first key is withdrawn", &with(rotated, &second)).await;

    issuer.set_outage(true);
    issuer.add_key();
    let third = issuer.current_key();
    let down = vec![
        good("of the second key", &second, &[ACCEPTED]),
        good("of the third key", &third, &[UNAVAILABLE]),
        good("of the withdrawn key", &first, &[UNAVAILABLE]),
    ];
    target.send_all("4 the issuer is down", &with(down, &second)).await;

    issuer.set_outage(false);
    let back = vec![
        good("of the second key", &second, &[ACCEPTED]),
        good("of the third key", &third, &[ACCEPTED]),
        good("of the withdrawn key", &first, &[REJECTED]),
    ];
    target.send_all("5 the issuer is back", &with(back, &third)).await;

    // From here on, keys change during the requests: a token is signed by the newest key at that time.
    let newest = |allowed| {
        let (by, issuer) = (by.clone(), Arc::clone(&issuer));
        kind("of the newest key", allowed, move || by(&issuer.current_key()).sign())
    };
    let kinds = with(vec![newest(&[ACCEPTED]), good("of the third key", &third, &[ACCEPTED])], &third);
    target.send_all_while("6 frequent new keys", &kinds, 20, |_| issuer.add_key()).await;

    let flapping = vec![
        newest(&[ACCEPTED, UNAVAILABLE]),
        good("of the third key", &third, &[ACCEPTED]),
        good("of the withdrawn key", &first, &[REJECTED, UNAVAILABLE]),
    ];
    let change = |time: usize| {
        issuer.set_outage(time.is_multiple_of(2));
        issuer.add_key();
    };
    target.send_all_while("7 new keys and outages", &with(flapping, &third), 20, change).await;

    issuer.set_outage(false);
    let after = vec![newest(&[ACCEPTED]), good("of the withdrawn key", &first, &[REJECTED])];
    target.send_all("8 the issuer is up again", &with(after, &third)).await;

    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    let counts = target.counts.lock().unwrap();
    for ((phase, case, status), count) in counts.iter() {
        println!("{phase:<26} {case:<22} {status} {count:>5}");
    }
    println!("{} requests, {} fetches of the keys", counts.values().sum::<usize>(), issuer.jwks_fetches());
    assert_eq!(counts.values().sum::<usize>(), CLIENTS * ROUNDS * 42);
}
