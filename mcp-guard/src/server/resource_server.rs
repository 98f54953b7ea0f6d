//! Where a server begins.

use super::EnvConfig;
use super::EnvError;
use super::NoTools;
use super::ResourceServerBuilder;

/// An MCP server that is an OAuth 2.1 resource server.
///
/// ```no_run
/// use mcp_guard::ResourceServer;
/// use mcp_guard::prelude::*;
///
/// #[derive(Clone)]
/// struct Clock;
///
/// #[guarded_tools]
/// impl Clock {
///     /// Tell the time.
///     #[guarded_tool(scope = "clock:read")]
///     fn time(&self) -> String {
///         format!("{:?}", std::time::SystemTime::now())
///     }
/// }
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// ResourceServer::builder("https://clock.example.com/mcp")
///     .authorization_server("https://auth.example.com")
///     .tools(|| Ok(Clock))
///     .build()
///     .await?
///     .serve("0.0.0.0:8080".parse()?)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ResourceServer;

impl ResourceServer {
    /// A server that clients know by the URL `resource`. Tokens must be meant for exactly this text (RFC 8707), and the MCP endpoint is mounted at
    /// its path.
    pub fn builder(resource: impl Into<String>) -> ResourceServerBuilder<NoTools> {
        ResourceServerBuilder::new(resource.into())
    }

    /// A server as the `MCP_GUARD_*` variables of the environment describe it. See [`EnvConfig`] for their names.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names the variable that is missing, wrong or unknown.
    pub fn from_env() -> Result<ResourceServerBuilder<NoTools>, EnvError> {
        EnvConfig::read()?.builder()
    }
}
