//! The operations of a server, looked up by their names.

use std::sync::Arc;

use rmcp::model::CompleteRequestParams;
use rmcp::model::Reference;
use serde_json::Map;
use serde_json::Value;

use super::Entry;
use super::Operation;
use super::Problem;
use crate::scope::Vocabulary;

/// The arguments of a tool or prompt, or the variables of a resource template.
pub(crate) type Arguments = Map<String, Value>;

/// The operations of one server, whatever its type.
pub(crate) trait Operations: Send + Sync {
    /// What guards the tool of this name.
    fn tool(&self, name: &str) -> Option<&Arc<Entry>>;

    /// What guards the prompt of this name.
    fn prompt(&self, name: &str) -> Option<&Arc<Entry>>;

    /// What guards the resource of this URI, and what its template's variables are in it.
    fn resource(&self, uri: &str) -> Option<(&Arc<Entry>, Arguments)>;

    /// What guards the resource template that is written like this.
    fn template(&self, template: &str) -> Option<&Arc<Entry>>;

    /// What guards a method that the server's author implements by hand.
    fn method(&self, method: &str) -> Option<&Arc<Entry>>;

    /// All of them.
    fn entries(&self) -> Box<dyn Iterator<Item = (Operation<'_>, &Entry)> + '_>;

    /// What makes them unusable.
    fn problems(&self) -> Box<dyn Iterator<Item = &Problem> + '_>;

    /// The scopes that the server knows, if it says so.
    fn vocabulary(&self) -> Option<&Vocabulary>;
}

/// An entry, and the arguments that its request has, where they matter.
pub(crate) type Judged<'o> = (&'o Arc<Entry>, Option<Arguments>);

/// The prompt or the resource that a completion is about, with the arguments that it knows already. `None`: nothing that is known, so nobody knows what it
/// requires. `Some(None)`: something that only a method written by hand knows.
pub(crate) fn referred<'o>(
    operations: &'o dyn Operations,
    params: &CompleteRequestParams,
) -> Option<Option<Judged<'o>>> {
    let given = || {
        let known = params.context.iter().flat_map(|context| context.arguments.iter().flatten());
        let given = known.map(|(name, value)| (name.clone(), value.clone().into()));
        given.chain([(params.argument.name.clone(), params.argument.value.clone().into())]).collect()
    };
    let (found, by_hand) = match &params.r#ref {
        Reference::Prompt(prompt) => {
            (operations.prompt(&prompt.name).map(|entry| (entry, Some(given()))), "prompts/get")
        }
        Reference::Resource(resource) => {
            let template = operations.template(&resource.uri).map(|entry| (entry, Some(given())));
            // A URI is as good as a template (MCP, "Completion", "Reference Types").
            let found = template
                .or_else(|| operations.resource(&resource.uri).map(|(entry, variables)| (entry, Some(variables))));
            (found, "resources/read")
        }
        _ => return None,
    };
    match found {
        Some(found) => Some(Some(found)),
        None => operations.method(by_hand).map(|_| None),
    }
}
