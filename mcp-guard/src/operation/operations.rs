//! Looks up the operations of a server by name.

use std::sync::Arc;

use rmcp::model::{CompleteRequestParams, Reference};
use serde_json::{Map, Value};

use super::{Definition, Entry, Operation, Problem};
use crate::scope::Vocabulary;

/// The arguments of a tool or prompt, or the variables of a resource template.
pub(crate) type Arguments = Map<String, Value>;

/// The operations of one server, independent of its type.
pub(crate) trait Operations: Send + Sync {
    /// Returns the entry of a tool.
    fn tool(&self, name: &str) -> Option<&Arc<Entry>>;

    /// Returns the entry of a prompt.
    fn prompt(&self, name: &str) -> Option<&Arc<Entry>>;

    /// Returns the entry of the resource with this URI, and the values of its template's variables.
    fn resource(&self, uri: &str) -> Option<(&Arc<Entry>, Arguments)>;

    /// Returns the resource or the template for this URI.
    fn named_resource(&self, uri: &str) -> Option<Operation<'_>> {
        let (found, _) = self.resource(uri)?;
        let is_found = |entry: &Entry| std::ptr::eq(entry, found.as_ref());
        self.entries().find(|(_, entry)| is_found(entry)).map(|(operation, _)| operation)
    }

    /// Returns the entry of the resource template with this text.
    fn template(&self, template: &str) -> Option<&Arc<Entry>>;

    /// Returns the entry of a method that the server implements itself.
    fn method(&self, method: &str) -> Option<&Arc<Entry>>;

    /// Returns whether the application implements `ServerHandler` itself.
    fn has_own_handler(&self) -> bool;

    /// Returns all definitions with their entries.
    fn definitions(&self) -> Box<dyn Iterator<Item = (Definition<'_>, &Entry)> + '_>;

    /// Returns all operations with their entries.
    fn entries(&self) -> Box<dyn Iterator<Item = (Operation<'_>, &Entry)> + '_> {
        Box::new(self.definitions().map(|(definition, entry)| (definition.operation(), entry)))
    }

    /// Returns the mistakes that prevent the server from being built.
    fn problems(&self) -> Box<dyn Iterator<Item = &Problem> + '_>;

    /// Returns the scopes of the server, if it declares a vocabulary.
    fn vocabulary(&self) -> Option<&Vocabulary>;
}

/// An entry with the arguments of its request, if they matter.
pub(crate) type EntryWithArguments<'o> = (&'o Arc<Entry>, Option<Arguments>);

/// Returns the entry of the prompt or resource that a completion refers to, with its known arguments. `None` if it does
/// not exist. `Some(None)` if a method of the server itself handles it.
pub(crate) fn completion_subject<'o>(
    operations: &'o dyn Operations,
    params: &CompleteRequestParams,
) -> Option<Option<EntryWithArguments<'o>>> {
    let given = || {
        let known = params.context.iter().flat_map(|context| context.arguments.iter().flatten());
        let given = known.map(|(name, value)| (name.clone(), value.clone().into()));
        given.chain([(params.argument.name.clone(), params.argument.value.clone().into())]).collect()
    };
    let (found, method) = match &params.r#ref {
        Reference::Prompt(prompt) => {
            (operations.prompt(&prompt.name).map(|entry| (entry, Some(given()))), "prompts/get")
        }
        Reference::Resource(resource) => {
            let template = operations.template(&resource.uri).map(|entry| (entry, Some(given())));
            // A completion may refer to a resource by URI or by template (MCP, "Completion", "Reference Types").
            let found = template
                .or_else(|| operations.resource(&resource.uri).map(|(entry, variables)| (entry, Some(variables))));
            (found, "resources/read")
        }
        _ => return None,
    };
    match found {
        Some(found) => Some(Some(found)),
        None => operations.method(method).map(|_| None),
    }
}
