//! Resources that carry their lock.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use mcp_guard_uri::UriTemplate;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::handler::server::common::AsRequestContext;
use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::ErrorCode;
use rmcp::model::ReadResourceResponse;
use rmcp::model::Resource;
use rmcp::model::ResourceTemplate;
use rmcp::service::RequestContext;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::json;

use super::lock;
use crate::operation::Arguments;
use crate::operation::Entry;
use crate::operation::Problem;
use crate::operation::ScopesFor;
use crate::policy::Requirement;

/// One request for a resource.
#[derive(Debug)]
#[non_exhaustive]
pub struct ResourceContext<'s, S> {
    /// The server.
    pub server: &'s S,
    /// The URI as the client wrote it.
    pub uri: String,
    /// What the variables of the template are in it, decoded.
    pub variables: Arguments,
    /// What rmcp knows of the request.
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

/// The variables of the template as one type.
impl<S, P: DeserializeOwned> FromContextPart<ResourceContext<'_, S>> for Parameters<P> {
    fn from_context_part(context: &mut ResourceContext<'_, S>) -> Result<Self, ErrorData> {
        serde_json::from_value(Value::Object(context.variables.clone())).map(Parameters).map_err(|_| no_such_resource())
    }
}

/// The URI of the resource that is read, as the client wrote it. An extractor for `#[guarded_resource]`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it is taken apart in patterns, like every extractor")]
pub struct ResourceUri(pub String);

impl<S> FromContextPart<ResourceContext<'_, S>> for ResourceUri {
    fn from_context_part(context: &mut ResourceContext<'_, S>) -> Result<Self, ErrorData> {
        Ok(Self(context.uri.clone()))
    }
}

/// The same for a URI that nothing answers to and for one whose variables make no sense: which of the two is not for the client to know.
pub(crate) fn no_such_resource() -> ErrorData {
    ErrorData::resource_not_found("Unknown resource", None)
}

/// Says which resource is unknown (MCP, "Resources", "Error Handling").
fn with_uri(mut error: ErrorData, uri: &str) -> ErrorData {
    if error.code == ErrorCode::RESOURCE_NOT_FOUND && error.data.is_none() {
        error.data = Some(json!({ "uri": uri }));
    }
    error
}

/// What a resource answers.
type ResourceFuture<'c> = BoxFuture<'c, Result<ReadResourceResponse, ErrorData>>;
type Read<S> = dyn for<'c> Fn(ResourceContext<'c, S>) -> ResourceFuture<'c> + Send + Sync;

/// A resource or a resource template, its requirement, and the function behind both.
pub struct GuardedResource<S> {
    described: Described,
    entry: Arc<Entry>,
    read: Box<Read<S>>,
}

/// What a client is told.
#[derive(Debug)]
enum Described {
    Resource(Resource),
    Template(ResourceTemplate),
}

impl<S: Send + Sync + 'static> GuardedResource<S> {
    /// Locks `read`, which reads the one resource of this URI.
    #[must_use]
    pub fn new<F>(resource: Resource, requirement: Requirement, scopes_for: Option<ScopesFor>, read: F) -> Self
    where
        F: for<'c> Fn(ResourceContext<'c, S>) -> ResourceFuture<'c> + Send + Sync + 'static,
    {
        Self::locked(Described::Resource(resource), requirement, scopes_for, Box::new(read))
    }

    /// Locks `read`, which reads the resources that the template describes, with the further scopes that `scopes_for` computes from its variables.
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
        Self::locked(Described::Template(template), requirement, scopes_for, Box::new(read))
    }

    fn locked(
        described: Described,
        requirement: Requirement,
        scopes_for: Option<ScopesFor>,
        read: Box<Read<S>>,
    ) -> Self {
        Self { described, entry: Arc::new(Entry::new(requirement, scopes_for)), read }
    }
}

impl<S> fmt::Debug for GuardedResource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedResource")
            .field("described", &self.described)
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

/// The resources of a server, each with its requirement.
///
/// A URI is read by the resource that has exactly this URI, else by the template that describes it; two templates that could describe the same URI are refused
/// when the server is built. The gate and the inner lock ask the same function, so what decides is always what is read.
pub struct GuardedResources<S> {
    resources: BTreeMap<String, Route<S, Resource>>,
    templates: Vec<(UriTemplate, Route<S, ResourceTemplate>)>,
    problems: Vec<Problem>,
}

/// What guards a resource, what reads it, and what the variables of its template are.
type Found<'r, S> = (&'r Arc<Entry>, &'r Box<Read<S>>, Arguments);

struct Route<S, D> {
    described: D,
    entry: Arc<Entry>,
    read: Box<Read<S>>,
}

impl<S: Send + Sync + 'static> GuardedResources<S> {
    pub(super) const fn new() -> Self {
        Self { resources: BTreeMap::new(), templates: Vec::new(), problems: Vec::new() }
    }

    /// Adds a resource or a template. Of two with one URI the first one stays, and the server does not build.
    pub fn add(&mut self, resource: GuardedResource<S>) {
        let GuardedResource { described, entry, read } = resource;
        match described {
            Described::Resource(described) => match self.resources.entry(described.uri.clone()) {
                MapEntry::Vacant(free) => {
                    free.insert(Route { described, entry, read });
                }
                MapEntry::Occupied(taken) => self.problems.push(Problem::DuplicateResource(taken.key().clone())),
            },
            Described::Template(described) => {
                let text = described.uri_template.clone();
                match UriTemplate::parse(&text) {
                    Err(error) => self.problems.push(Problem::Template { template: text, reason: error.to_string() }),
                    Ok(_) if self.templates.iter().any(|(_, route)| route.described.uri_template == text) => {
                        self.problems.push(Problem::DuplicateResource(text));
                    }
                    Ok(template) => {
                        if let Some((_, other)) = self.templates.iter().find(|(other, _)| other.overlaps(&template)) {
                            let other = other.described.uri_template.clone();
                            self.problems.push(Problem::AmbiguousTemplates(other, text));
                        }
                        self.templates.push((template, Route { described, entry, read }));
                    }
                }
            }
        }
    }

    /// Reads a resource, if the lock opens.
    pub(super) async fn read(
        &self,
        server: &S,
        uri: String,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let asked = uri.clone();
        let answer = match self.find(&uri) {
            None => Err(no_such_resource()),
            Some((entry, read, variables)) => match lock::open(&context, entry, Some(&variables)) {
                Ok(_) => read(ResourceContext { server, uri, variables, context }).await,
                Err(shut) => Err(shut.to_error()),
            },
        };
        answer.map_err(|error| with_uri(error, &asked))
    }
}

/// What the variables of `template` are in `uri`, if it describes it.
fn variables(template: &UriTemplate, uri: &str) -> Option<Arguments> {
    let captures = template.captures(uri)?;
    Some(captures.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value.as_ref()))).collect())
}

impl<S> GuardedResources<S> {
    /// Which route reads this URI, and what the variables of its template are.
    fn find(&self, uri: &str) -> Option<Found<'_, S>> {
        if let Some(route) = self.resources.get(uri) {
            return Some((&route.entry, &route.read, Arguments::new()));
        }
        self.templates.iter().find_map(|(template, route)| {
            let variables = variables(template, uri)?;
            // Another spelling of a resource that has a route of its own, like `%21` for `!`: what guards that is what counts.
            let same = |(at, _): &(&String, _)| self::variables(template, at).is_some_and(|values| values == variables);
            match self.resources.iter().find(same) {
                Some((_, route)) => Some((&route.entry, &route.read, Arguments::new())),
                None => Some((&route.entry, &route.read, variables)),
            }
        })
    }

    /// What guards the resource of this URI, and what the variables of its template are.
    pub(super) fn entry(&self, uri: &str) -> Option<(&Arc<Entry>, Arguments)> {
        self.find(uri).map(|(entry, _, variables)| (entry, variables))
    }

    /// What guards the template that is written like this.
    pub(super) fn template_entry(&self, text: &str) -> Option<&Arc<Entry>> {
        self.templates.iter().find(|(_, route)| route.described.uri_template == text).map(|(_, route)| &route.entry)
    }

    /// The resources, ordered by URI, with what guards each.
    pub(super) fn resources(&self) -> impl Iterator<Item = (&Resource, &Entry)> {
        self.resources.values().map(|route| (&route.described, route.entry.as_ref()))
    }

    /// The templates in the order in which they were added, with what guards each.
    pub(super) fn templates(&self) -> impl Iterator<Item = (&ResourceTemplate, &Entry)> {
        self.templates.iter().map(|(_, route)| (&route.described, route.entry.as_ref()))
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
