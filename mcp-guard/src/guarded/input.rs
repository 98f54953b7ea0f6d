//! The client's input to a request that it repeats.

use rmcp::ErrorData;
use rmcp::handler::server::common::{AsRequestContext, FromContextPart};
use rmcp::model::{Extensions, InputResponses};

/// The client's responses to an `InputRequiredResult`, in a repeated request (MCP, "Multi Round-Trip Requests"). An
/// extractor for tools, prompts and resources. Empty in the first round, and before 2026-07-28.
///
/// ```
/// use mcp_guard::ClientInput;
/// use mcp_guard::prelude::*;
///
/// struct Todos;
///
/// #[guarded_tools]
/// impl Todos {
///     /// Plan the day.
///     #[guarded_prompt(scope = "todo:read")]
///     fn plan(&self, input: ClientInput) -> String {
///         match input.responses.get("topic") {
///             Some(topic) => format!("Plan my day around {topic}."),
///             None => "Plan my day.".to_owned(),
///         }
///     }
/// }
/// ```
///
/// # Security
///
/// Both values are controlled by the client. A server that relies on its state must seal it, for example with rmcp's
/// `RequestStateCodec`, and bind it to the caller.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ClientInput {
    /// The responses, by the keys of their input requests.
    pub responses: InputResponses,
    /// The state that the server sent, as returned by the client.
    pub state: Option<String>,
}

impl ClientInput {
    /// Stores the input in the extensions of its request, because only rmcp's context for tools has a field for it.
    pub(super) fn keep(responses: Option<&InputResponses>, state: Option<&String>, extensions: &mut Extensions) {
        if responses.is_some() || state.is_some() {
            let input = Self { responses: responses.cloned().unwrap_or_default(), state: state.cloned() };
            extensions.insert(input);
        }
    }
}

impl<C: AsRequestContext> FromContextPart<C> for ClientInput {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        Ok(context.as_request_context_mut().extensions.remove::<Self>().unwrap_or_default())
    }
}
