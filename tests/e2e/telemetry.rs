//! Metrics, with a recorder for each test. Needs the feature `telemetry` of this crate.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use http::{Method, StatusCode};
use mcp_guard::error::ServeError;
use mcp_guard::record::{DecisionSink, Decisions, Record, WhenFull};
use mcp_guard::settings::Observation;
use mcp_guard::{Issuer, Scope};
use mcp_guard_dev::DevAuthServer;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::json;
use tokio::sync::oneshot;

use crate::support::{Fixture, RESOURCE, Server, VERSIONS, builder, call, exchange, raw, request_in};

/// Runs a test on this thread, and returns its metrics: the name with the labels, and the value. A histogram has the
/// number of its samples. The result of the test lives until then.
fn measure<T>(test: impl AsyncFnOnce() -> T) -> BTreeMap<String, f64> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let snapshot = metrics::with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let _kept = test().await;
            snapshotter.snapshot()
        })
    });
    let metrics = snapshot.into_vec().into_iter().map(|(key, _, _, value)| {
        let labels = key.key().labels().map(|label| format!("{}={}", label.key(), label.value()));
        let name = format!("{}{{{}}}", key.key().name(), labels.collect::<Vec<_>>().join(","));
        let value = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(samples) => samples.len() as f64,
        };
        (name, value)
    });
    metrics.collect()
}

/// Returns the metrics with this name, without the prefix of all names.
fn named<'m>(metrics: &'m BTreeMap<String, f64>, name: &str) -> Vec<(&'m str, f64)> {
    let prefix = format!("mcp_guard_{name}{{");
    let found = metrics.iter().filter_map(|(metric, value)| Some((metric.strip_prefix(&prefix)?, *value)));
    found.map(|(labels, value)| (labels.trim_end_matches('}'), value)).collect()
}

#[test]
fn metrics_are_documented() {
    let (source, page) = (include_str!("../../mcp-guard/src/metrics/on.rs"), include_str!("../../docs/metrics.md"));
    let names: Vec<_> = source.split('"').filter(|text| text.starts_with("mcp_guard_")).collect();
    assert_eq!(names.len(), 9, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
    }
}

#[test]
fn decisions_are_counted_by_operation_outcome_and_rule() {
    let metrics = measure(async || {
        let server = Server::start().await.without_reference();
        let token = server.token("todo:read");
        for (tool, status) in [("read", 200), ("read", 200), ("write", 403), ("absent", 200)] {
            assert_eq!(server.call(tool, &token).await.status, status, "{tool}");
        }
        assert_eq!(server.send(call("read").build()).await.status, StatusCode::UNAUTHORIZED);
        let made_up = request_in(VERSIONS[2], "made/up", json!({})).bearer(&token);
        assert_eq!(server.send(made_up.build()).await.status, StatusCode::NOT_FOUND);
    });
    let expected = [
        ("kind=method,operation=unknown,outcome=refused,rule=method_unknown", 1.0),
        ("kind=none,operation=none,outcome=refused,rule=token_missing", 1.0),
        ("kind=tool,operation=read,outcome=allowed,rule=none", 2.0),
        ("kind=tool,operation=unknown,outcome=refused,rule=tool_unknown", 1.0),
        ("kind=tool,operation=write,outcome=refused,rule=scope", 1.0),
    ];
    assert_eq!(named(&metrics, "decisions_total"), expected);
}

#[test]
fn number_of_metrics_is_bounded_whatever_clients_send() {
    const CALLS: usize = 10_000;
    let metrics = measure(async || {
        let server = Server::start().await.without_reference();
        let token = server.token_builder("todo:read").claim("client_id", "client-0").sign();
        let guard = builder(&server.issuer).tools(Fixture::default()).build().await.unwrap().route_guard();
        let any = axum::routing::any(|| async { "[]" });
        let app = axum::Router::new().route("/todos/{id}", any).route_layer(guard.authenticated());
        for at in 0..CALLS {
            let name = format!("tool-{at}");
            match at % 1_000 {
                0 => drop(server.send(request_in(VERSIONS[2], &name, json!({})).bearer(&token).build()).await),
                1 => drop(
                    server
                        .send(request_in(VERSIONS[2], "prompts/get", json!({"name": name})).bearer(&token).build())
                        .await,
                ),
                2 => drop(
                    server
                        .send(request_in(VERSIONS[2], "resources/read", json!({"uri": name})).bearer(&token).build())
                        .await,
                ),
                3 => drop(server.send(call(&name).bearer(&name).build()).await),
                4 => {
                    let method = Method::from_bytes(name.as_bytes()).unwrap();
                    drop(
                        exchange(&app, raw("").method(method).uri(&format!("/todos/{at}")).bearer(&token).build())
                            .await,
                    );
                }
                _ => drop(server.call(&name, &token).await),
            }
        }
    });
    assert!(metrics.values().sum::<f64>() > CALLS as f64);
    let names: Vec<_> = metrics.keys().collect();
    assert!(names.len() < 40, "{names:#?}");
    assert!(!names.iter().any(|name| name.contains("tool-") || name.contains("client-")), "{names:#?}");
}

#[test]
fn routes_are_counted_by_their_pattern() {
    let metrics = measure(async || {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let guard = builder(&issuer).tools(Fixture::default()).build().await.unwrap().route_guard();
        let app = axum::Router::new()
            .route("/todos/{id}", axum::routing::any(|| async { "[]" }))
            .route_layer(guard.scope(Scope::from_static("todo:write")));
        let token = issuer.token().audience(RESOURCE).scope("todo:read").sign();
        for method in [Method::GET, Method::from_bytes(b"MADEUP").unwrap()] {
            let request = raw("").method(method).uri("/todos/7").bearer(&token).build();
            assert_eq!(exchange(&app, request).await.status, StatusCode::FORBIDDEN);
        }
    });
    let expected = [
        ("kind=route,operation=GET /todos/{id},outcome=refused,rule=scope", 1.0),
        ("kind=route,operation=unknown,outcome=refused,rule=scope", 1.0),
    ];
    assert_eq!(named(&metrics, "decisions_total"), expected);
}

#[test]
fn validations_caches_and_fetches_are_measured() {
    let metrics = measure(async || {
        let server = Server::start().await.without_reference();
        let token = server.token("todo:read");
        for token in [&token, &token, "invalid"] {
            server.call("read", token).await;
        }
        server.issuer.set_outage(true);
        let unknown = mcp_guard_dev::SigningKey::generate(mcp_guard_dev::SigningAlgorithm::Es256);
        let token = unknown.token(server.issuer.issuer()).audience(RESOURCE).sign();
        assert_eq!(server.call("read", &token).await.status, StatusCode::SERVICE_UNAVAILABLE);
    });
    assert_eq!(
        named(&metrics, "token_validation_seconds"),
        [("outcome=invalid", 1.0), ("outcome=unavailable", 1.0), ("outcome=valid", 2.0)]
    );
    assert_eq!(named(&metrics, "token_cache_total"), [("result=hit", 1.0), ("result=miss", 3.0)]);
    let fetches = named(&metrics, "fetches_total");
    for (fetch, least) in [
        ("document=keys,outcome=ok", 1.0),
        ("document=keys,outcome=status", 1.0),
        ("document=metadata,outcome=ok", 1.0),
    ] {
        assert!(fetches.iter().any(|(name, count)| *name == fetch && *count >= least), "{fetch}: {fetches:?}");
    }
    let fetched = named(&metrics, "keys_fetched_timestamp_seconds");
    assert!(
        matches!(fetched[..], [(issuer, time)] if issuer.starts_with("issuer=http://") && time > 1e9),
        "{fetched:?}"
    );
}

#[test]
fn introspections_are_counted() {
    let metrics = measure(async || {
        let issuer = DevAuthServer::builder().resource_server("todo", "S3CRET").opaque_tokens().start().await.unwrap();
        let client = mcp_guard::issuer::ClientAuthentication::secret("todo", "S3CRET");
        let builder = crate::support::builder_with(Issuer::introspection(issuer.issuer(), client));
        let server = Server::trusting(issuer, builder).await;
        let token = server.issuer.opaque_token(server.token_builder("todo:read"));
        assert_eq!(server.call("read", &token).await.status, StatusCode::OK);
        server.issuer.set_outage(true);
        assert_eq!(server.call("read", "made-up").await.status, StatusCode::SERVICE_UNAVAILABLE);
    });
    let fetches = named(&metrics, "fetches_total");
    for fetch in ["document=introspection,outcome=ok", "document=introspection,outcome=status"] {
        assert!(fetches.contains(&(fetch, 1.0)), "{fetch}: {fetches:?}");
    }
}

#[test]
fn sessions_and_streams_are_counted_while_they_are_open() {
    let metrics = measure(async || {
        let server = Server::start().await.without_reference();
        let token = server.token("todo:read");
        let mut sessions = Vec::new();
        for _ in 0..3 {
            sessions.push(server.connect(VERSIONS[1], &token).await.unwrap());
        }
        let end = raw("").method(Method::DELETE).header("mcp-session-id", &sessions[0]).bearer(&token);
        assert!(server.send(end.build()).await.status.is_success());
        server
    });
    assert_eq!(named(&metrics, "sessions"), [("", 2.0)]);
    assert_eq!(named(&metrics, "streams"), [("", 0.0)], "each response of `initialize` is a stream");
    assert!(named(&metrics, "decisions_total").iter().any(|(name, _)| name.contains("operation=end")), "{metrics:?}");
}

/// Blocks until it is dropped.
struct Blocked(std::sync::mpsc::Receiver<()>);

impl DecisionSink for Blocked {
    fn write(&mut self, _: &[Arc<Record>]) -> io::Result<()> {
        let _ = self.0.recv();
        Ok(())
    }
}

#[test]
fn queued_and_lost_records_are_counted() {
    let metrics = measure(async || {
        let (release, blocked) = std::sync::mpsc::channel();
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let decisions = Decisions::new().sink(Blocked(blocked)).capacity(2).when_full(WhenFull::Drop);
        let builder = builder(&issuer).observation(Observation::new().decisions(decisions));
        let server = Server::trusting(issuer, builder).await;
        let token = server.token("todo:read");
        for _ in 0..5 {
            assert_eq!(server.call("read", &token).await.status, StatusCode::OK);
        }
        drop(release);
    });
    // The thread of the sink, which takes records out, has no recorder.
    assert_eq!(named(&metrics, "decision_queue_records"), [("", 2.0)]);
    assert_eq!(named(&metrics, "decision_records_lost_total"), [("reason=queue_full", 3.0)]);
}

/// An address with a free port.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn exporter_lives_as_long_as_the_server() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    // The servers of a process share the recorder.
    for _ in 0..2 {
        let (address, listener) = (free(), TcpListener::bind("127.0.0.1:0").unwrap());
        let endpoint = listener.local_addr().unwrap();
        let server = builder(&issuer).observation(Observation::new().metrics_listen(address));
        let server = server.tools(Fixture::default()).build().await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(server.serve_until(listener, async { drop(stopped.await) }));
        let client = reqwest::Client::new();
        let refused = client.post(format!("http://{endpoint}/mcp")).header("host", "todo.example.com").send().await;
        assert_eq!(refused.unwrap().status(), StatusCode::UNAUTHORIZED);
        let response = client.get(format!("http://{address}/metrics")).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        let text = response.text().await.unwrap();
        let decision =
            r#"mcp_guard_decisions_total{kind="none",operation="none",outcome="refused",rule="token_missing"} "#;
        for line in ["# TYPE mcp_guard_decisions_total counter", "# HELP mcp_guard_fetches_total ", decision] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let other = client.get(format!("http://{address}/mcp")).send().await.unwrap();
        assert_eq!(other.status(), StatusCode::NOT_FOUND);
        stop.send(()).unwrap();
        served.await.unwrap().unwrap();
        assert!(reqwest::get(format!("http://{address}/metrics")).await.unwrap_err().is_connect());
    }
}

#[tokio::test]
async fn used_address_for_metrics_is_an_error() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let build = async || {
        let server = builder(&issuer).observation(Observation::new().metrics_listen(address));
        server.tools(Fixture::default()).build().await.unwrap()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = build().await.serve_until(listener, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, ServeError::Metrics { .. }), "{error}");
    let started = build().await.start().await.map(drop).unwrap_err();
    for error in [error, started] {
        let expected = format!("cannot listen on {address} (MCP_GUARD_METRICS_LISTEN)");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
