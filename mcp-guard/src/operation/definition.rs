//! The definition of an operation, as lists show it, and its digests.

use rmcp::model::{Prompt, Resource, ResourceTemplate, Tool};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::Operation;

/// The definition of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Definition<'a> {
    Tool(&'a Tool),
    Prompt(&'a Prompt),
    Resource(&'a Resource),
    Template(&'a ResourceTemplate),
    /// A method that the server implements itself. Lists do not show it.
    Method(&'a str),
}

/// The digests of a definition: SHA-256 of its canonical JSON (RFC 8785), in hexadecimal. `None` for an empty part.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Digests {
    /// The schemas of a tool, and the arguments of a prompt.
    pub(crate) schema: Option<String>,
    /// The title and the description.
    pub(crate) description: Option<String>,
    /// All other members, so that no change of a definition is missed.
    pub(crate) annotations: Option<String>,
}

const SCHEMA: &[&str] = &["inputSchema", "outputSchema", "arguments"];
const DESCRIPTION: &[&str] = &["title", "description"];

impl<'a> Definition<'a> {
    /// Returns the operation that the definition describes.
    pub(crate) fn operation(self) -> Operation<'a> {
        match self {
            Self::Tool(tool) => Operation::Tool(&tool.name),
            Self::Prompt(prompt) => Operation::Prompt(&prompt.name),
            Self::Resource(resource) => Operation::Resource(&resource.uri),
            Self::Template(template) => Operation::Template(&template.uri_template),
            Self::Method(method) => Operation::Method(method),
        }
    }

    /// Returns the digests of the definition.
    pub(crate) fn digests(self) -> Digests {
        // A tool and a prompt have the name of their operation. The name of a resource is a text for clients.
        match self {
            Self::Tool(tool) => Digests::of(tool, "name"),
            Self::Prompt(prompt) => Digests::of(prompt, "name"),
            Self::Resource(resource) => Digests::of(resource, "uri"),
            Self::Template(template) => Digests::of(template, "uriTemplate"),
            Self::Method(_) => Digests::default(),
        }
    }
}

impl Digests {
    fn of(definition: &impl Serialize, identity: &str) -> Self {
        let Ok(Value::Object(mut members)) = serde_json::to_value(definition) else { return Self::default() };
        members.remove(identity);
        let mut take = |names: &[&str]| -> Map<String, Value> {
            names.iter().filter_map(|name| members.remove_entry(*name)).collect()
        };
        let (schema, description) = (take(SCHEMA), take(DESCRIPTION));
        Self { schema: digest(&schema), description: digest(&description), annotations: digest(&members) }
    }
}

/// Returns the digest of these members.
fn digest(members: &Map<String, Value>) -> Option<String> {
    if members.is_empty() {
        return None;
    }
    let canonical = serde_json_canonicalizer::to_vec(members).ok()?;
    Some(Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
