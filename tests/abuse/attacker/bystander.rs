//! A well-behaved client during the attacks: one keep-alive connection with a valid token, and a tool call every 20 ms.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{MissedTickBehavior, timeout};

use crate::context::Context;
use crate::http1;
use crate::http1::Connection;
use crate::request::Request;
use crate::tally::Tally;

const INTERVAL: Duration = Duration::from_millis(20);
/// The maximum duration of a request; a slower request counts as failed.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The client, on its own thread, so that the attacks do not delay it more than they delay the server.
pub(crate) struct Bystander {
    stop: Arc<AtomicBool>,
    requests: Arc<Mutex<Requests>>,
    thread: JoinHandle<io::Result<()>>,
}

#[derive(Debug, Default)]
struct Requests {
    answers: Tally,
    latencies: Vec<Duration>,
}

/// The report of the client.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Report {
    pub(crate) answers: Tally,
    p50: f64,
    p99: f64,
    max: f64,
}

impl Report {
    /// Returns p50, p99 and the maximum, in milliseconds.
    pub(crate) fn latencies(&self) -> String {
        format!("{:.1} / {:.1} / {:.0}", self.p50, self.p99, self.max)
    }
}

impl Bystander {
    pub(crate) fn start(context: &Context) -> Self {
        let address = context.server.mcp;
        let request = Request::call("echo", &json!({"text": "hello"})).bearer(context.token("bob")).to_bytes(address);
        let (stop, requests) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Requests>>::default());
        let thread = std::thread::spawn({
            let (stop, requests) = (Arc::clone(&stop), Arc::clone(&requests));
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(call(address, &request, &stop, &requests));
                Ok(())
            }
        });
        Self { stop, requests, thread }
    }

    /// Waits for the first answer, so that the connection is open before the descriptors are counted.
    pub(crate) async fn ready(&self) {
        while self.lock().answers.total() == 0 {
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the client.
    pub(crate) fn stop(self) -> Report {
        self.stop.store(true, Ordering::Relaxed);
        while !self.thread.is_finished() {
            std::thread::sleep(INTERVAL);
        }
        let mut requests = std::mem::take(&mut *self.lock());
        requests.latencies.sort_unstable();
        let at = |share: f64| {
            let last = requests.latencies.len().saturating_sub(1);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index below the length")]
            let index = (last as f64 * share) as usize;
            requests.latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
        };
        Report { p50: at(0.5), p99: at(0.99), max: at(1.0), answers: requests.answers }
    }
}

async fn call(address: SocketAddr, request: &[u8], stop: &AtomicBool, requests: &Mutex<Requests>) {
    let mut connection = None;
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let start = Instant::now();
        let exchange = async {
            let mut open = match connection.take() {
                Some(open) => open,
                None => Connection::open(address).await?,
            };
            let response = open.exchange(request).await?;
            connection = Some(open);
            Ok(response)
        };
        let response = timeout(TIMEOUT, exchange).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.answers.add(http1::outcome(&response));
        requests.latencies.push(start.elapsed());
    }
}
