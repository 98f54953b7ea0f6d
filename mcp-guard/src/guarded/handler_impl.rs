//! Methods of `ServerHandler` that a server implements itself, guarded by `#[guarded_handler]`.

use std::sync::Arc;

use rmcp::model::{
    CompleteRequestParams, GetPromptRequestParams, GetPromptResponse, GetTaskResult, ReadResourceRequestParams,
    ReadResourceResponse,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

use super::entry_limits::limits_of;
use super::lock::ResponseGuard;
use super::request_state::RequestState;
use super::run::Run;
use super::sealing::Sealing;
use super::{GuardedServer, lock, request_state, task};
use crate::operation::{Entry, EntryWithArguments, Operations, completion_subject};
use crate::policy::{Refusal, Requirement};
use crate::seal::StateOf;

/// A server that implements methods of `ServerHandler` itself. `#[guarded_handler]` implements this trait; do not
/// implement it by hand.
#[diagnostic::on_unimplemented(
    message = "the `ServerHandler` of `{Self}` is not guarded",
    note = "add `#[guarded_handler]` to `impl ServerHandler for {Self}`, or remove `own_handler` from `#[guarded_tools(..)]`"
)]
pub trait GuardedHandler: ServerHandler {
    /// Returns the implemented MCP methods and their requirements.
    fn methods() -> Vec<GuardedMethod>;
}

/// A method that a server implements itself, and its requirement.
#[derive(Debug)]
pub struct GuardedMethod {
    pub(super) method: &'static str,
    pub(super) entry: Arc<Entry>,
}

impl GuardedMethod {
    /// Guards `method` with `requirement`.
    #[must_use]
    pub fn new(method: &'static str, requirement: Requirement) -> Self {
        Self { method, entry: Arc::new(Entry::new(requirement, None)) }
    }
}

limits_of!(GuardedMethod);

/// The subject of a request to such a method.
#[derive(Debug)]
#[non_exhaustive]
pub enum MethodSubject<'r> {
    /// The request has no subject with its own requirement.
    Nothing,
    /// The resource with this URI.
    Resource(&'r str),
    /// The resources with these URIs.
    Resources(&'r [String]),
    /// The prompt or the resource of a completion.
    Completion(&'r CompleteRequestParams),
    /// The task with this id. It becomes the id of the application.
    Task(&'r mut String),
    /// A prompt. Its state becomes the one of the application.
    Prompt(&'r mut GetPromptRequestParams),
    /// The contents of a resource. Their state becomes the one of the application.
    Contents(&'r mut ReadResourceRequestParams),
}

/// An authorized request to such a method.
pub struct Admitted {
    response: ResponseGuard,
    run: Run,
    sealing: Sealing,
}

/// Authorizes a request to such a method.
pub fn admit_method<S: GuardedServer>(
    method: &'static str,
    subject: MethodSubject<'_>,
    context: &RequestContext<RoleServer>,
) -> Result<Admitted, ErrorData> {
    let guarded = S::guarded();
    // `#[guarded_handler]` declares a requirement for every method that it guards. A method without one is rejected.
    let entry = guarded.method(method).ok_or_else(|| Refusal::NoCaller.to_error())?;
    let resource = |uri: &str| guarded.resource(uri).map(|(entry, variables)| (entry, Some(variables)));
    let subjects: Vec<EntryWithArguments<'_>> = match &subject {
        MethodSubject::Nothing | MethodSubject::Task(_) | MethodSubject::Prompt(_) | MethodSubject::Contents(_) => {
            Vec::new()
        }
        MethodSubject::Resource(uri) => resource(uri).into_iter().collect(),
        MethodSubject::Resources(uris) => uris.iter().filter_map(|uri| resource(uri)).collect(),
        MethodSubject::Completion(params) => match completion_subject(guarded, params) {
            Some(subject) => subject.into_iter().collect(),
            None => {
                // Only callers that satisfy the baseline receive the reason.
                lock::open_to(context, &Requirement::Authenticated)?;
                return Err(ErrorData::invalid_params("Unknown prompt or resource", None));
            }
        },
    };
    lock::open_with_subjects(context, entry, &subjects).map_err(|error| error.to_error())?;
    let state = open(subject, context)?;
    let sealing = Sealing::of(context, state);
    Ok(Admitted { response: ResponseGuard::of(context), run: Run::new(guarded, context), sealing })
}

/// Opens the id or the state of an authorized request. Returns what seals the next state.
fn open(
    subject: MethodSubject<'_>,
    context: &RequestContext<RoleServer>,
) -> Result<Option<Arc<RequestState>>, ErrorData> {
    let (binding, sealed) = match subject {
        MethodSubject::Task(id) => {
            *id = task::open(context, id)?;
            return Ok(None);
        }
        MethodSubject::Prompt(GetPromptRequestParams { name, arguments, request_state, .. }) => {
            (RequestState::of(context, StateOf::Prompt(name, arguments.as_ref())), request_state)
        }
        MethodSubject::Contents(ReadResourceRequestParams { uri, request_state, .. }) => {
            (RequestState::of(context, StateOf::Resource(uri)), request_state)
        }
        MethodSubject::Nothing
        | MethodSubject::Resource(_)
        | MethodSubject::Resources(_)
        | MethodSubject::Completion(_) => return Ok(None),
    };
    if let Some(sealed) = sealed {
        let opened = binding.as_ref().and_then(|binding| binding.open(sealed));
        *sealed = opened.ok_or_else(|| request_state::rejected(context))?;
    }
    Ok(binding.map(Arc::new))
}

opaque_debug!(Admitted);

impl Admitted {
    /// Runs the method and returns its result. If the method failed after it required scopes that the caller lacks,
    /// returns that rejection.
    ///
    /// # Errors
    ///
    /// The error of the method, the rejection, or an internal error if the method panics.
    pub async fn run<T>(self, method: impl Future<Output = Result<T, ErrorData>>) -> Result<T, ErrorData> {
        let Self { response, run, .. } = self;
        response.other(run.until_done(method).await)
    }

    /// Like [`run`](Self::run), and seals the id of the task.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn run_task(
        self,
        method: impl Future<Output = Result<GetTaskResult, ErrorData>>,
    ) -> Result<GetTaskResult, ErrorData> {
        let Self { response, run, sealing } = self;
        sealing.task(response.other(run.until_done(method).await)?)
    }

    /// Like [`run`](Self::run), and seals the state of the prompt.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn run_prompt(
        self,
        method: impl Future<Output = Result<GetPromptResponse, ErrorData>>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let Self { response, run, sealing } = self;
        sealing.prompt(response.other(run.until_done(method).await)?)
    }

    /// Like [`run`](Self::run), and seals the state of the contents.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn run_contents(
        self,
        method: impl Future<Output = Result<ReadResourceResponse, ErrorData>>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let Self { response, run, sealing } = self;
        sealing.resource(response.other(run.until_done(method).await)?)
    }
}
