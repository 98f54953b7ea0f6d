//! The inner lock.

use std::sync::Arc;

use http::request::Parts;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::CallToolResponse;
use rmcp::service::RequestContext;

use crate::operation::Arguments;
use crate::operation::Entry;
use crate::operation::Judged;
use crate::operation::Needs;
use crate::policy::Denial;
use crate::policy::Refusal;
use crate::policy::Requirement;
use crate::request::Caller;
use crate::scope::ScopeSet;

/// Why the inner lock stayed shut.
#[derive(Debug)]
pub(super) enum LockError {
    /// They may not.
    Refused(Refusal),
    /// The arguments cannot be read, so nobody knows what they ask for.
    Arguments(ErrorData),
}

/// Opens for callers who satisfy `entry` with these arguments; `None` where a request is about the operation itself and not about a call of it.
pub(super) fn open<'c>(
    context: &'c RequestContext<RoleServer>,
    entry: &Arc<Entry>,
    arguments: Option<&Arguments>,
) -> Result<&'c Caller, LockError> {
    let (caller, further) = judge(context, entry, arguments)?;
    caller.in_flight().admit(entry, further);
    Ok(caller)
}

/// Opens a method for callers who may also do what the request is about besides.
pub(super) fn open_about(
    context: &RequestContext<RoleServer>,
    entry: &Arc<Entry>,
    about: &[Judged<'_>],
) -> Result<(), LockError> {
    let caller = caller(context).ok_or(LockError::Refused(Refusal::NoCaller))?;
    let each = about.iter().map(|(entry, arguments)| Needs::of(entry, arguments.as_ref()));
    caller
        .decide_all(&each.fold(Needs::of(entry, None), |needs, one| needs.and(Some(one))))
        .into_result()
        .map_err(LockError::Refused)?;
    let mut besides = Vec::with_capacity(about.len());
    for (entry, arguments) in about {
        let further = arguments.as_ref().map_or_else(|| Ok(ScopeSet::new()), |arguments| entry.further(arguments));
        besides.push((Arc::clone(entry), further.map_err(LockError::Arguments)?));
    }
    caller.in_flight().admit(entry, ScopeSet::new());
    caller.in_flight().admit_subjects(besides);
    Ok(())
}

fn judge<'c>(
    context: &'c RequestContext<RoleServer>,
    entry: &Entry,
    arguments: Option<&Arguments>,
) -> Result<(&'c Caller, ScopeSet), LockError> {
    let caller = caller(context).ok_or(LockError::Refused(Refusal::NoCaller))?;
    let further = match arguments.filter(|_| entry.depends_on_arguments()) {
        Some(arguments) => entry.further(arguments),
        None => Ok(ScopeSet::new()),
    };
    // Everything that is known is named at once, as the gate does. And who may not call a tool at all learns nothing of what is wrong with its arguments.
    match further {
        Ok(further) => {
            caller.decide_with(entry.requirement(), &further).into_result().map_err(LockError::Refused)?;
            Ok((caller, further))
        }
        Err(error) => {
            caller.decide(entry.requirement()).into_result().map_err(LockError::Refused)?;
            Err(LockError::Arguments(error))
        }
    }
}

/// Opens what is no operation, a list for example, for callers who satisfy `requirement`.
pub(super) fn open_to<'c>(
    context: &'c RequestContext<RoleServer>,
    requirement: &Requirement,
) -> Result<&'c Caller, ErrorData> {
    let caller = caller(context).ok_or_else(|| Refusal::NoCaller.to_error())?;
    caller.decide(requirement).into_result().map_err(|refusal| refusal.to_error())?;
    Ok(caller)
}

/// The caller that the HTTP layers, or a local server, put into the request.
pub(super) fn caller(context: &RequestContext<RoleServer>) -> Option<&Caller> {
    match context.extensions.get::<Parts>() {
        Some(parts) => parts.extensions.get::<Caller>(),
        None => context.extensions.get::<Caller>(),
    }
}

impl LockError {
    /// The answer to a tool call, where no HTTP status can be sent any more.
    pub(super) fn into_tool_response(
        self,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match self {
            Self::Refused(refusal) => Ok(ResponseGuard::of(context).tool_response(&refusal)),
            Self::Arguments(error) => Err(error),
        }
    }

    /// The answer to anything else.
    pub(super) fn to_error(&self) -> ErrorData {
        match self {
            Self::Refused(refusal) => refusal.to_error(),
            Self::Arguments(error) => error.clone(),
        }
    }
}

/// Who gets an answer and in which form it refuses, kept while an operation runs.
pub(super) struct ResponseGuard {
    caller: Option<Caller>,
    form: Denial,
}

impl ResponseGuard {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let caller = caller(context).cloned();
        let headers = context.extensions.get::<Parts>().map(|parts| &parts.headers);
        let form = caller.as_ref().map(|caller| caller.denial(headers));
        Self { caller, form: form.unwrap_or_default() }
    }

    /// Returns the response of a tool, or the refusal if the tool rejected the request and failed.
    pub(super) fn call(&self, response: Result<CallToolResponse, ErrorData>) -> Result<CallToolResponse, ErrorData> {
        let failed = match &response {
            Err(_) => true,
            Ok(CallToolResponse::Complete(result)) => result.is_error == Some(true),
            Ok(_) => false,
        };
        match failed.then(|| self.late_refusal()).flatten() {
            Some(Refusal::ServerError) => Err(Refusal::ServerError.to_error()),
            Some(refusal) => Ok(self.tool_response(refusal)),
            None => response,
        }
    }

    /// Like [`call`](Self::call), for operations that fail with a JSON-RPC error.
    pub(super) fn other<T>(&self, response: Result<T, ErrorData>) -> Result<T, ErrorData> {
        response.map_err(|error| self.late_refusal().map_or(error, Refusal::to_error))
    }

    fn late_refusal(&self) -> Option<&Refusal> {
        self.caller.as_ref()?.in_flight().fail()
    }

    fn tool_response(&self, refusal: &Refusal) -> CallToolResponse {
        refusal.to_tool_result(self.caller.as_ref().and_then(Caller::challenger), self.form).into()
    }
}
