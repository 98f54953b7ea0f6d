//! The messages between the abuse server and the attacker: one line at the start, and the reports of the control listener.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Deserialize;
use serde::Serialize;

/// The line that the server prints once it listens.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Announcement {
    /// The address of the guarded server.
    pub mcp: SocketAddr,
    /// The address of the control listener.
    pub control: SocketAddr,
    /// Access tokens by the name of their principal, or by their fault.
    pub tokens: BTreeMap<String, String>,
    /// The bounds that the server is configured with.
    pub bounds: Bounds,
    /// The id of the process. On SIGUSR1 it returns unused memory to the system.
    pub process: u32,
}

impl Announcement {
    /// Creates an announcement.
    #[must_use]
    pub fn new(mcp: SocketAddr, control: SocketAddr, tokens: BTreeMap<String, String>, bounds: Bounds) -> Self {
        Self { mcp, control, tokens, bounds, process: std::process::id() }
    }
}

/// How long the server tolerates a client, in seconds, and how many sessions it keeps. The attacker waits as long, and a margin.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the server builds it")]
pub struct Bounds {
    /// Until a request is given up whose head or body does not arrive.
    pub request: u64,
    /// Until an idle connection is closed.
    pub idle: u64,
    /// Until a connection is closed whose client does not read.
    pub write: u64,
    /// Until the streams and calls of a revoked token end.
    pub revocation: u64,
    /// The most sessions at once.
    pub sessions: usize,
}

/// A report of the control listener.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the server builds it")]
pub struct Status {
    /// Bytes that are allocated and not freed.
    pub live_bytes: u64,
    /// `VmRSS`, in KiB.
    pub rss_kib: u64,
    /// `VmSize`, in KiB: the figure that `ulimit -v` limits.
    pub size_kib: u64,
    /// Open descriptors, without those of the control listener and of the development issuer.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
    /// Runs of counted tools that are under way.
    pub under_way: u64,
    /// Runs of counted tools that ran to their end.
    pub finished: u64,
    /// Runs of counted tools that were dropped before their end.
    pub dropped: u64,
}
