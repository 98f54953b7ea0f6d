//! Where the authorization server may be.

use mcp_guard::Issuer;
use mcp_guard::ResourceServer;
use mcp_guard::issuer::Jwt;

use crate::support::Fixture;
use crate::support::RESOURCE;

#[tokio::test]
async fn a_private_authorization_server_needs_to_be_allowed() {
    let builder = |issuer: Issuer<Jwt>| ResourceServer::builder(RESOURCE).issuer(issuer);
    let issuer = || Issuer::jwt("https://[fd99::1]:1");
    let refused = builder(issuer()).tools(Fixture::default()).build().await.unwrap_err().to_string();
    assert!(refused.contains("`.allow_private_network()`"), "{refused}");
    // Nobody answers there, but it may be asked.
    let unreachable = builder(issuer().allow_private_network()).tools(Fixture::default()).build().await;
    let unreachable = unreachable.unwrap_err().to_string();
    assert!(unreachable.contains("cannot be reached"), "{unreachable}");
}
