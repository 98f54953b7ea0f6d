use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use mcp_guard_dev::{DevAuthServer, DevError};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::support::{RESOURCE, claims, client, code, exchange, get, granted, rejected, start, started};

#[tokio::test]
async fn listen_address_must_be_loopback() {
    for address in [
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::from((Ipv4Addr::new(192, 168, 0, 1), 0)),
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        "[::ffff:192.168.0.1]:0".parse().unwrap(),
    ] {
        let error = DevAuthServer::builder().listen(address).start().await.unwrap_err();
        assert!(matches!(error, DevError::NotLoopback(rejected) if rejected == address), "{error}");
    }
    assert!(start().await.address().ip().is_loopback());
}

#[tokio::test]
async fn used_address_and_invalid_path_are_errors() {
    let server = start().await;
    let error = DevAuthServer::builder().listen(server.address()).start().await.unwrap_err();
    assert!(matches!(error, DevError::Listen { address, .. } if address == server.address()), "{error}");
    let error = DevAuthServer::builder().issuer_path("tenant/").start().await.unwrap_err();
    assert!(matches!(&error, DevError::IssuerPath(path) if path == "tenant/"), "{error}");
}

#[tokio::test]
async fn outage_affects_all_endpoints_until_it_ends() {
    let server = start().await;
    let metadata = format!("{}/.well-known/oauth-authorization-server", server.issuer());
    let urls = [server.jwks_uri(), server.token_endpoint(), server.authorization_endpoint(), metadata.as_str()];
    server.set_outage(true);
    for url in urls {
        assert_eq!(get(url).await.status(), 503, "{url}");
    }
    assert_eq!((server.jwks_fetches(), server.metadata_fetches()), (1, 1));
    server.set_outage(false);
    assert_eq!(get(server.jwks_uri()).await.status(), 200);
    assert_eq!(get(&metadata).await.status(), 200);
    assert_eq!((server.jwks_fetches(), server.metadata_fetches()), (2, 2));
}

#[tokio::test]
async fn key_set_has_a_cache_lifetime() {
    let server = start().await;
    assert_eq!(get(server.jwks_uri()).await.headers()["cache-control"], "max-age=300");
    let server = started(DevAuthServer::builder().jwks_max_age(Duration::from_secs(7))).await;
    assert_eq!(get(server.jwks_uri()).await.headers()["cache-control"], "max-age=7");
}

#[tokio::test]
async fn token_lifetime_can_be_set() {
    let server = started(DevAuthServer::builder().token_lifetime(Duration::from_secs(5))).await;
    let pairs = [("grant_type", "client_credentials"), ("client_id", "c"), ("resource", RESOURCE)];
    let body = granted(&server, &pairs).await;
    assert_eq!(body["expires_in"], 5);
    let claims = claims(&body);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 5);
}

#[tokio::test]
async fn shutdown_frees_the_address_despite_open_connection() {
    let server = start().await;
    let (address, client) = (server.address(), client());
    let idle = TcpStream::connect(address).await.unwrap();
    client.get(server.jwks_uri()).send().await.unwrap();
    server.shutdown().await;
    assert!(TcpStream::connect(address).await.is_err());
    drop(idle);
    started(DevAuthServer::builder().listen(address)).await;
}

#[tokio::test]
async fn dropping_the_server_stops_it() {
    let server = start().await;
    let address = server.address();
    drop(server);
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("the server still listens");
}

#[tokio::test]
async fn code_of_another_server_is_rejected() {
    let (one, other) = (start().await, start().await);
    let code = code(&one, &[]).await;
    assert_eq!(rejected(&other, &exchange(&code, &[])).await, "invalid_grant");
}

#[tokio::test]
async fn token_has_the_default_audience() {
    let server = started(DevAuthServer::builder().default_audience(RESOURCE)).await;
    let token = json!({ "access_token": server.token().sign() });
    assert_eq!(claims(&token)["aud"], RESOURCE);
}
