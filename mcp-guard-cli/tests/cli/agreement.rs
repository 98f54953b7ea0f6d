//! A rehearsal lists the calls that report-only mode records.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use mcp_guard::LocalServer;
use mcp_guard::layer::ScopeMatrix;
use mcp_guard::policy::Enforcement;
use mcp_guard::prelude::*;
use mcp_guard::record::Decisions;
use mcp_guard::token::TokenParts;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::support::{file, run};

/// The tools before a change of their requirements.
struct Old;

#[guarded_tools]
impl Old {
    #[guarded_tool(scope = "read")]
    fn list(&self) {}

    #[guarded_tool(scope = "write")]
    fn create(&self) {}

    #[guarded_tool(any_of = ["write", "audit"])]
    fn review(&self) {}

    #[guarded_tool(authenticated)]
    fn who(&self) {}

    #[guarded_tool(scope = "share")]
    fn share(&self) {}
}

/// The tools after the change.
struct New;

#[guarded_tools]
impl New {
    #[guarded_tool(scope = "read")]
    fn list(&self) {}

    #[guarded_tool(scopes = ["write", "create"])]
    fn create(&self) {}

    #[guarded_tool(scope = "audit")]
    fn review(&self) {}

    #[guarded_tool(scope = "profile")]
    fn who(&self) {}

    #[guarded_tool(scope = "read")]
    fn share(&self) {}
}

const CALLERS: [(&str, &str); 5] = [
    ("reader", "base read"),
    ("writer", "base read write"),
    ("creator", "base create write"),
    ("auditor", "audit base profile"),
    ("admin", "admin"),
];

/// The number of calls by client, and by tool with its missing scopes.
type Calls = BTreeMap<(String, String), u64>;

/// Calls every tool with every token, and returns the logs of the server and its matrix.
async fn recorded<S: GuardedServer>(
    server: fn() -> S,
    enforcement: Enforcement,
    folder: &str,
) -> (Vec<String>, ScopeMatrix) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("the folder is writable");
    let mut logs = Vec::new();
    let mut matrix = None;
    for (client, scopes) in CALLERS {
        let log = folder.join(client);
        let token = ValidatedToken::new(TokenParts {
            subject: "alice".to_owned(),
            client_id: Some(client.to_owned()),
            issuer: "urn:local".to_owned(),
            scopes: scopes.parse().expect("the scopes are valid"),
            ..TokenParts::default()
        });
        let mut builder = LocalServer::builder(server(), Some(token)).baseline([Scope::from_static("base")]);
        for implied in ["base", "read", "write", "create", "audit"] {
            builder = builder.scope_implies(Scope::from_static("admin"), Scope::from_static(implied));
        }
        let decisions = Decisions::new().log_file(&log);
        let server = builder.enforcement(enforcement).decisions(decisions).build().expect("the server is valid");
        matrix = Some(server.scope_matrix());
        let handle = server.decisions();
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let serving =
            tokio::spawn(async move { server.serve(theirs).await.expect("the client initializes").waiting().await });
        call_every_tool(ours).await;
        let _ = serving.await;
        handle.stop().await;
        logs.push(log.to_str().expect("the path is text").to_owned());
    }
    (logs, matrix.expect("there are callers"))
}

/// Calls each tool once for each letter of its name.
async fn call_every_tool(stream: tokio::io::DuplexStream) {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut answers = BufReader::new(reader).lines();
    let initialize =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let mut requests = vec![
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": initialize}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
    ];
    for tool in ["list", "create", "review", "who", "share"] {
        let call = json!({"jsonrpc": "2.0", "id": tool, "method": "tools/call", "params": {"name": tool}});
        requests.extend(vec![call; tool.len()]);
    }
    for request in requests {
        writer.write_all(format!("{request}\n").as_bytes()).await.expect("the server reads");
        if request.get("id").is_some() {
            answers.next_line().await.expect("the server answers").expect("the server answers");
        }
    }
}

/// Returns the calls in these logs with this outcome.
fn calls(logs: &[String], outcome: &str) -> Calls {
    let mut calls = Calls::new();
    for log in logs {
        for line in fs::read_to_string(log).expect("the log is text").lines() {
            let record: Value = serde_json::from_str(line).expect("a record is JSON");
            if record["outcome"] == outcome && record["kind"] == "tool" {
                *calls.entry(key(&record)).or_default() += 1;
            }
        }
    }
    calls
}

fn key(call: &Value) -> (String, String) {
    let text = |member: &str| call[member].as_str().expect("a text").to_owned();
    (text("client"), format!("{} {}", text("operation"), call["missing"]))
}

/// Returns the number of calls by client and tool, without the missing scopes.
fn tools(calls: &Calls) -> Calls {
    let tool = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
    calls.iter().map(|((client, name), count)| ((client.clone(), tool(name)), *count)).collect()
}

/// Returns the calls that are in both.
fn common(one: &Calls, other: &Calls) -> Calls {
    one.iter().filter(|(key, _)| other.contains_key(*key)).map(|(key, count)| (key.clone(), *count)).collect()
}

/// Rehearses the new matrix on the log of the old one, and compares with the log of the new one in report-only mode.
#[tokio::test]
async fn report_only_and_rehearsal_list_the_same_calls() {
    let (old, _) = recorded(|| Old, Enforcement::Enforced, "agreement-old").await;
    let (new, matrix) = recorded(|| New, Enforcement::ReportOnly, "agreement-new").await;
    let matrix = file("agreement.json", matrix.to_json());
    let rehearsed = run(["rehearse", "--json", "--matrix", &matrix].into_iter().chain(old.iter().map(String::as_str)));
    assert_eq!(rehearsed.status, 1, "{}", rehearsed.stderr);
    let report = rehearsed.json();
    let listed = |part: &str| -> Calls {
        let groups = report[part]["groups"].as_array().expect("a list").iter();
        groups.map(|group| (key(group), group["calls"].as_u64().expect("a number"))).collect()
    };

    let (was_allowed, was_refused) = (tools(&calls(&old, "allowed")), tools(&calls(&old, "refused")));
    let (is_allowed, is_reported) = (calls(&new, "allowed"), calls(&new, "would_be_refused"));
    // Report-only mode also reports the calls that the old matrix refused.
    let newly_reported: Calls = is_reported
        .iter()
        .filter(|&(call, count)| {
            was_allowed.contains_key(tools(&[(call.clone(), *count)].into()).keys().next().expect("one"))
        })
        .map(|(call, count)| (call.clone(), *count))
        .collect();
    assert_eq!(listed("would_be_refused"), newly_reported);
    assert_eq!(tools(&listed("would_pass")), common(&was_refused, &tools(&is_allowed)));
    let still_refused = common(&was_refused, &tools(&is_reported));
    assert_eq!(report["still_refused"].as_u64(), Some(still_refused.values().sum()));
    assert!(
        [&newly_reported, &still_refused, &listed("would_pass")].iter().all(|calls| calls.len() >= 2),
        "{report:#}"
    );
}
