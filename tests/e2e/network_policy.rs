//! The allowed network locations of the authorization server.

use mcp_guard::ResourceServer;

use crate::support::Fixture;
use crate::support::RESOURCE;

#[tokio::test]
async fn private_authorization_server_must_be_allowed() {
    let builder = || ResourceServer::builder(RESOURCE).authorization_server("https://[fd99::1]:1");
    let rejected = builder().tools(|| Ok(Fixture::default())).build().await.unwrap_err().to_string();
    assert!(rejected.contains("`.allow_private_network()`"), "{rejected}");
    // No server listens there, but connecting is allowed.
    let unreachable = builder().allow_private_network().tools(|| Ok(Fixture::default())).build().await;
    let unreachable = unreachable.unwrap_err().to_string();
    assert!(unreachable.contains("cannot be reached"), "{unreachable}");
}
