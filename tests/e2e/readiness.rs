//! The parts of `/health/ready`, each with the time of its last change.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};
use mcp_guard::record::{DecisionSink, Decisions, Record, WhenFull};
use mcp_guard::settings::Observation;
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use serde_json::{Value, json};

use crate::support::{RESOURCE, Server, builder, raw};

/// A sink that fails while `broken` is set.
#[derive(Clone, Debug, Default)]
struct Fragile(Arc<AtomicBool>);

impl DecisionSink for Fragile {
    fn write(&mut self, _: &[Arc<Record>]) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

async fn readiness(server: &Server) -> (StatusCode, Value) {
    let answer = server.send(raw("").method(Method::GET).uri("/health/ready").build()).await;
    (answer.status, answer.json())
}

/// Waits until the only sink has this state. Returns the status of the response, and the body.
async fn wait_for_sink(server: &Server, works: bool) -> (StatusCode, Value) {
    for _ in 0..1_000 {
        let (status, body) = readiness(server).await;
        if body["parts"]["sinks"][0]["ready"] == works {
            return (status, body);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the sink does not change its state");
}

#[tokio::test]
async fn issuer_and_keys_have_a_state_and_a_time() {
    let server = Server::start().await.without_reference();
    let (status, body) = readiness(&server).await;
    assert_eq!(status, StatusCode::OK);
    let parts = &body["parts"];
    for part in [&parts["issuers"][0], &parts["keys"][0]] {
        assert_eq!(part["ready"], true, "{body}");
        assert!(part["since"].as_str().is_some_and(|since| since.ends_with('Z') && since.len() == 27), "{body}");
        assert!(part["issuer"].as_str().is_some_and(|issuer| issuer.starts_with("http://127.0.0.1:")), "{body}");
    }
    assert!(parts["keys"][0]["age_seconds"].is_u64(), "{body}");
    assert_eq!(parts["sinks"], json!([]));
}

#[tokio::test]
async fn issuer_with_an_outage_is_shown_while_its_keys_are_usable() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let builder = builder(&issuer);
    let server = Server::trusting(issuer, builder).await;
    let (_, before) = readiness(&server).await;
    server.issuer.set_outage(true);
    // The unknown key causes a fetch.
    let unknown = SigningKey::generate(SigningAlgorithm::Es256).token(server.issuer.issuer()).audience(RESOURCE);
    assert_eq!(server.call("read", &unknown.sign()).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let (status, after) = readiness(&server).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(after["parts"]["issuers"][0]["ready"], false, "{after}");
    assert_ne!(after["parts"]["issuers"][0]["since"], before["parts"]["issuers"][0]["since"]);
    assert_eq!(after["parts"]["keys"][0]["ready"], true, "{after}");
    assert_eq!(after["parts"]["keys"][0]["since"], before["parts"]["keys"][0]["since"]);
}

#[tokio::test]
async fn broken_sink_makes_the_server_unready_unless_it_drops() {
    for (when_full, expected) in [
        (WhenFull::Refuse, StatusCode::SERVICE_UNAVAILABLE),
        (WhenFull::Wait, StatusCode::SERVICE_UNAVAILABLE),
        (WhenFull::Drop, StatusCode::OK),
    ] {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let sink = Fragile::default();
        let decisions = Decisions::new().sink(sink.clone()).capacity(2).when_full(when_full);
        let builder = builder(&issuer).observation(Observation::new().decisions(decisions));
        let server = Server::trusting(issuer, builder).await;
        let (status, works) = wait_for_sink(&server, true).await;
        assert_eq!(status, StatusCode::OK, "{when_full:?}");
        sink.0.store(true, Ordering::Relaxed);
        assert_eq!(server.call("read", &server.token("todo:read")).await.status, StatusCode::OK);
        let (status, broken) = wait_for_sink(&server, false).await;
        assert_eq!((status, &broken["ready"]), (expected, &json!(expected == StatusCode::OK)), "{when_full:?}");
        assert_ne!(broken["parts"]["sinks"][0]["since"], works["parts"]["sinks"][0]["since"]);
        sink.0.store(false, Ordering::Relaxed);
        assert_eq!(wait_for_sink(&server, true).await.0, StatusCode::OK, "{when_full:?}");
    }
}

/// One failed write does not take the server out of service: the queue holds the records until the sink works again.
#[tokio::test]
async fn broken_sink_with_room_in_its_queue_does_not_block() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let sink = Fragile::default();
    sink.0.store(true, Ordering::Relaxed);
    let builder = builder(&issuer).observation(Observation::new().decisions(Decisions::new().sink(sink)));
    let server = Server::trusting(issuer, builder).await;
    assert_eq!(server.call("read", &server.token("todo:read")).await.status, StatusCode::OK);
    assert_eq!(wait_for_sink(&server, false).await.0, StatusCode::OK);
}
