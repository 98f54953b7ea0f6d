//! The state of multi round-trip requests (MCP, "Multi Round-Trip Requests").
//!
//! rmcp's `RequestStateCodec` authenticates the state and its expiry. It does not hide the state from the client.

use std::time::Duration;

use rmcp::model::SealOptions;
use serde_json::{Map, Value};

use super::Seal;
use super::arguments::digest;
use super::bound::Bound;
use crate::token::Principal;

/// The time that a client has to repeat a request with its state.
const LIFETIME: Duration = Duration::from_secs(600);

/// The request that a state belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StateOf<'r> {
    /// A call of this tool with these arguments.
    Tool(&'r str, Option<&'r Map<String, Value>>),
    /// The prompt with this name and these arguments.
    Prompt(&'r str, Option<&'r Map<String, Value>>),
    /// The resource with this URI.
    Resource(&'r str),
}

/// The server, the principal and the request that a state is valid for.
pub(crate) struct StateBinding(Bound);

opaque_debug!(redacted StateBinding);

impl Seal {
    /// Returns the binding of the state of a request by `owner`.
    pub(crate) fn binding(&self, request: StateOf<'_>, owner: Option<Principal<'_>>) -> StateBinding {
        let (kind, name, arguments) = match request {
            StateOf::Tool(name, arguments) => ("tool", name, arguments),
            StateOf::Prompt(name, arguments) => ("prompt", name, arguments),
            StateOf::Resource(uri) => ("resource", uri, None),
        };
        // A request without arguments is the same as one with no members.
        let arguments = arguments.map_or_else(|| digest(&Map::new()), digest);
        StateBinding(Bound::new(&self.server, owner).and(Some(kind)).and(Some(name)).and(Some(&arguments)))
    }

    /// Returns the sealed state for the client.
    pub(crate) fn seal_state(&self, state: &str, binding: &StateBinding) -> String {
        self.seal_state_for(LIFETIME, state, binding)
    }

    /// Returns the state if it was sealed for this binding and has not expired.
    pub(crate) fn open_state(&self, sealed: &str, binding: &StateBinding) -> Option<String> {
        let state = self.keys.states.open_with(sealed, binding.0.as_bytes()).ok()?;
        String::from_utf8(state).ok()
    }

    fn seal_state_for(&self, lifetime: Duration, state: &str, binding: &StateBinding) -> String {
        let options = SealOptions::new().associated_data(binding.0.as_bytes()).ttl(lifetime);
        self.keys.states.seal_with(state.as_bytes(), &options)
    }
}

#[cfg(test)]
mod tests;
