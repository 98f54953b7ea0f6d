//! A guarded server on stdio, or on another transport between two processes that trust each other.

mod description;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::StatusCode;
use rmcp::model::{ClientNotification, ClientRequest, ErrorCode, ServerConfig, ServerResult};
use rmcp::service::{NotificationContext, RequestContext, RunningService, ServerInitializeError, Service};
use rmcp::transport::IntoTransport;
use rmcp::{ErrorData, RoleServer, ServiceExt as _};

use self::description::{describe, describe_span, entry};
use super::server_settings::PolicySettings;
use super::{build_policy, recording};
use crate::config::{BuildError, Mistakes};
use crate::guarded::GuardedServer;
use crate::limit::OperationLimits;
use crate::metrics;
use crate::operation::{Operations as _, ScopeMatrix};
use crate::policy::{Enforcement, Policy, Visibility};
use crate::record::{Decisions, DecisionsHandle, Draft, Recorder};
use crate::request::Caller;
use crate::rule::Rule;
use crate::scope::Scope;
use crate::seal::Seal;
use crate::token::ValidatedToken;
use crate::trace::{RequestSpan, TraceContext, Transport};

/// A guarded server without HTTP: on stdio, or in the memory of one process.
///
/// Such a transport has neither access tokens nor challenges (MCP, authorization, "Protocol Requirements"). The program
/// that starts the server names the caller of all requests. Each request is authorized as over HTTP. A rejected call
/// returns a tool error that names the missing scopes.
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
/// let caller = EnvConfig::read().caller()?;
/// LocalServer::builder(Clock, caller).build()?.serve_stdio().await?;
/// # Ok(())
/// # }
/// ```
pub struct LocalServer<S> {
    server: S,
    caller: Option<ValidatedToken>,
    policy: Arc<Policy>,
    seal: Seal,
    recorder: Option<Arc<Recorder>>,
    limits: OperationLimits,
}

/// Configures a [`LocalServer`].
#[must_use]
pub struct LocalServerBuilder<S> {
    server: S,
    caller: Option<ValidatedToken>,
    policy: PolicySettings,
    decisions: Decisions,
}

impl<S: GuardedServer> LocalServer<S> {
    /// Configures a server whose requests all come from `caller`. `None` is an anonymous caller, who may use only
    /// `public` operations.
    pub fn builder(server: S, caller: Option<ValidatedToken>) -> LocalServerBuilder<S> {
        LocalServerBuilder { server, caller, policy: PolicySettings::default(), decisions: Decisions::new() }
    }

    /// Returns the requirements of all operations with the baseline and the scope hierarchy of this server.
    #[must_use]
    pub fn scope_matrix(&self) -> ScopeMatrix {
        ScopeMatrix::new(S::guarded().definitions(), &self.policy)
    }

    /// Serves one client over this transport.
    ///
    /// # Errors
    ///
    /// [`ServerInitializeError`] if the client does not follow the MCP initialization.
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

    /// Serves on standard input and output until the client disconnects. No other code may write to standard output.
    ///
    /// # Errors
    ///
    /// [`ServerInitializeError`] if the client does not follow the MCP initialization.
    pub async fn serve_stdio(self) -> Result<(), ServerInitializeError> {
        let decisions = self.decisions();
        let served = match self.serve(rmcp::transport::stdio()).await {
            Ok(running) => {
                // The connection has ended. The reason makes no difference.
                let _ = running.waiting().await;
                Ok(())
            }
            Err(error) => Err(error),
        };
        decisions.stop().await;
        served
    }

    /// Returns a handle for the [decision records](crate::record) of the server. After [`serve`](Self::serve), call its
    /// [`stop`](DecisionsHandle::stop).
    #[must_use]
    pub fn decisions(&self) -> DecisionsHandle {
        DecisionsHandle::new(self.recorder.clone())
    }

    /// Returns the caller of one request. An expired token makes the caller anonymous.
    fn caller(&self) -> Caller {
        let valid = |token: &&ValidatedToken| token.expires_at().is_none_or(|expires| SystemTime::now() < expires);
        let token = self.caller.as_ref().filter(valid).cloned();
        Caller::sealed_by(self.seal.clone(), token, Arc::clone(&self.policy), None)
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
    /// Sets the scopes that every request requires, except for public operations. Default: none.
    pub fn baseline<T: Into<Scope>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.policy.baseline = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Declares that a caller with the scope `broad` also has `narrow`. Adds to the implications of the vocabulary.
    pub fn scope_implies(mut self, broad: Scope, narrow: Scope) -> Self {
        self.policy.implications.push((broad, narrow));
        self
    }

    /// Lets an anonymous caller use the `public` operations. Default: off.
    pub const fn allow_anonymous(mut self) -> Self {
        self.policy.allow_anonymous = true;
        self
    }

    /// Sets how lists show operations that the caller is not authorized to use. Default: like all others.
    pub const fn visibility(mut self, visibility: Visibility) -> Self {
        self.policy.disclosure.visibility = visibility;
        self
    }

    /// Records the authorization decisions. Default: no records.
    pub fn decisions(mut self, decisions: Decisions) -> Self {
        self.decisions = decisions;
        self
    }

    /// Sets whether requests with missing scopes are refused, for all operations. Default: they are.
    pub const fn enforcement(mut self, enforcement: Enforcement) -> Self {
        self.policy.enforcement = enforcement;
        self
    }

    /// Checks the operations like [`ResourceServerBuilder::build`](crate::ResourceServerBuilder::build), and returns
    /// the server.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the invalid value and the correction.
    pub fn build(self) -> Result<LocalServer<S>, BuildError> {
        let mut mistakes = Mistakes::default();
        self.decisions.check(&mut mistakes);
        let policy = build_policy::policy(&self.policy, S::guarded(), S::guarded_tools().list());
        let policy = match (policy, mistakes.into_result()) {
            (Ok(policy), Ok(())) => Arc::new(policy),
            (policy, decisions) => {
                let errors = [policy.map(drop), decisions.map_err(BuildError::from)];
                return Err(BuildError::all(errors.into_iter().filter_map(Result::err)));
            }
        };
        let recorder = recording::start(self.decisions, self.policy.enforcement, S::guarded())
            .map_err(|error| BuildError::from(Mistakes::from(error)))?;
        // The server has no URL. A client of another process knows none of its ids.
        let seal = Seal::new("stdio");
        let limits = OperationLimits::default();
        Ok(LocalServer { server: self.server, caller: self.caller, policy, seal, recorder, limits })
    }
}

/// A service that adds the [`Caller`] to each request, for the inner locks.
struct LocalService<S>(LocalServer<S>);

impl<S: GuardedServer> Service<RoleServer> for LocalService<S> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        mut context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let recorder = self.0.recorder.as_ref();
        let draft = (recorder.is_some() || metrics::are_enabled()).then(|| Draft::local(recorder));
        let caller = self.0.caller().recorded_by(draft.as_ref());
        let span = RequestSpan::begin(Transport::Stdio);
        let trace = context.meta.get_traceparent();
        let trace = trace.and_then(|parent| TraceContext::parse(parent, context.meta.get_tracestate()));
        if span.is_enabled() {
            describe_span(&span, &request, &context, S::guarded());
            span.follow(trace, None);
        }
        if let Some(draft) = &draft {
            if let Some(id) = span.trace_id().or_else(|| trace.map(|trace| trace.trace_id.to_owned())) {
                draft.trace(&id);
            }
            describe(draft, &request, S::guarded());
            if let Some(version) = context.protocol_version() {
                draft.revision(version.as_str());
            }
            if draft.admit(caller.token()).await.is_err() {
                draft.refuse(Rule::RecordLimit);
                return Err(ErrorData::internal_error("The server cannot record its decisions", None));
            }
        }
        // A call that is refused does not count.
        let entry = entry(&request, S::guarded()).filter(|entry| caller.may_call(entry));
        let entered = entry.map(|entry| entry.enter(&self.0.limits, &caller.sender(None))).transpose();
        let _permit = entered.map_err(|exceeded| {
            caller.in_flight().refuse(exceeded.rule());
            span.fail(exceeded.rule().as_str());
            ErrorData::new(ErrorCode(i32::from(StatusCode::TOO_MANY_REQUESTS.as_u16())), exceeded.to_string(), None)
        })?;
        if span.is_enabled() {
            context.extensions.insert(span);
        }
        context.extensions.insert(caller);
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
