//! Compares whole requests over sockets, with and without mcp-guard, in the same run.
//!
//! `cargo bench -p mcp-guard --bench load`, or with a part of a row name: `.. --bench load -- guarded`
//!
//! The server runs on one thread, and 32 keep-alive connections run on another. Only the ratios are meaningful: `1.00`
//! is rmcp alone, with its router built once, stateless, with JSON responses. The rounds are interleaved, and each row
//! is the median of its rounds.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should panic")]

#[path = "client.rs"]
mod client;
#[path = "servers.rs"]
mod servers;

use std::time::Duration;

use mcp_guard_dev::{DevAuthServer, SigningAlgorithm};

use self::client::Load;
use self::servers::{Running, Variant};

const ROUNDS: usize = 5;
const SECONDS: f64 = 1.5;

/// A row of the printed table.
struct Row {
    name: &'static str,
    variant: Variant,
    version: &'static str,
    tool: &'static str,
    token: Token,
    expected: u16,
}

#[derive(Clone, Copy)]
enum Token {
    None,
    Read,
}

fn rows() -> Vec<Row> {
    let row = |name, variant, version, tool, token, expected| Row { name, variant, version, tool, token, expected };
    let mut rows = Vec::new();
    for version in ["2025-11-25", "2026-07-28"] {
        rows.extend([
            row("rmcp alone, router built once", Variant::Bare, version, "list_todos", Token::Read, 200),
            row("rmcp alone, as documented", Variant::Documented, version, "list_todos", Token::Read, 200),
            row("rmcp alone, as documented, 50 tools", Variant::Documented50, version, "list_todos", Token::Read, 200),
            row("guarded", Variant::Guarded, version, "list_todos", Token::Read, 200),
            row("guarded, 50 tools", Variant::Guarded50, version, "list_todos", Token::Read, 200),
            row("guarded, every token verified", Variant::Uncached, version, "list_todos", Token::Read, 200),
            row("401", Variant::Guarded, version, "list_todos", Token::None, 401),
            row("403", Variant::Guarded, version, "create_todo", Token::Read, 403),
        ]);
    }
    rows
}

fn main() {
    // `cargo test --benches` only checks that the benchmark runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let (rounds, seconds) = if quick { (1, 0.05) } else { (ROUNDS, SECONDS) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let issuer = runtime.block_on(DevAuthServer::builder().algorithm(SigningAlgorithm::Rs256).start()).unwrap();

    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let rows: Vec<Row> =
        rows().into_iter().filter(|row| row.variant == Variant::Bare || row.name.contains(&filter)).collect();
    let servers: Vec<(Variant, Running)> =
        Variant::ALL.iter().map(|variant| (*variant, servers::start(*variant, issuer.issuer()))).collect();
    let mut rates = vec![Vec::new(); rows.len()];
    for _ in 0..rounds {
        for (row, rates) in rows.iter().zip(&mut rates) {
            let (_, server) = servers.iter().find(|(variant, _)| *variant == row.variant).unwrap();
            let token = match row.token {
                Token::None => None,
                Token::Read => Some(issuer.token().audience(server.url()).scope("todo:read").sign()),
            };
            let load = Load {
                address: server.address,
                request: client::call(server.address, row.version, row.tool, token.as_deref()),
                expected: row.expected,
            };
            rates.push(load.rate(Duration::from_secs_f64(seconds)));
        }
    }

    let median = |rates: &[f64]| {
        let mut sorted = rates.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    println!("| server | revision | status | of rmcp alone | requests/s here |\n|---|---|---|---|---|");
    for (row, row_rates) in rows.iter().zip(&rates) {
        let base = rows.iter().position(|base| base.variant == Variant::Bare && base.version == row.version).unwrap();
        // Compares each round with the same round of rmcp alone, so that other load on the machine affects both.
        let ratios: Vec<f64> = row_rates.iter().zip(&rates[base]).map(|(rate, base)| rate / base).collect();
        println!(
            "| {} | {} | {} | {:.2} | {:.0} |",
            row.name,
            row.version,
            row.expected,
            median(&ratios),
            median(row_rates)
        );
    }
}
