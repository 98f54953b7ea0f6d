//! A development authorization server for a todo server without a configured issuer, and example commands.

use std::net::SocketAddr;

use mcp_guard_dev::{DevAuthServer, DevError};
use url::Url;

const LISTEN: &str = "MCP_GUARD_DEV_LISTEN";

/// The default origins of the MCP Inspector, whose direct mode calls the server from the browser.
pub const INSPECTOR_ORIGINS: [&str; 2] = ["http://localhost:6274", "http://127.0.0.1:6274"];

/// A failure to start the development authorization server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevServerError {
    /// The resource is not on loopback. A deployed server requires a real authorization server.
    #[error(
        "MCP_GUARD_ISSUER is not set, and {resource} is not on loopback: set it to the issuer of the access tokens"
    )]
    NotLocal {
        /// The configured resource.
        resource: String,
    },
    /// The server listens on an address that other machines can reach. They could get any token from the development
    /// authorization server.
    #[error(
        "MCP_GUARD_ISSUER is not set, and MCP_GUARD_LISTEN={listen} is not on loopback: set MCP_GUARD_ISSUER, or listen on an address such as 127.0.0.1:8080"
    )]
    Reachable {
        /// The configured address.
        listen: SocketAddr,
    },
    /// The address is invalid.
    #[error("invalid {LISTEN} {0:?}: expected an address such as 127.0.0.1:8081")]
    Address(String),
    /// The server failed to start.
    #[error("failed to start the development authorization server (see {LISTEN}): {0}")]
    Start(#[from] DevError),
}

/// Starts the authorization server on `MCP_GUARD_DEV_LISTEN`, or `127.0.0.1:8081`. The todo server listens on `server`.
///
/// # Errors
///
/// Returns a [`DevServerError`] that names the variable to set.
pub async fn start(resource: &str, server: SocketAddr) -> Result<DevAuthServer, DevServerError> {
    let listen = address(resource, server)?;
    Ok(DevAuthServer::builder().listen(listen).default_audience(resource).start().await?)
}

/// Returns the issuer that [`start`] would start.
///
/// # Errors
///
/// Like [`start`], before it listens.
pub fn check(resource: &str, server: SocketAddr) -> Result<String, DevServerError> {
    address(resource, server).map(|listen| format!("http://{listen}"))
}

/// Returns the address of the authorization server, if the todo server may have one.
fn address(resource: &str, server: SocketAddr) -> Result<SocketAddr, DevServerError> {
    let local = Url::parse(resource).is_ok_and(|url| match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    });
    if !local {
        return Err(DevServerError::NotLocal { resource: resource.to_owned() });
    }
    if !server.ip().is_loopback() {
        return Err(DevServerError::Reachable { listen: server });
    }
    let listen = std::env::var(LISTEN).unwrap_or_else(|_| "127.0.0.1:8081".to_owned());
    listen.parse().map_err(|_| DevServerError::Address(listen))
}

/// Returns example commands to paste into a shell.
#[must_use]
pub fn commands(resource: &str, token_endpoint: &str) -> String {
    format!(
        r#"
The todo server is at {resource}
No MCP_GUARD_ISSUER is set: a development authorization server is running. It issues any token to any client.

Paste this into another shell first:

  token() {{ curl -s {token_endpoint} -d grant_type=client_credentials -d client_id=demo -d subject=alice \
      -d resource={resource} -d "scope=$1" | sed 's/.*"access_token":"\([^"]*\)".*/\1/'; }}
  call() {{ curl -si {resource} -H "Authorization: Bearer $TOKEN" \
      -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \
      -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H "Mcp-Name: $1" \
      -d '{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"'"$1"'","arguments":'"$2"',"_meta":{{
           "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}},
           "io.modelcontextprotocol/clientInfo":{{"name":"curl","version":"1"}}}}}}}}'; echo; }}

Then:

  TOKEN=garbage;              call list_todos '{{}}'                       # 401: the token is invalid
  TOKEN=$(token todo:read);   call list_todos '{{}}'                       # 200
  TOKEN=$(token todo:read);   call create_todo '{{"title":"Buy milk"}}'    # 403: request scope="todo:read todo:write"
  TOKEN=$(token todo:write);  call create_todo '{{"title":"Buy milk"}}'    # 200
  TOKEN=$(token todo:write);  call list_todos '{{}}'                       # 200: todo:write implies todo:read
  TOKEN=$(token todo:write);  call share_todo '{{"id":1,"with":"bob"}}'    # 200
  TOKEN=$(token todo:write);  call share_todo '{{"id":1,"with":"everyone"}}'  # 403: todo:share is also required
  curl -si -X POST {resource}                                      # 401: the request has no token

Ctrl-C stops both servers.
"#
    )
}
