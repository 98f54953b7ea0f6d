//! Tools that carry their lock.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::Arc;

use futures::future::BoxFuture;
use rmcp::ErrorData;
use rmcp::ServerHandler;
use rmcp::handler::server::router::tool::ToolRoute;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::CallToolResponse;
use rmcp::model::Tool;

use super::lock;
use crate::requirement::Requirement;

/// A server whose tools are guarded. `#[guarded_tools]` implements it; there is no reason to implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no guarded tools",
    note = "put `#[guarded_tools]` on its impl block, and `#[guarded_tool(scope = \"..\")]` on the tools in it"
)]
pub trait GuardedServer: ServerHandler + Sized + 'static {
    /// The tools and what each requires. Built once in the life of the process.
    fn guarded_tools() -> &'static GuardedTools<Self>;
}

/// A tool, its requirement, and the function behind both.
pub struct GuardedTool<S> {
    route: ToolRoute<S>,
    requirement: Arc<Requirement>,
}

/// What a tool answers.
type ToolFuture<'c> = BoxFuture<'c, Result<CallToolResponse, ErrorData>>;

impl<S: Send + Sync + 'static> GuardedTool<S> {
    /// Locks `call` with `requirement`.
    #[must_use]
    pub fn new<F>(tool: Tool, requirement: Requirement, call: F) -> Self
    where
        F: for<'c> Fn(ToolCallContext<'c, S>) -> ToolFuture<'c> + Send + Sync + 'static,
    {
        let requirement = Arc::new(requirement);
        let lock = Arc::clone(&requirement);
        let route = ToolRoute::new_dyn(tool, move |context: ToolCallContext<'_, S>| {
            match lock::open(&context.request_context, &lock) {
                Ok(_) => call(context),
                Err(denied) => Box::pin(ready(Ok(denied.into_tool_result().into()))),
            }
        });
        Self { route, requirement }
    }
}

impl<S> fmt::Debug for GuardedTool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedTool").field("route", &self.route).field("requirement", &self.requirement).finish()
    }
}

/// The tools of a server, each with its requirement.
pub struct GuardedTools<S> {
    router: ToolRouter<S>,
    requirements: BTreeMap<Cow<'static, str>, Arc<Requirement>>,
    /// The tools in the order of their names, so that a list is the same every time.
    listed: Vec<Tool>,
    /// Names that were given twice. The first tool of that name stays; the server refuses to build.
    duplicates: Vec<Cow<'static, str>>,
}

impl<S: Send + Sync + 'static> GuardedTools<S> {
    /// No tools.
    #[must_use]
    pub fn new() -> Self {
        Self { router: ToolRouter::new(), requirements: BTreeMap::new(), listed: Vec::new(), duplicates: Vec::new() }
    }

    /// Adds a tool.
    pub fn add(&mut self, tool: GuardedTool<S>) {
        let GuardedTool { route, requirement } = tool;
        let name = route.attr.name.clone();
        if self.requirements.contains_key(&name) {
            self.duplicates.push(name);
            return;
        }
        let at = self.listed.partition_point(|listed| listed.name < name);
        self.listed.insert(at, route.attr.clone());
        self.requirements.insert(name, requirement);
        self.router.add_route(route);
    }

    /// Dispatches a call. The route's own lock decides.
    pub(super) async fn call(&self, context: ToolCallContext<'_, S>) -> Result<CallToolResponse, ErrorData> {
        self.router.call(context).await
    }
}

impl<S> GuardedTools<S> {
    /// What the tool of this name requires.
    #[must_use]
    pub fn requirement(&self, name: &str) -> Option<&Requirement> {
        self.requirements.get(name).map(AsRef::as_ref)
    }

    /// Every tool's name and requirement, ordered by name.
    pub fn requirements(&self) -> impl Iterator<Item = (&str, &Requirement)> {
        self.requirements.iter().map(|(name, requirement)| (name.as_ref(), requirement.as_ref()))
    }

    /// The tools as `tools/list` shows them, ordered by name.
    #[must_use]
    pub fn list(&self) -> &[Tool] {
        &self.listed
    }

    /// The tool of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.listed.binary_search_by(|tool| tool.name.as_ref().cmp(name)).ok().map(|at| &self.listed[at])
    }

    /// Names that more than one tool was given.
    pub(crate) fn duplicates(&self) -> &[Cow<'static, str>] {
        &self.duplicates
    }

    /// What the outer lock needs to know.
    pub(crate) fn requirement_table(&self) -> BTreeMap<Cow<'static, str>, Arc<Requirement>> {
        self.requirements.clone()
    }
}

impl<S: Send + Sync + 'static> Default for GuardedTools<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for GuardedTools<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.requirements).finish()
    }
}
