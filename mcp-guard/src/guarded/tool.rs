//! Guarded tools.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::Arc;

use futures::future::BoxFuture;
use rmcp::ErrorData;
use rmcp::handler::server::router::tool::{ToolRoute, ToolRouter};
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{CallToolResponse, Tool};

use super::entry_limits::limits_of;
use super::input::ClientInput;
use super::lock;
use crate::operation::{Arguments, Entry, Problem, ScopesFor};
use crate::policy::Requirement;

/// A tool, its requirement, and its function.
pub struct GuardedTool<S> {
    tool: Tool,
    entry: Arc<Entry>,
    call: Box<Call<S>>,
}

/// The future of a tool's result.
type ToolFuture<'c> = BoxFuture<'c, Result<CallToolResponse, ErrorData>>;
type Call<S> = dyn for<'c> Fn(ToolCallContext<'c, S>) -> ToolFuture<'c> + Send + Sync;

impl<S: Send + Sync + 'static> GuardedTool<S> {
    /// Guards `call` with `requirement`.
    #[must_use]
    pub fn new<F>(tool: Tool, requirement: Requirement, call: F) -> Self
    where
        F: for<'c> Fn(ToolCallContext<'c, S>) -> ToolFuture<'c> + Send + Sync + 'static,
    {
        Self { tool, entry: Arc::new(Entry::new(requirement, None)), call: Box::new(call) }
    }

    /// Also requires the scopes that `scopes_for` computes from the arguments of each call.
    #[must_use]
    pub fn with_scopes_for(mut self, scopes_for: ScopesFor) -> Self {
        self.entry = Arc::new(Arc::unwrap_or_clone(self.entry).with_scopes_for(scopes_for));
        self
    }

    /// Declares that the function takes nothing from the connection of its request. Generated code calls it.
    #[doc(hidden)]
    #[must_use]
    pub fn direct(mut self, is_direct: bool) -> Self {
        self.entry = Arc::new(Arc::unwrap_or_clone(self.entry).direct(is_direct));
        self
    }
}

limits_of!(GuardedTool<S>);

impl<S> fmt::Debug for GuardedTool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedTool").field("name", &self.tool.name).field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// A free function with `#[guarded_tool]`: a tool of servers of type `S`.
///
/// The attribute creates a type with the name of the function that implements this trait. List it in
/// `#[guarded_tools(tools = [..])]`, or register it with [`GuardedTools::register`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a guarded tool of `{S}`",
    note = "add `#[guarded_tool(..)]` to the function; it can take the server as `&{S}`"
)]
pub trait ToolFunction<S> {
    /// Returns the tool.
    fn guarded_tool() -> GuardedTool<S>;
}

/// The tools of a server with their requirements.
pub struct GuardedTools<S> {
    router: ToolRouter<S>,
    entries: BTreeMap<Cow<'static, str>, Arc<Entry>>,
    /// The tools ordered by name, so that lists are stable.
    listed: Vec<Tool>,
    problems: Vec<Problem>,
}

impl<S: Send + Sync + 'static> GuardedTools<S> {
    /// Creates an empty set of tools.
    #[must_use]
    pub fn new() -> Self {
        Self { router: ToolRouter::new(), entries: BTreeMap::new(), listed: Vec::new(), problems: Vec::new() }
    }

    /// Adds a tool. If the name is taken, the first tool is kept and the server does not build.
    pub fn add(&mut self, tool: GuardedTool<S>) {
        let GuardedTool { tool, entry, call } = tool;
        let name = tool.name.clone();
        if self.entries.contains_key(&name) {
            self.problems.push(Problem::DuplicateTool(name.into_owned()));
            return;
        }
        let is_direct = entry.is_direct() && !has_parameter_headers(&tool);
        let entry = Arc::new(Arc::unwrap_or_clone(entry).direct(is_direct));
        let lock = Arc::clone(&entry);
        let route = ToolRoute::new_dyn(tool.clone(), move |mut context: ToolCallContext<'_, S>| {
            let none = Arguments::new();
            let arguments = context.arguments.as_ref().unwrap_or(&none);
            if let Err(error) = lock::open(&context.request_context, &lock, Some(arguments)) {
                return Box::pin(ready(error.into_tool_response(&context.request_context)));
            }
            match ClientInput::open(&mut context.request_context) {
                Ok(state) => {
                    context.request_state = state;
                    call(context)
                }
                Err(error) => Box::pin(ready(Err(error))),
            }
        });
        let at = self.listed.partition_point(|listed| listed.name < name);
        self.listed.insert(at, tool);
        self.entries.insert(name, entry);
        self.router.add_route(route);
    }

    /// Adds the free function `F`: `tools.register::<list_todos>()`.
    pub fn register<F: ToolFunction<S>>(&mut self) {
        self.add(F::guarded_tool());
    }

    /// Adds the tools of a plain rmcp router, all with this requirement.
    pub fn merge(&mut self, router: ToolRouter<S>, requirement: &Requirement) {
        for route in sorted(router) {
            self.add(locked(route, requirement.clone()));
        }
    }

    /// Adds the tools of a plain rmcp router, each with its own requirement. The server does not build if a tool has no
    /// requirement, or a requirement has no tool. A disabled tool is omitted, and may have a requirement.
    pub fn merge_each<'n>(
        &mut self,
        router: ToolRouter<S>,
        requirements: impl IntoIterator<Item = (&'n str, Requirement)>,
    ) {
        let mut given: BTreeMap<&str, Requirement> = BTreeMap::new();
        for (name, requirement) in requirements {
            if given.insert(name, requirement).is_some() {
                self.problems.push(Problem::RepeatedRequirement(name.to_owned()));
            }
        }
        let mut requirements = given;
        requirements.retain(|name, _| !router.is_disabled(name));
        for route in sorted(router) {
            match requirements.remove(route.attr.name.as_ref()) {
                Some(requirement) => self.add(locked(route, requirement)),
                None => self.problems.push(Problem::UnguardedTool(route.attr.name.into_owned())),
            }
        }
        self.problems.extend(requirements.into_keys().map(|name| Problem::NoSuchTool(name.to_owned())));
    }

    /// Dispatches a call. The lock of the route authorizes it.
    pub(super) fn call<'c>(
        &'c self,
        context: ToolCallContext<'c, S>,
    ) -> impl Future<Output = Result<CallToolResponse, ErrorData>> + Send + 'c {
        self.router.call(context)
    }
}

/// Returns whether the schema mentions `x-mcp-header` anywhere. rmcp's transport compares the `Mcp-Param-*` headers of such
/// a tool with its arguments.
fn has_parameter_headers(tool: &Tool) -> bool {
    serde_json::to_string(&tool.input_schema).map_or(true, |schema| schema.contains("x-mcp-header"))
}

/// Returns the routes that are not disabled, ordered by name.
fn sorted<S: Send + Sync + 'static>(mut router: ToolRouter<S>) -> Vec<ToolRoute<S>> {
    router.list_all().iter().filter_map(|tool| router.map.remove(&tool.name)).collect()
}

fn locked<S: Send + Sync + 'static>(route: ToolRoute<S>, requirement: Requirement) -> GuardedTool<S> {
    let ToolRoute { call, attr, .. } = route;
    GuardedTool::new(attr, requirement, move |context| call(context))
}

impl<S> GuardedTools<S> {
    /// Returns the requirement of a tool.
    #[must_use]
    pub fn requirement(&self, name: &str) -> Option<&Requirement> {
        self.entry(name).map(|entry| entry.requirement())
    }

    /// Returns the name and requirement of every tool, ordered by name.
    pub fn requirements(&self) -> impl Iterator<Item = (&str, &Requirement)> {
        self.entries().map(|(name, entry)| (name, entry.requirement()))
    }

    /// Returns the tools that `tools/list` shows, ordered by name.
    #[must_use]
    pub fn list(&self) -> &[Tool] {
        &self.listed
    }

    /// Returns a tool by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.listed.binary_search_by(|tool| tool.name.as_ref().cmp(name)).ok().map(|at| &self.listed[at])
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.get(name)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_ref(), entry.as_ref()))
    }

    pub(super) fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter()
    }
}

impl<S: Send + Sync + 'static> Default for GuardedTools<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for GuardedTools<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.entries).finish()
    }
}
