//! The messages between the abuse server and the attacker: one line at the start, and the reports of the control
//! listener.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// The line that the server prints when it listens.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Announcement {
    /// The address of the guarded server.
    pub mcp: SocketAddr,
    /// The address of the control listener.
    pub control: SocketAddr,
    /// Access tokens, by their principal or their fault.
    pub tokens: BTreeMap<String, String>,
    /// The limits of the server.
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

/// The server's limits: how long it tolerates a client, in seconds, and how many sessions it keeps. The attacker waits
/// equally long, plus a margin.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the server builds it")]
pub struct Bounds {
    /// Time until the server gives up a request with an incomplete head or body.
    pub request: u64,
    /// Time until the server closes an idle connection.
    pub idle: u64,
    /// Time until the server closes a connection whose client does not read.
    pub write: u64,
    /// Time until the streams and calls of a revoked token end.
    pub revocation: u64,
    /// The maximum number of sessions.
    pub sessions: usize,
}

/// A report of the control listener.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the server builds it")]
pub struct Status {
    /// Allocated bytes that are not freed.
    pub live_bytes: u64,
    /// `VmRSS`, in KiB.
    pub rss_kib: u64,
    /// `VmSize`, in KiB, which `ulimit -v` limits.
    pub size_kib: u64,
    /// Open descriptors, without those of the control listener and of the development issuer.
    pub descriptors: u64,
    /// The number of threads.
    pub threads: u64,
    /// Active runs of counted tools.
    pub under_way: u64,
    /// Completed runs of counted tools.
    pub finished: u64,
    /// Runs of counted tools that were dropped before completion.
    pub dropped: u64,
}
