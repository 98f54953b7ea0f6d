//! Guarded resources.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use mcp_guard_uri::UriTemplate;
use rmcp::handler::server::common::{AsRequestContext, FromContextPart};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{ErrorCode, ReadResourceResponse, Resource, ResourceTemplate};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::entry_limits::limits_of;
use super::input::ClientInput;
use super::lock;
use crate::operation::{Arguments, Entry, Problem, ScopesFor};
use crate::policy::Requirement;

/// A request for a resource.
#[derive(Debug)]
#[non_exhaustive]
pub struct ResourceContext<'s, S> {
    /// The server.
    pub server: &'s S,
    /// The URI in the spelling of the client.
    pub uri: String,
    /// The decoded values of the template's variables.
    pub variables: Arguments,
    /// The request context of rmcp.
    pub context: RequestContext<RoleServer>,
}

impl<S> AsRequestContext for ResourceContext<'_, S> {
    fn as_request_context(&self) -> &RequestContext<RoleServer> {
        &self.context
    }

    fn as_request_context_mut(&mut self) -> &mut RequestContext<RoleServer> {
        &mut self.context
    }
}

/// Deserializes all variables of the template into one type.
impl<S, P: DeserializeOwned> FromContextPart<ResourceContext<'_, S>> for Parameters<P> {
    fn from_context_part(context: &mut ResourceContext<'_, S>) -> Result<Self, ErrorData> {
        serde_json::from_value(Value::Object(context.variables.clone())).map(Parameters).map_err(|_| no_such_resource())
    }
}

/// The requested URI in the spelling of the client. An extractor for `#[guarded_resource]`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "destructured in patterns, like every extractor")]
pub struct ResourceUri(pub String);

impl<S> FromContextPart<ResourceContext<'_, S>> for ResourceUri {
    fn from_context_part(context: &mut ResourceContext<'_, S>) -> Result<Self, ErrorData> {
        Ok(Self(context.uri.clone()))
    }
}

/// Returns the error for an unknown URI and for invalid variables. The client cannot distinguish them.
pub(crate) fn no_such_resource() -> ErrorData {
    ErrorData::resource_not_found("Unknown resource", None)
}

/// Adds the URI of the unknown resource (MCP, "Resources", "Error Handling").
fn with_uri(mut error: ErrorData, uri: &str) -> ErrorData {
    if error.code == ErrorCode::RESOURCE_NOT_FOUND && error.data.is_none() {
        error.data = Some(json!({ "uri": uri }));
    }
    error
}

/// The future of a resource's result.
type ResourceFuture<'c> = BoxFuture<'c, Result<ReadResourceResponse, ErrorData>>;
type Read<S> = dyn for<'c> Fn(ResourceContext<'c, S>) -> ResourceFuture<'c> + Send + Sync;

/// A resource or a resource template, its requirement, and its function.
pub struct GuardedResource<S> {
    definition: Definition,
    entry: Arc<Entry>,
    read: Box<Read<S>>,
}

/// The definition that clients see.
#[derive(Debug)]
enum Definition {
    Resource(Resource),
    Template(ResourceTemplate),
}

impl<S: Send + Sync + 'static> GuardedResource<S> {
    /// Guards `read`, which reads the resource with this URI.
    #[must_use]
    pub fn new<F>(resource: Resource, requirement: Requirement, scopes_for: Option<ScopesFor>, read: F) -> Self
    where
        F: for<'c> Fn(ResourceContext<'c, S>) -> ResourceFuture<'c> + Send + Sync + 'static,
    {
        Self::locked(Definition::Resource(resource), requirement, scopes_for, Box::new(read))
    }

    /// Guards `read`, which reads the resources of a template, with the scopes that `scopes_for` computes from its
    /// variables.
    #[must_use]
    pub fn template<F>(
        template: ResourceTemplate,
        requirement: Requirement,
        scopes_for: Option<ScopesFor>,
        read: F,
    ) -> Self
    where
        F: for<'c> Fn(ResourceContext<'c, S>) -> ResourceFuture<'c> + Send + Sync + 'static,
    {
        Self::locked(Definition::Template(template), requirement, scopes_for, Box::new(read))
    }

    fn locked(
        definition: Definition,
        requirement: Requirement,
        scopes_for: Option<ScopesFor>,
        read: Box<Read<S>>,
    ) -> Self {
        Self { definition, entry: Arc::new(Entry::new(requirement, scopes_for)), read }
    }

    /// Declares that the function takes nothing from the connection of its request. Generated code calls it.
    #[doc(hidden)]
    #[must_use]
    pub fn direct(mut self, is_direct: bool) -> Self {
        self.entry = Arc::new(Arc::unwrap_or_clone(self.entry).direct(is_direct));
        self
    }
}

limits_of!(GuardedResource<S>);

impl<S> fmt::Debug for GuardedResource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedResource")
            .field("definition", &self.definition)
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

/// The resources of a server with their requirements.
///
/// A URI is read by the resource with exactly this URI, else by the template that matches it. Two templates that can
/// match the same URI are rejected when the server is built. The gate and the inner lock use the same lookup, so that
/// the authorized resource is the one that is read.
pub struct GuardedResources<S> {
    resources: BTreeMap<String, Route<S, Resource>>,
    templates: Vec<(UriTemplate, Route<S, ResourceTemplate>)>,
    problems: Vec<Problem>,
}

/// The entry of a resource, its function, and the values of its template's variables.
type Found<'r, S> = (&'r Arc<Entry>, &'r Box<Read<S>>, Arguments);

struct Route<S, D> {
    definition: D,
    entry: Arc<Entry>,
    read: Box<Read<S>>,
}

impl<S: Send + Sync + 'static> GuardedResources<S> {
    pub(super) const fn new() -> Self {
        Self { resources: BTreeMap::new(), templates: Vec::new(), problems: Vec::new() }
    }

    /// Adds a resource or a template. If the URI is taken, the first one is kept and the server does not build.
    pub fn add(&mut self, resource: GuardedResource<S>) {
        let GuardedResource { definition, entry, read } = resource;
        match definition {
            Definition::Resource(definition) => match self.resources.entry(definition.uri.clone()) {
                MapEntry::Vacant(free) => {
                    free.insert(Route { definition, entry, read });
                }
                MapEntry::Occupied(taken) => self.problems.push(Problem::DuplicateResource(taken.key().clone())),
            },
            Definition::Template(definition) => {
                let text = definition.uri_template.clone();
                match UriTemplate::parse(&text) {
                    Err(error) => self.problems.push(Problem::Template { template: text, reason: error.to_string() }),
                    Ok(_) if self.templates.iter().any(|(_, route)| route.definition.uri_template == text) => {
                        self.problems.push(Problem::DuplicateResource(text));
                    }
                    Ok(template) => {
                        if let Some((_, other)) = self.templates.iter().find(|(other, _)| other.overlaps(&template)) {
                            let other = other.definition.uri_template.clone();
                            self.problems.push(Problem::AmbiguousTemplates(other, text));
                        }
                        self.templates.push((template, Route { definition, entry, read }));
                    }
                }
            }
        }
    }

    /// Authorizes the caller and reads a resource.
    pub(super) async fn read(
        &self,
        server: &S,
        uri: String,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let asked = uri.clone();
        self.read_found(server, uri, context).await.map_err(|error| with_uri(error, &asked))
    }

    async fn read_found(
        &self,
        server: &S,
        uri: String,
        mut context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let (entry, read, variables) = self.find(&uri).ok_or_else(no_such_resource)?;
        lock::open(&context, entry, Some(&variables)).map_err(|error| error.to_error())?;
        ClientInput::open(&mut context)?;
        read(ResourceContext { server, uri, variables, context }).await
    }
}

/// Returns the values of the variables if `template` matches `uri`.
fn variables(template: &UriTemplate, uri: &str) -> Option<Arguments> {
    let captures = template.captures(uri)?;
    Some(captures.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value.as_ref()))).collect())
}

impl<S> GuardedResources<S> {
    /// Returns the route for this URI, and the values of its template's variables.
    fn find(&self, uri: &str) -> Option<Found<'_, S>> {
        if let Some(route) = self.resources.get(uri) {
            return Some((&route.entry, &route.read, Arguments::new()));
        }
        self.templates.iter().find_map(|(template, route)| {
            let variables = variables(template, uri)?;
            // Another spelling of a resource with its own route, such as `%21` for `!`: the route of that resource
            // applies.
            let same = |(at, _): &(&String, _)| self::variables(template, at).is_some_and(|values| values == variables);
            match self.resources.iter().find(same) {
                Some((_, route)) => Some((&route.entry, &route.read, Arguments::new())),
                None => Some((&route.entry, &route.read, variables)),
            }
        })
    }

    /// Returns the entry for this URI, and the values of its template's variables.
    pub(super) fn entry(&self, uri: &str) -> Option<(&Arc<Entry>, Arguments)> {
        self.find(uri).map(|(entry, _, variables)| (entry, variables))
    }

    /// Returns the entry of the template with this text.
    pub(super) fn template_entry(&self, text: &str) -> Option<&Arc<Entry>> {
        self.templates.iter().find(|(_, route)| route.definition.uri_template == text).map(|(_, route)| &route.entry)
    }

    /// Returns the resources, ordered by URI, with their entries.
    pub(super) fn resources(&self) -> impl Iterator<Item = (&Resource, &Entry)> {
        self.resources.values().map(|route| (&route.definition, route.entry.as_ref()))
    }

    /// Returns the templates in the order of registration, with their entries.
    pub(super) fn templates(&self) -> impl Iterator<Item = (&ResourceTemplate, &Entry)> {
        self.templates.iter().map(|(_, route)| (&route.definition, route.entry.as_ref()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.templates.is_empty()
    }

    pub(super) fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter()
    }
}

impl<S> fmt::Debug for GuardedResources<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.resources().map(|(resource, entry)| (&resource.uri, entry)))
            .entries(self.templates().map(|(template, entry)| (&template.uri_template, entry)))
            .finish()
    }
}
