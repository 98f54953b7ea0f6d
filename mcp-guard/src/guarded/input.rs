//! The client's input to a request that it repeats.

use std::sync::Arc;

use rmcp::handler::server::common::{AsRequestContext, FromContextPart};
use rmcp::model::{Extensions, InputResponses};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::request_state;
use super::request_state::RequestState;

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
/// # State
///
/// An operation that returns an `InputRequiredResult` with a `request_state` finds this text in [`state`](Self::state) when
/// the client repeats the request. Between the rounds the client keeps the state, sealed for ten minutes: for the caller,
/// the operation, and its arguments. Any other state is rejected with `-32602` before the operation runs.
///
/// # Security
///
/// - The responses are controlled by the client.
/// - The state is authentic, but the client can read it. Do not put secrets into it.
/// - The state is not single-use. Its owner may repeat a request whose response was lost, so an operation with side
///   effects must recognize the repetition: put an id into the state, and remember the ids that were used.
/// - The state of an anonymous caller is valid for every anonymous caller. Before an operation relies on it, require a
///   token.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ClientInput {
    /// The responses, by the keys of their input requests.
    pub responses: InputResponses,
    /// The state that the operation returned with its questions. `None` in the first round.
    pub state: Option<String>,
}

/// The input of a request whose caller is not authorized yet.
#[derive(Clone)]
struct SealedInput {
    responses: InputResponses,
    state: Option<String>,
    request: Option<Arc<RequestState>>,
}

impl ClientInput {
    /// Stores the input in the extensions of its request, because only rmcp's context for tools has a field for it. The
    /// state stays sealed until the caller is authorized.
    pub(super) fn keep(
        responses: Option<&InputResponses>,
        state: Option<&String>,
        request: Option<&Arc<RequestState>>,
        extensions: &mut Extensions,
    ) {
        if responses.is_some() || state.is_some() {
            extensions.insert(SealedInput {
                responses: responses.cloned().unwrap_or_default(),
                state: state.cloned(),
                request: request.cloned(),
            });
        }
    }

    /// Opens the state of an authorized request, and provides the input to the extractor. Returns the state for the
    /// extractors of rmcp.
    ///
    /// # Errors
    ///
    /// The state was not sealed for this caller and this request, or has expired.
    pub(super) fn open(context: &mut RequestContext<RoleServer>) -> Result<Option<String>, ErrorData> {
        let Some(SealedInput { responses, state, request }) = context.extensions.remove() else { return Ok(None) };
        let opened = state.as_deref().and_then(|sealed| request?.open(sealed));
        if state.is_some() && opened.is_none() {
            return Err(request_state::rejected(context));
        }
        context.extensions.insert(Self { responses, state: opened.clone() });
        Ok(opened)
    }
}

impl<C: AsRequestContext> FromContextPart<C> for ClientInput {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        Ok(context.as_request_context_mut().extensions.remove::<Self>().unwrap_or_default())
    }
}
