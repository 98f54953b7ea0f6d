//! A public tool next to a guarded one: anonymous callers may connect, list the tools and call the public tool.
//!
//! `cargo run -p mixed-auth`

use mcp_guard::ResourceServer;
use mcp_guard::prelude::*;
use mcp_guard_dev::DevAuthServer;

const RESOURCE: &str = "http://127.0.0.1:8080/mcp";

#[derive(Clone, Debug)]
struct Library;

#[guarded_tools]
impl Library {
    /// Get the opening hours. Available without a token; callers with a token are greeted by name.
    #[guarded_tool(public, read_only)]
    async fn opening_hours(&self, token: Option<ValidatedToken>) -> String {
        let name = token.as_ref().map_or("guest", ValidatedToken::subject);
        format!("Hello {name}, the library is open from 9 to 5.")
    }

    /// Borrow a book.
    #[guarded_tool(scope = "books:borrow")]
    async fn borrow_book(&self, token: ValidatedToken) -> String {
        format!("Bring it back in two weeks, {}.", token.subject())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = DevAuthServer::builder().listen(([127, 0, 0, 1], 8081)).default_audience(RESOURCE).start().await?;
    println!("MCP server: {RESOURCE}, development authorization server: {}", issuer.issuer());
    ResourceServer::builder(RESOURCE)
        .issuer(issuer.issuer())
        // Without this line `build` fails with an error that names `opening_hours`.
        .allow_anonymous()
        .tools(Library)
        // At other addresses than loopback, add `.tls(..)`, or `.allow_plain_http()` behind a proxy that terminates TLS.
        .build()
        .await?
        .run()
        .await?;
    issuer.shutdown().await;
    Ok(())
}
