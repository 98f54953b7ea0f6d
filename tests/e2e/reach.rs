//! Where the authorization server may be.

use mcp_guard::ResourceServer;

use crate::support::Fixture;
use crate::support::RESOURCE;

#[tokio::test]
async fn a_private_authorization_server_needs_to_be_allowed() {
    let builder = || ResourceServer::builder(RESOURCE).authorization_server("https://[fd99::1]:1");
    let refused = builder().tools(|| Ok(Fixture::default())).build().await.unwrap_err().to_string();
    assert!(refused.contains("`.allow_private_network()`"), "{refused}");
    // Nobody answers there, but it may be asked.
    let unreachable = builder().allow_private_network().tools(|| Ok(Fixture::default())).build().await;
    let unreachable = unreachable.unwrap_err().to_string();
    assert!(unreachable.contains("cannot be reached"), "{unreachable}");
}
