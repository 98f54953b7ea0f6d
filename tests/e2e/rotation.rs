//! The issuer changes its keys, goes down and comes back, while clients call.
//!
//! What must hold whatever happens: a good token is never answered with `401`, a bad one never with `200`. `503` says that nobody can tell.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use mcp_guard::Issuer;
use mcp_guard_dev::DevAuthServer;
use mcp_guard_dev::SigningAlgorithm;
use mcp_guard_dev::SigningKey;
use mcp_guard_dev::TokenBuilder;

use crate::support::Fixture;
use crate::support::RESOURCE;
use crate::support::builder_with;
use crate::support::call;

const CLIENTS: usize = 8;
/// How often each client sends each kind of token in each phase.
const ROUNDS: usize = 25;

const ACCEPTED: u16 = 200;
const REFUSED: u16 = 401;
const UNKNOWABLE: u16 = 503;

/// A kind of token, how one is made, and which answers it may have.
#[derive(Clone)]
struct Kind {
    what: &'static str,
    token: Arc<dyn Fn() -> String + Send + Sync>,
    allowed: &'static [u16],
}

fn kind(what: &'static str, allowed: &'static [u16], token: impl Fn() -> String + Send + Sync + 'static) -> Kind {
    Kind { what, token: Arc::new(token), allowed }
}

/// By phase, kind and status.
type Counts = BTreeMap<(&'static str, &'static str, u16), usize>;

/// A guarded server behind a socket, and what it answered so far.
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
        assert_eq!(
            answer.headers().contains_key("www-authenticate"),
            status == REFUSED,
            "a challenge belongs to a 401"
        );
        assert_eq!(answer.headers().contains_key("retry-after"), status == UNKNOWABLE, "and a time to a 503");
        drop(answer.bytes().await);
        status
    }

    /// All clients send every kind of token, one after the other; ends when the last has its last answer.
    async fn storm(&self, phase: &'static str, kinds: &[Kind]) {
        let clients = (0..CLIENTS).map(|_| {
            let (target, kinds) = (self.clone(), kinds.to_vec());
            tokio::spawn(async move {
                for kind in (0..ROUNDS).flat_map(|_| &kinds) {
                    let status = target.call(&(kind.token)()).await;
                    assert!(kind.allowed.contains(&status), "{phase}: {} gets {status}", kind.what);
                    *target.counts.lock().unwrap().entry((phase, kind.what, status)).or_default() += 1;
                    target.answered.fetch_add(1, Ordering::SeqCst);
                }
            })
        });
        for client in futures::future::join_all(clients).await {
            client.unwrap();
        }
    }

    /// A storm during which something happens again and again, `times` in all, evenly spread over the requests.
    async fn storm_while(&self, phase: &'static str, kinds: &[Kind], times: usize, mut happens: impl FnMut(usize)) {
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
        futures::future::join(self.storm(phase, kinds), changes).await;
    }
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_good_token_is_refused_and_no_bad_one_accepted_whatever_the_issuer_does() {
    let issuer = Arc::new(DevAuthServer::builder().start().await.unwrap());
    // Every unknown `kid` may be asked about, so that an answer depends on nothing but the issuer.
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
    let good = |what, key: &SigningKey, allowed| {
        let (by, key) = (by.clone(), key.clone());
        kind(what, allowed, move || by(&key).sign())
    };
    // Each breaks one rule, and names a key that the server knows.
    let bad = |key: &SigningKey| {
        let mallory = SigningKey::generate(SigningAlgorithm::Es256);
        let (forging, expired, elsewhere) = (by.clone(), by.clone(), by.clone());
        let (kid, key, other) = (key.kid().to_owned(), key.clone(), key.clone());
        [
            kind("forged", &[REFUSED], move || forging(&mallory).header("kid", kid.clone()).sign()),
            kind("expired", &[REFUSED], move || expired(&key).claim("exp", unix_now() - 60).sign()),
            kind("for another server", &[REFUSED], move || {
                elsewhere(&other).audience("https://other.example.com/mcp").sign()
            }),
        ]
    };
    let with = |kinds: Vec<Kind>, key: &SigningKey| -> Vec<Kind> { kinds.into_iter().chain(bad(key)).collect() };

    let first = issuer.current_key();
    target.storm("1 one key", &with(vec![good("of the first key", &first, &[ACCEPTED])], &first)).await;

    issuer.add_key();
    let second = issuer.current_key();
    let both = vec![good("of the first key", &first, &[ACCEPTED]), good("of the second key", &second, &[ACCEPTED])];
    target.storm("2 a second key beside it", &with(both, &second)).await;

    issuer.retire_key(first.kid());
    let asks_the_issuer = by(&second).header("kid", "made-up").sign();
    assert_eq!(target.call(&asks_the_issuer).await, REFUSED, "the withdrawal is seen");
    let rotated =
        vec![good("of the withdrawn key", &first, &[REFUSED]), good("of the second key", &second, &[ACCEPTED])];
    target.storm("3 the first is withdrawn", &with(rotated, &second)).await;

    issuer.set_outage(true);
    issuer.add_key();
    let third = issuer.current_key();
    let down = vec![
        good("of the second key", &second, &[ACCEPTED]),
        good("of the third key", &third, &[UNKNOWABLE]),
        good("of the withdrawn key", &first, &[UNKNOWABLE]),
    ];
    target.storm("4 the issuer is down", &with(down, &second)).await;

    issuer.set_outage(false);
    let back = vec![
        good("of the second key", &second, &[ACCEPTED]),
        good("of the third key", &third, &[ACCEPTED]),
        good("of the withdrawn key", &first, &[REFUSED]),
    ];
    target.storm("5 the issuer is back", &with(back, &third)).await;

    // From here on it changes while the clients call: a token is signed by whatever key is the newest just then.
    let newest = |allowed| {
        let (by, issuer) = (by.clone(), Arc::clone(&issuer));
        kind("of the newest key", allowed, move || by(&issuer.current_key()).sign())
    };
    let kinds = with(vec![newest(&[ACCEPTED]), good("of the third key", &third, &[ACCEPTED])], &third);
    target.storm_while("6 a new key every moment", &kinds, 20, |_| issuer.add_key()).await;

    let flapping = vec![
        newest(&[ACCEPTED, UNKNOWABLE]),
        good("of the third key", &third, &[ACCEPTED]),
        good("of the withdrawn key", &first, &[REFUSED, UNKNOWABLE]),
    ];
    let change = |time: usize| {
        issuer.set_outage(time.is_multiple_of(2));
        issuer.add_key();
    };
    target.storm_while("7 new keys, up and down", &with(flapping, &third), 20, change).await;

    issuer.set_outage(false);
    let after = vec![newest(&[ACCEPTED]), good("of the withdrawn key", &first, &[REFUSED])];
    target.storm("8 and up again", &with(after, &third)).await;

    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    let counts = target.counts.lock().unwrap();
    for ((phase, what, status), count) in counts.iter() {
        println!("{phase:<26} {what:<22} {status} {count:>5}");
    }
    println!("{} requests, {} fetches of the keys", counts.values().sum::<usize>(), issuer.jwks_fetches());
    assert_eq!(counts.values().sum::<usize>(), CLIENTS * ROUNDS * 42);
}
