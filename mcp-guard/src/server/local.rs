//! A guarded server on stdio, or on any other transport between two processes that trust each other.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rmcp::model::{ClientNotification, ClientRequest, ServerConfig, ServerResult};
use rmcp::service::{NotificationContext, RequestContext, RunningService, ServerInitializeError, Service};
use rmcp::transport::IntoTransport;
use rmcp::{ErrorData, RoleServer, ServiceExt as _};

use super::build_policy;
use super::server_settings::PolicySettings;
use crate::config::BuildError;
use crate::guarded::GuardedServer;
use crate::policy::{Policy, Visibility};
use crate::request::Caller;
use crate::scope::Scope;
use crate::token::ValidatedToken;

/// A guarded server without HTTP: on stdio, or in the memory of one process.
///
/// There is no access token on such a transport, and no challenge (MCP, authorization, "Protocol Requirements"): who calls is said once, by whoever starts
/// the server, and every request is decided as it would be over HTTP. A call that is refused is answered with a tool error that names the scopes.
///
/// ```no_run
/// use mcp_guard::{EnvConfig, LocalServer};
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
/// // MCP_GUARD_SUBJECT=alice MCP_GUARD_SCOPES=clock:read
/// let caller = EnvConfig::read()?.caller()?;
/// LocalServer::builder(Clock, caller).build()?.serve_stdio().await?;
/// # Ok(())
/// # }
/// ```
pub struct LocalServer<S> {
    server: S,
    caller: Option<ValidatedToken>,
    policy: Arc<Policy>,
}

/// Configures a [`LocalServer`].
#[must_use]
pub struct LocalServerBuilder<S> {
    server: S,
    caller: Option<ValidatedToken>,
    policy: PolicySettings,
}

impl<S: GuardedServer> LocalServer<S> {
    /// A server whose requests are all made by `caller`; `None` is an anonymous one, who may use nothing but what is `public`.
    pub fn builder(server: S, caller: Option<ValidatedToken>) -> LocalServerBuilder<S> {
        LocalServerBuilder { server, caller, policy: PolicySettings::default() }
    }

    /// Serves one client over this transport.
    ///
    /// # Errors
    ///
    /// The client does not begin as MCP says.
    pub async fn serve<T, E, A>(
        self,
        transport: T,
    ) -> Result<RunningService<RoleServer, impl Service<RoleServer>>, ServerInitializeError>
    where
        T: IntoTransport<RoleServer, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        LocalService(self).serve(transport).await
    }

    /// Serves on standard input and output, until the client ends. Nothing else may write to standard output.
    ///
    /// # Errors
    ///
    /// The client does not begin as MCP says.
    pub async fn serve_stdio(self) -> Result<(), ServerInitializeError> {
        // How the serving task ended makes no difference any more: it did.
        let _ = self.serve(rmcp::transport::stdio()).await?.waiting().await;
        Ok(())
    }

    /// The caller of one request. A token that has expired is none.
    fn caller(&self) -> Caller {
        let valid = |token: &&ValidatedToken| token.expires_at().is_none_or(|expires| SystemTime::now() < expires);
        Caller::local(self.caller.as_ref().filter(valid).cloned(), Arc::clone(&self.policy))
    }
}

impl<S> fmt::Debug for LocalServer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalServer").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for LocalServerBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalServerBuilder").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl<S: GuardedServer> LocalServerBuilder<S> {
    /// The scopes that every request needs, but for public operations.
    pub fn baseline<T: Into<Scope>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.policy.baseline = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Says that whoever holds `broad` holds `narrow`, too, besides what a vocabulary says.
    pub fn scope_implies(mut self, broad: Scope, narrow: Scope) -> Self {
        self.policy.implications.push((broad, narrow));
        self
    }

    /// Lets a caller of whom nothing is known use the `public` operations.
    pub const fn allow_anonymous(mut self) -> Self {
        self.policy.allow_anonymous = true;
        self
    }

    /// What lists show of operations that the caller may not use.
    pub const fn visibility(mut self, visibility: Visibility) -> Self {
        self.policy.disclosure.visibility = visibility;
        self
    }

    /// Checks the operations as [`ResourceServerBuilder::build`](crate::ResourceServerBuilder::build) does.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the value that is wrong and the way out.
    pub fn build(self) -> Result<LocalServer<S>, BuildError> {
        let policy = Arc::new(build_policy::policy(&self.policy, S::guarded(), S::guarded_tools().list())?);
        Ok(LocalServer { server: self.server, caller: self.caller, policy })
    }
}

/// Tells the inner locks who calls.
struct LocalService<S>(LocalServer<S>);

impl<S: GuardedServer> Service<RoleServer> for LocalService<S> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        mut context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        context.extensions.insert(self.0.caller());
        self.0.server.handle_request(request, context).await
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.0.server.handle_notification(notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        Service::get_info(&self.0.server)
    }

    fn supported_protocol_versions(&self) -> std::borrow::Cow<'static, [rmcp::model::ProtocolVersion]> {
        Service::supported_protocol_versions(&self.0.server)
    }
}
