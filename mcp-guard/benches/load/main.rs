//! Compares whole requests over sockets, with and without mcp-guard, in the same run.
//!
//! `cargo bench -p mcp-guard --bench load`, or with a part of a row name: `.. --bench load -- guarded`. With
//! `--instructions`, counts instructions with valgrind, which other load on the machine does not change. With
//! `--memory`, reads the resident memory at rest and after load. With `--features prometheus`, there are rows with metrics.
//!
//! Each server runs on one thread, and its connections run on another. Only the ratios are meaningful. They compare
//! requests per second with another row: usually with rmcp alone, with its router built once, stateless, with JSON
//! responses. The rounds are interleaved, and each figure is the median of its rounds. The processor time is that of the
//! server's thread, for one request, and includes the kernel's.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should panic")]

#[path = "by_hand.rs"]
mod by_hand;
#[path = "client.rs"]
mod client;
#[path = "instructions.rs"]
mod instructions;
#[path = "memory.rs"]
mod memory;
#[path = "process.rs"]
mod process;
#[path = "servers.rs"]
mod servers;

use std::net::SocketAddr;
use std::time::Duration;

use mcp_guard_dev::{DevAuthServer, SigningAlgorithm};
use serde_json::{Value, json};

use self::client::Load;
use self::servers::{Running, Variant};

const ROUNDS: usize = 5;
const SECONDS: f64 = 1.0;
const BARE: &str = "rmcp alone, router built once";

/// A row of the printed table.
#[derive(Clone)]
struct Row {
    name: &'static str,
    /// The name of the row that is `1.00`.
    base: &'static str,
    variant: Variant,
    version: &'static str,
    request: (&'static str, Value),
    token: bool,
    session: bool,
    connections: usize,
    expected: u16,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for version in ["2025-11-25", "2026-07-28"] {
        let call = |name, variant| Row {
            name,
            base: BARE,
            variant,
            version,
            request: ("tools/call", json!({"name": "list_todos", "arguments": {}})),
            token: true,
            session: false,
            connections: 32,
            expected: 200,
        };
        let list = |name, variant| Row {
            base: "list of 50 tools, rmcp alone",
            request: ("tools/list", json!({})),
            ..call(name, variant)
        };
        let create = ("tools/call", json!({"name": "create_todo", "arguments": {}}));
        let by_argument = ("tools/call", json!({"name": "list_of", "arguments": {"project": "read"}}));
        rows.extend([
            call(BARE, Variant::Bare),
            call("rmcp alone, as documented", Variant::Documented),
            call("rmcp alone, as documented, 50 tools", Variant::Documented50),
            call("written by hand, cached token", Variant::ByHand),
            call("guarded", Variant::Guarded),
            call("guarded, 50 tools", Variant::Guarded50),
            call("guarded, decision log", Variant::Recorded),
            #[cfg(feature = "prometheus")]
            call("guarded, metrics", Variant::Metrics),
            call("guarded, spans", Variant::Spans),
            call("guarded, without rate limits", Variant::Unlimited),
            call("guarded, rate limits of callers", Variant::Limited),
            call("guarded, not direct", Variant::NotDirect),
            Row { request: by_argument, ..call("guarded, scopes by argument", Variant::Guarded) },
            call("written by hand, every token verified", Variant::ByHandUncached),
            call("guarded, every token verified", Variant::Uncached),
            Row {
                base: "one connection, rmcp alone",
                connections: 1,
                ..call("one connection, rmcp alone", Variant::Bare)
            },
            Row {
                base: "one connection, rmcp alone",
                connections: 1,
                ..call("one connection, guarded", Variant::Guarded)
            },
            list("list of 50 tools, rmcp alone", Variant::Bare50),
            list("list of 50 tools, written by hand", Variant::ByHand),
            list("list of 50 tools, guarded", Variant::Guarded50),
            Row { token: false, expected: 401, ..call("401", Variant::Guarded) },
            Row {
                base: "403 written by hand",
                request: create.clone(),
                expected: 403,
                ..call("403 written by hand", Variant::ByHand)
            },
            Row { base: "403 written by hand", request: create, expected: 403, ..call("403", Variant::Guarded) },
        ]);
        if version < "2026-07-28" {
            let base = "in a session, rmcp alone";
            rows.extend([
                Row { base, session: true, ..call(base, Variant::BareSessions) },
                Row { base, session: true, ..call("in a session, guarded", Variant::Sessions) },
            ]);
        }
    }
    rows
}

impl Row {
    /// Returns the load of this row on the server at `address`.
    fn load(&self, address: SocketAddr, issuer: &DevAuthServer) -> Load {
        let bearer = format!("Bearer {}", issuer.token().audience(servers::url(address)).scope("todo:read").sign());
        let mut headers = vec![];
        if self.token {
            headers.push(("Authorization", bearer.as_str()));
        }
        let session = self.session.then(|| client::open_session(address, self.version, &headers));
        headers.extend(session.as_ref().map(|id| ("Mcp-Session-Id", id.as_str())));
        let (method, params) = &self.request;
        let request = |id| client::request(address, id, self.version, method, params.clone(), &headers);
        Load { address, requests: (1..=self.connections).map(request).collect(), expected: self.expected }
    }
}

/// The measurements of a row.
#[derive(Default)]
struct Measured {
    /// Responses per second, in each round.
    rates: Vec<f64>,
    /// The processor time of one request, in microseconds.
    micros: Vec<f64>,
}

fn main() {
    if process::serve_if_asked(&rows()) {
        return;
    }
    // `cargo test --benches` only checks that the benchmark runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let (rounds, seconds) = if quick { (1, 0.05) } else { (ROUNDS, SECONDS) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let issuer = runtime.block_on(DevAuthServer::builder().algorithm(SigningAlgorithm::Rs256).start()).unwrap();

    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let all = rows();
    let is_chosen = |row: &&Row| row.name.contains(&filter);
    let is_base = |row: &Row| all.iter().filter(is_chosen).any(|chosen| chosen.base == row.name);
    let rows: Vec<Row> = all.iter().filter(|row| is_chosen(row) || is_base(row)).cloned().collect();
    if std::env::args().any(|argument| argument == "--instructions") {
        return instructions::print(&rows, &issuer);
    }
    if std::env::args().any(|argument| argument == "--memory") {
        return memory::print(&rows, &issuer);
    }
    let mut servers: Vec<(Variant, Running)> = Vec::new();
    for row in &rows {
        if servers.iter().all(|(variant, _)| *variant != row.variant) {
            servers.push((row.variant, servers::start(row.variant, issuer.issuer())));
        }
    }
    let mut measured: Vec<Measured> = rows.iter().map(|_| Measured::default()).collect();
    let loads: Vec<(Load, &Running)> = rows
        .iter()
        .map(|row| {
            let (_, server) = servers.iter().find(|(variant, _)| *variant == row.variant).unwrap();
            let load = row.load(server.address, &issuer);
            // Warms up the caches, and checks the response.
            load.responses(Duration::from_millis(20));
            (load, server)
        })
        .collect();
    for _ in 0..rounds {
        for ((load, server), measured) in loads.iter().zip(&mut measured) {
            let before = server.processor_time();
            let responses = f64::from(load.responses(Duration::from_secs_f64(seconds)));
            let used = server.processor_time() - before;
            measured.rates.push(responses / seconds);
            measured.micros.push(used.as_secs_f64() * 1e6 / responses.max(1.0));
        }
    }

    println!("| server | revision | status | requests/s, as a ratio | processor time, as a ratio | µs here | of |");
    println!("|---|---|---|---|---|---|---|");
    for (row, figures) in rows.iter().zip(&measured) {
        let base = rows.iter().position(|base| base.name == row.base && base.version == row.version).unwrap();
        // Compares each round with the same round of the base, so that other load on the machine affects both.
        let ratio = |of: fn(&Measured) -> &Vec<f64>| {
            let ratios: Vec<f64> = of(figures).iter().zip(of(&measured[base])).map(|(one, base)| one / base).collect();
            median(&ratios)
        };
        println!(
            "| {} | {} | {} | {:.2} | {:.2} | {:.1} | {} |",
            row.name,
            row.version,
            row.expected,
            ratio(|measured| &measured.rates),
            ratio(|measured| &measured.micros),
            median(&figures.micros),
            row.base
        );
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
