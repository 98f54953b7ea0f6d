//! The allowed network locations of the authorization server.

use mcp_guard::issuer::Jwt;
use mcp_guard::{Issuer, ResourceServer};

use crate::support::{Fixture, RESOURCE};

#[tokio::test]
async fn private_authorization_server_must_be_allowed() {
    let builder = |issuer: Issuer<Jwt>| ResourceServer::builder(RESOURCE).issuer(issuer);
    let issuer = || Issuer::jwt("https://[fd99::1]:1");
    let rejected = builder(issuer()).tools(Fixture::default()).build().await.unwrap_err().to_string();
    assert!(rejected.contains("`.allow_private_network()`"), "{rejected}");
    // No server listens there, but connecting is allowed.
    let unreachable = builder(issuer().allow_private_network().fail_fast()).tools(Fixture::default()).build().await;
    let unreachable = unreachable.unwrap_err().to_string();
    assert!(unreachable.contains("cannot be reached"), "{unreachable}");
}
