//! What a client was asked for, and sends when it repeats its request.

use rmcp::ErrorData;
use rmcp::handler::server::common::AsRequestContext;
use rmcp::handler::server::common::FromContextPart;
use rmcp::model::Extensions;
use rmcp::model::InputResponses;

/// What a client was asked for with an `InputRequiredResult`, in a request that it repeats (MCP, "Multi Round-Trip Requests"). An extractor for tools,
/// prompts and resources; empty in the first round, and before 2026-07-28.
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
/// The client may send whatever it likes as either. A server that relies on its state seals it, for example with rmcp's `RequestStateCodec`, and binds it to
/// the caller.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ClientInput {
    /// The answers, by the keys under which they were asked for.
    pub responses: InputResponses,
    /// The state that the server sent along, as the client sent it back.
    pub state: Option<String>,
}

impl ClientInput {
    /// Keeps it with the request that it came in: of the contexts that rmcp makes of requests, only the one of tools has a place for it.
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
