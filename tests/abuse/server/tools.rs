//! Misbehaving operations, and operations for the attacks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mcp_guard::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The scope of every operation.
pub(crate) const SCOPE: &str = "abuse";

/// The run counters of a tool.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    under_way: AtomicU64,
    finished: AtomicU64,
    dropped: AtomicU64,
}

/// An active run. Dropping it before [`finish`](Self::finish) counts it as dropped.
struct Run<'a> {
    counts: &'a Counts,
    finished: bool,
}

impl Runs {
    /// Returns the numbers of active, finished and dropped runs.
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
        (read(&self.0.under_way), read(&self.0.finished), read(&self.0.dropped))
    }

    fn begin(&self) -> Run<'_> {
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
        Run { counts: &self.0, finished: false }
    }
}

impl Run<'_> {
    fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        let count = if self.finished { &self.counts.finished } else { &self.counts.dropped };
        count.fetch_add(1, Ordering::SeqCst);
        self.counts.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The target of the attacks.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    runs: Runs,
}

impl Target {
    pub(crate) const fn new(runs: Runs) -> Self {
        Self { runs }
    }
}

#[derive(Deserialize, JsonSchema)]
struct Delay {
    milliseconds: u64,
}

#[derive(Deserialize, JsonSchema)]
struct Size {
    bytes: usize,
}

/// The maximum answer size that an attack may request.
const MAX_ANSWER: usize = 1024 * 1024;

#[guarded_tools]
impl Target {
    /// Answers immediately, with any arguments.
    #[guarded_tool(scope = "abuse")]
    fn echo(&self, Parameters(arguments): Parameters<Map<String, Value>>) -> String {
        format!("{} arguments", arguments.len())
    }

    /// Answers with a text of this size.
    #[guarded_tool(scope = "abuse")]
    fn large(&self, Parameters(size): Parameters<Size>) -> String {
        "x".repeat(size.bytes.min(MAX_ANSWER))
    }

    /// Answers after a delay; counted.
    #[guarded_tool(scope = "abuse")]
    async fn slow(&self, Parameters(delay): Parameters<Delay>) -> String {
        let run = self.runs.begin();
        tokio::time::sleep(Duration::from_millis(delay.milliseconds)).await;
        run.finish();
        "done".to_owned()
    }

    /// Never answers; counted.
    #[guarded_tool(scope = "abuse")]
    async fn never(&self) -> String {
        let run = self.runs.begin();
        std::future::pending::<()>().await;
        run.finish();
        "impossible".to_owned()
    }

    /// Panics.
    #[guarded_tool(scope = "abuse")]
    async fn panic(&self) -> String {
        panic!("a tool that panics")
    }

    /// Panics.
    #[guarded_prompt(scope = "abuse")]
    async fn panic_prompt(&self) -> String {
        panic!("a prompt that panics")
    }

    /// Panics.
    #[guarded_resource(uri = "abuse://panic", scope = "abuse")]
    async fn panic_resource(&self) -> String {
        panic!("a resource that panics")
    }
}
