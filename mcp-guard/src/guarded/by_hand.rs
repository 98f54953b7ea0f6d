//! Methods of `ServerHandler` that the server's author writes by hand, with `#[guarded_handler]`.

use std::fmt;

use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::ServerHandler;
use rmcp::model::CompleteRequestParams;
use rmcp::service::RequestContext;

use super::GuardedServer;
use super::lock;
use super::lock::ResponseGuard;
use super::run::Run;
use crate::operation::Judged;
use crate::operation::Operations;
use crate::operation::referred;
use crate::policy::Refusal;
use crate::policy::Requirement;

/// A server that implements parts of `ServerHandler` by hand. `#[guarded_handler]` implements it; there is no reason to implement it by hand.
#[diagnostic::on_unimplemented(
    message = "the `ServerHandler` of `{Self}` is not guarded",
    note = "add `#[guarded_handler]` to `impl ServerHandler for {Self}`, or remove `own_handler` from `#[guarded_tools(..)]`"
)]
pub trait GuardedHandler: ServerHandler {
    /// The methods of MCP that are implemented by hand, and what each requires.
    fn methods() -> Vec<(&'static str, Requirement)>;
}

/// What a request to such a method is about, besides the method.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum About<'r> {
    /// Nothing that has a requirement of its own.
    Nothing,
    /// The resource of this URI.
    Resource(&'r str),
    /// The resources of these URIs.
    Resources(&'r [String]),
    /// The prompt or the resource that a completion is for.
    Completion(&'r CompleteRequestParams),
}

/// A request that the lock of such a method let pass.
pub struct Admitted {
    settle: ResponseGuard,
    run: Run,
}

/// Opens the lock of such a method.
pub fn admit_method<S: GuardedServer>(
    method: &'static str,
    about: About<'_>,
    context: &RequestContext<RoleServer>,
) -> Result<Admitted, ErrorData> {
    let guarded = S::guarded();
    // `#[guarded_handler]` tells the requirement of every method that it locks: without one nobody may call it.
    let entry = guarded.method(method).ok_or_else(|| Refusal::NoCaller.to_error())?;
    let resource = |uri: &str| guarded.resource(uri).map(|(entry, variables)| (entry, Some(variables)));
    let besides: Vec<Judged<'_>> = match about {
        About::Nothing => Vec::new(),
        About::Resource(uri) => resource(uri).into_iter().collect(),
        About::Resources(uris) => uris.iter().filter_map(|uri| resource(uri)).collect(),
        About::Completion(params) => match referred(guarded, params) {
            Some(about) => about.into_iter().collect(),
            None => {
                // Only who may use the server at all learns what is wrong.
                lock::open_to(context, &Requirement::Authenticated)?;
                return Err(ErrorData::invalid_params("Unknown prompt or resource", None));
            }
        },
    };
    lock::open_about(context, entry, &besides).map_err(|error| error.to_error())?;
    Ok(Admitted { settle: ResponseGuard::of(context), run: Run::new(guarded, context) })
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admitted")
    }
}

impl Admitted {
    /// Runs the method, and returns its answer; or the refusal, if it failed because it asked late for scopes that the caller lacks.
    ///
    /// # Errors
    ///
    /// The method's own, the refusal, or an internal error when it panics.
    pub async fn run<T>(self, method: impl Future<Output = Result<T, ErrorData>>) -> Result<T, ErrorData> {
        let Self { settle, run } = self;
        settle.other(run.until_done(method).await)
    }
}
