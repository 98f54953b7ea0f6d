//! Issuers that start later than the server, that respond with errors, and wrong configurations.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use mcp_guard::Issuer;
use mcp_guard::issuer::ClientAuthentication;
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket};

use crate::logs::logged;
use crate::support::{Answer, Fixture, RESOURCE, builder_with, call, exchange, raw, with_health};

const OUTAGE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// A guarded server.
struct Guarded(Router);

impl Guarded {
    async fn start(issuer: impl Into<Issuer>) -> Self {
        Self(with_health(builder_with(issuer).tools(Fixture::default()).build().await.unwrap()))
    }

    async fn call(&self, token: &str) -> Answer {
        exchange(&self.0, call("read").bearer(token).build()).await
    }

    async fn get(&self, path: &str) -> Answer {
        exchange(&self.0, raw("").method(http::Method::GET).uri(path).build()).await
    }

    /// Asserts that no token is validated, and that everything else works.
    async fn assert_waits(&self, issuer: &str, reason: &str) {
        let answer = self.call(&foreign_token(issuer)).await;
        assert_eq!(answer.status, OUTAGE, "{answer:?}");
        let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=31).contains(&after), "{after}");
        assert!(answer.header("www-authenticate").is_none(), "clients discard a token after a challenge");
        let anonymous = exchange(&self.0, call("read").build()).await;
        assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
        assert!(anonymous.challenge().contains("resource_metadata="), "{anonymous:?}");
        let metadata = self.get("/.well-known/oauth-protected-resource/mcp").await;
        assert_eq!((metadata.status, &metadata.json()["authorization_servers"]), (StatusCode::OK, &json!([issuer])));
        assert_eq!(self.get("/health").await.status, StatusCode::OK);
        let ready = self.get("/health/ready").await;
        assert_eq!((ready.status, &ready.json()["ready"]), (OUTAGE, &json!(false)));
        assert_eq!(ready.json()["unavailable"], json!([{"issuer": issuer, "reason": reason}]));
    }

    /// Waits until a token is accepted.
    async fn wait_until_ready(&self, token: &str) {
        for _ in 0..1200 {
            let answer = self.call(token).await;
            if answer.status == StatusCode::OK {
                let ready = self.get("/health/ready").await;
                assert_eq!((ready.status, &ready.json()["unavailable"]), (StatusCode::OK, &json!(null)));
                return;
            }
            assert_eq!(answer.status, OUTAGE, "{answer:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the issuer is up, and the token is still not accepted");
    }
}

/// A token of a key that the issuer does not publish.
fn foreign_token(issuer: &str) -> String {
    SigningKey::generate(SigningAlgorithm::Es256).token(issuer).audience(RESOURCE).scope("todo:read").sign()
}

/// A port that refuses connections, until the socket is dropped.
fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn introspected(issuer: &str) -> Issuer {
    Issuer::introspection(issuer, ClientAuthentication::secret("todo", "S3CRET")).into()
}

async fn build_error(issuer: impl Into<Issuer>) -> String {
    builder_with(issuer).tools(Fixture::default()).build().await.map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn issuer_that_starts_later_is_connected() {
    for is_opaque in [false, true] {
        let (socket, address) = refusing();
        let name = format!("http://{address}");
        let server = Guarded::start(if is_opaque { introspected(&name) } else { name.as_str().into() }).await;
        server.assert_waits(&name, "no connection").await;
        drop(socket);
        let issuer = DevAuthServer::builder().listen(address).resource_server("todo", "S3CRET");
        let issuer = if is_opaque { issuer.opaque_tokens() } else { issuer }.start().await.unwrap();
        let token = issuer.token().audience(RESOURCE).scope("todo:read");
        let token = if is_opaque { issuer.opaque_token(token) } else { token.sign() };
        server.wait_until_ready(&token).await;
        assert_eq!(server.call("made-up").await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn issuer_with_an_outage_at_startup_is_connected_later() {
    for is_opaque in [false, true] {
        let issuer = DevAuthServer::builder().resource_server("todo", "S3CRET");
        let issuer = if is_opaque { issuer.opaque_tokens() } else { issuer }.start().await.unwrap();
        issuer.set_outage(true);
        let server =
            Guarded::start(if is_opaque { introspected(issuer.issuer()) } else { issuer.issuer().into() }).await;
        server.assert_waits(issuer.issuer(), "status 503").await;
        issuer.set_outage(false);
        let token = issuer.token().audience(RESOURCE).scope("todo:read");
        let token = if is_opaque { issuer.opaque_token(token) } else { token.sign() };
        server.wait_until_ready(&token).await;
    }
}

/// The issuer alternates between responses and outages, while clients send many requests.
#[tokio::test]
async fn flapping_issuer_receives_few_requests() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    issuer.set_outage(true);
    let start = Instant::now();
    let server = Guarded::start(issuer.issuer()).await;
    let requests = || issuer.metadata_fetches() + issuer.jwks_fetches();
    let token = issuer.token().audience(RESOURCE).scope("todo:read").sign();
    for _ in 0..500 {
        assert_eq!(server.call(&foreign_token(issuer.issuer())).await.status, OUTAGE);
        assert_eq!(server.call(&token).await.status, OUTAGE);
    }
    // Each attempt requests two documents at most, and the next one follows after at least one second.
    let attempts = 1 + usize::try_from(start.elapsed().as_secs()).unwrap();
    assert!(requests() <= 2 * attempts, "{} requests in {attempts} attempts", requests());
    issuer.set_outage(false);
    server.wait_until_ready(&token).await;
    let before = requests();
    for round in 0..500 {
        issuer.set_outage(round % 2 == 0);
        assert_eq!(server.call(&token).await.status, StatusCode::OK, "the key is known");
        let status = server.call(&foreign_token(issuer.issuer())).await.status;
        assert!([StatusCode::UNAUTHORIZED, OUTAGE].contains(&status), "{status}");
    }
    assert!(requests() <= before + 20, "{before}, then {}", requests());
}

/// Serves metadata and a key at this address. Every response has this status while it is not 200.
fn serve(listener: TcpListener, key: &SigningKey, status: Arc<AtomicU16>, requests: Arc<AtomicUsize>) {
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")});
    let keys = json!({"keys": [key.public_jwk()]});
    let app = Router::new()
        .route("/.well-known/oauth-authorization-server", get(async move || Json(metadata)))
        .route("/keys", get(async move || Json(keys)))
        .layer(from_fn(move |request: Request, next: Next| {
            requests.fetch_add(1, Ordering::SeqCst);
            let status = StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap();
            async move { if status == StatusCode::OK { Ok(next.run(request).await) } else { Err(status) } }
        }));
    tokio::spawn(async move { axum::serve(listener, app).await });
}

#[tokio::test]
async fn only_outages_are_waited_for() {
    for status in [500, 502, 503, 504, 429, 400, 401, 403, 404, 410] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        serve(listener, &key, Arc::new(status.into()), Arc::default());
        let jwks = || Issuer::jwt(&issuer).jwks_uri(format!("{issuer}/keys"));
        for given in [Issuer::from(issuer.as_str()), jwks().into()] {
            if status >= 429 {
                Guarded::start(given).await.assert_waits(&issuer, &format!("status {status}")).await;
            } else {
                let error = build_error(given).await;
                assert!(error.contains(&format!("returned status {status}")), "{error}");
            }
        }
        for given in [Issuer::jwt(&issuer).fail_fast(), jwks().fail_fast()] {
            let error = build_error(given).await;
            assert!(error.contains(&format!("returned status {status}")), "{error}");
        }
    }
}

/// Several tenants may share a host: the document of this issuer may be at the URL that is unavailable.
#[tokio::test]
async fn outage_next_to_another_tenant_is_waited_for() {
    for (status, is_waited_for) in [(OUTAGE, true), (StatusCode::NOT_FOUND, false)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let other = json!({"issuer": "https://other.example.com", "jwks_uri": "https://other.example.com/keys"});
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server", get(move || async move { status }))
            .route("/.well-known/openid-configuration", get(move || async move { Json(other) }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        if is_waited_for {
            Guarded::start(issuer.as_str()).await.assert_waits(&issuer, "status 503").await;
        } else {
            assert!(build_error(issuer.as_str()).await.contains("is of issuer"));
        }
    }
}

#[tokio::test]
async fn wrong_configuration_is_a_build_error() {
    let liar = DevAuthServer::builder().metadata_issuer("https://other.example.com").start().await.unwrap();
    let untrusted = untrusted_https().await;
    let jwt = || Issuer::jwt(liar.issuer());
    let with_slash = format!("{}/", liar.issuer());
    let table: [(Issuer, &str); 7] = [
        (liar.issuer().into(), "is of issuer \"https://other.example.com\""),
        (introspected(liar.issuer()), "is of issuer"),
        (with_slash.as_str().into(), "is of issuer"),
        (jwt().jwks_uri(format!("{}/nowhere", liar.issuer())).into(), "returned status 404"),
        (
            jwt().jwks_uri(format!("{}/.well-known/oauth-authorization-server", liar.issuer())).into(),
            "did not return a JWKS",
        ),
        (untrusted.as_str().into(), "certificate"),
        (jwt().jwks_uri(format!("{untrusted}/keys")).into(), "certificate"),
    ];
    for (issuer, expected) in table {
        let error = build_error(issuer).await;
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

/// Returns the URL of a server with a certificate that no one trusts.
async fn untrusted_https() -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let config = tokio_rustls::rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await);
        }
    });
    url
}

#[tokio::test]
async fn fail_fast_rejects_an_unavailable_issuer() {
    let (_socket, address) = refusing();
    let name = format!("http://{address}");
    let authentication = ClientAuthentication::secret("todo", "S3CRET");
    let issuers: [Issuer; 3] = [
        Issuer::jwt(&name).fail_fast().into(),
        Issuer::jwt("https://auth.example.com").jwks_uri(format!("{name}/keys")).fail_fast().into(),
        Issuer::introspection(&name, authentication).fail_fast().into(),
    ];
    for issuer in issuers {
        let error = build_error(issuer).await;
        assert!(error.contains(&name) && error.contains("cannot be reached"), "{error}");
    }
}

#[test]
fn unavailable_issuer_is_logged_once_and_then_as_available() {
    let ((), log) = logged(async {
        let (socket, address) = refusing();
        let server = Guarded::start(format!("http://{address}")).await;
        for _ in 0..20 {
            assert_eq!(server.call("S3CRET").await.status, OUTAGE);
        }
        tokio::time::sleep(Duration::from_millis(2500)).await;
        drop(socket);
        let issuer = DevAuthServer::builder().listen(address).start().await.unwrap();
        server.wait_until_ready(&issuer.token().audience(RESOURCE).scope("todo:read").sign()).await;
    });
    let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!(count("WARN mcp_guard::issuer"), 1, "{log}");
    assert_eq!(count("INFO mcp_guard::issuer"), 1, "{log}");
    assert!(!log.contains("S3CRET"), "{log}");
}

/// A mistake that only appears when the issuer starts.
#[test]
fn later_mistake_is_an_error_and_stays_unavailable() {
    let ((), log) = logged(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (status, requests) = (Arc::new(AtomicU16::new(503)), Arc::new(AtomicUsize::new(0)));
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        serve(listener, &key, Arc::clone(&status), Arc::clone(&requests));
        let server = Guarded::start(issuer.as_str()).await;
        server.assert_waits(&issuer, "status 503").await;
        status.store(404, Ordering::SeqCst);
        let before = requests.load(Ordering::SeqCst);
        while requests.load(Ordering::SeqCst) < before + 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.assert_waits(&issuer, "status 404").await;
        status.store(200, Ordering::SeqCst);
        server.wait_until_ready(&key.token(&issuer).audience(RESOURCE).scope("todo:read").sign()).await;
    });
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("ERROR mcp_guard::issuer")).collect();
    assert!(errors.len() == 1 && errors[0].contains("returned status 404"), "{log}");
}
