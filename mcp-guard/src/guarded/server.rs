//! The operations of a server with their requirements.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rmcp::ServerHandler;
use rmcp::model::{JsonObject, PromptsCapability, ResourcesCapability, ServerCapabilities, ToolsCapability};

use super::handler_impl::GuardedMethod;
use super::prompt::GuardedPrompts;
use super::resource::GuardedResources;
use super::tool::GuardedTools;
use crate::operation::{Arguments, Definition, Entry, Operations, Problem, ScopeMatrix};
use crate::policy::{Hierarchy, Policy};
use crate::scope::{ScopeSet, Vocabulary};

/// A server whose operations are guarded. `#[guarded_tools]` implements this trait; do not implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no guarded tools",
    note = "add `#[guarded_tools]` to its impl block, and `#[guarded_tool(scope = \"..\")]` to each tool in it",
    note = "with your own `impl ServerHandler`, write `#[guarded_tools(own_handler)]`"
)]
pub trait GuardedServer: ServerHandler + Sized + 'static {
    /// Returns the operations and their requirements, built once per process.
    fn guarded() -> &'static Guarded<Self>;

    /// Returns the tools and their requirements.
    #[must_use]
    fn guarded_tools() -> &'static GuardedTools<Self> {
        Self::guarded().tools()
    }

    /// Returns the capabilities of the server, for a `get_info` of its own.
    #[must_use]
    fn capabilities() -> ServerCapabilities {
        capabilities(Self::guarded())
    }

    /// Returns a table of all operations and their requirements. Pin it in a test, so that a review shows which
    /// operation a change opens.
    #[must_use]
    fn scope_matrix() -> ScopeMatrix {
        Self::guarded().scope_matrix()
    }
}

/// The guarded operations of a server: tools, prompts, resources, and methods that the server implements itself.
pub struct Guarded<S> {
    tools: GuardedTools<S>,
    prompts: GuardedPrompts<S>,
    resources: GuardedResources<S>,
    methods: BTreeMap<&'static str, Arc<Entry>>,
    vocabulary: Option<Vocabulary>,
    has_own_handler: bool,
}

impl<S: Send + Sync + 'static> Guarded<S> {
    /// Creates a server without operations.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tools: GuardedTools::new(),
            prompts: GuardedPrompts::new(),
            resources: GuardedResources::new(),
            methods: BTreeMap::new(),
            vocabulary: None,
            has_own_handler: false,
        }
    }

    /// Returns the tools, to add more.
    pub const fn tools_mut(&mut self) -> &mut GuardedTools<S> {
        &mut self.tools
    }

    /// Returns the prompts, to add more.
    pub const fn prompts_mut(&mut self) -> &mut GuardedPrompts<S> {
        &mut self.prompts
    }

    /// Returns the resources, to add more.
    pub const fn resources_mut(&mut self) -> &mut GuardedResources<S> {
        &mut self.resources
    }

    /// Guards a method that the server implements itself. `#[guarded_handler]` calls it.
    pub(crate) fn guard(&mut self, GuardedMethod { method, entry }: GuardedMethod) {
        self.methods.insert(method, entry);
    }

    /// Declares that the application implements `ServerHandler` itself. `#[guarded_handler]` calls it.
    #[doc(hidden)]
    pub const fn set_own_handler(&mut self) {
        self.has_own_handler = true;
    }

    /// Sets the vocabulary. All requirements use scopes of the vocabulary, and its implications become the hierarchy of
    /// the server.
    pub fn set_vocabulary(&mut self, vocabulary: Vocabulary) {
        self.vocabulary = Some(vocabulary);
    }
}

fn capabilities<S>(guarded: &Guarded<S>) -> ServerCapabilities {
    let mut capabilities = ServerCapabilities::default();
    let has_method = |method| guarded.methods.contains_key(method);
    if !guarded.tools.list().is_empty() {
        capabilities.tools = Some(ToolsCapability::default());
    }
    if !guarded.prompts.is_empty() || has_method("prompts/get") {
        capabilities.prompts = Some(PromptsCapability::default());
    }
    if !guarded.resources.is_empty() || has_method("resources/read") {
        let mut resources = ResourcesCapability::default();
        resources.subscribe = has_method("resources/subscribe").then_some(true);
        capabilities.resources = Some(resources);
    }
    if has_method("completion/complete") {
        capabilities.completions = Some(JsonObject::default());
    }
    if has_method("logging/setLevel") {
        capabilities.logging = Some(JsonObject::default());
    }
    capabilities
}

impl<S> Guarded<S> {
    /// Returns the tools.
    #[must_use]
    pub const fn tools(&self) -> &GuardedTools<S> {
        &self.tools
    }

    pub(super) const fn prompts(&self) -> &GuardedPrompts<S> {
        &self.prompts
    }

    pub(super) const fn resources(&self) -> &GuardedResources<S> {
        &self.resources
    }

    /// Returns all operations and their requirements, with the hierarchy of the vocabulary.
    #[must_use]
    pub fn scope_matrix(&self) -> ScopeMatrix {
        // A vocabulary whose scopes imply each other does not compile.
        let implications = self.vocabulary.iter().flat_map(Vocabulary::implications);
        let hierarchy = Hierarchy::new(implications).unwrap_or_default();
        ScopeMatrix::new(all(self), &Policy::new(ScopeSet::new(), hierarchy, false))
    }
}

impl<S: Send + Sync> Operations for Guarded<S> {
    fn tool(&self, name: &str) -> Option<&Arc<Entry>> {
        self.tools.entry(name)
    }

    fn prompt(&self, name: &str) -> Option<&Arc<Entry>> {
        self.prompts.entry(name)
    }

    fn resource(&self, uri: &str) -> Option<(&Arc<Entry>, Arguments)> {
        self.resources.entry(uri)
    }

    fn template(&self, template: &str) -> Option<&Arc<Entry>> {
        self.resources.template_entry(template)
    }

    fn method(&self, method: &str) -> Option<&Arc<Entry>> {
        self.methods.get(method)
    }

    fn has_own_handler(&self) -> bool {
        self.has_own_handler
    }

    fn definitions(&self) -> Box<dyn Iterator<Item = (Definition<'_>, &Entry)> + '_> {
        Box::new(all(self))
    }

    fn problems(&self) -> Box<dyn Iterator<Item = &Problem> + '_> {
        Box::new(self.tools.problems().chain(self.prompts.problems()).chain(self.resources.problems()))
    }

    fn vocabulary(&self) -> Option<&Vocabulary> {
        self.vocabulary.as_ref()
    }
}

/// Returns all definitions with their entries.
fn all<S>(guarded: &Guarded<S>) -> impl Iterator<Item = (Definition<'_>, &Entry)> {
    let Guarded { tools, prompts, resources, methods, .. } = guarded;
    let tools =
        tools.list().iter().filter_map(|tool| Some((Definition::Tool(tool), tools.entry(&tool.name)?.as_ref())));
    let prompts = prompts.iter().map(|(prompt, entry)| (Definition::Prompt(prompt), entry));
    let templates = resources.templates().map(|(one, entry)| (Definition::Template(one), entry));
    let resources = resources.resources().map(|(one, entry)| (Definition::Resource(one), entry));
    let methods = methods.iter().map(|(method, entry)| (Definition::Method(method), entry.as_ref()));
    tools.chain(prompts).chain(resources).chain(templates).chain(methods)
}

impl<S: Send + Sync + 'static> Default for Guarded<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Guarded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("tools", &self.tools)
            .field("prompts", &self.prompts)
            .field("resources", &self.resources)
            .field("methods", &self.methods)
            .finish_non_exhaustive()
    }
}
