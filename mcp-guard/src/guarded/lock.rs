//! The inner lock: authorizes the operation that rmcp dispatches.

use std::sync::Arc;

use http::request::Parts;
use rmcp::model::CallToolResponse;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use crate::operation::{Arguments, Entry, EntryWithArguments, Needs};
use crate::policy::{Denial, Refusal, Requirement};
use crate::request::Caller;
use crate::rule::Rule;
use crate::scope::ScopeSet;
use crate::trace::RequestSpan;

/// The reason why the inner lock rejected a request.
#[derive(Debug)]
pub(super) enum LockError {
    /// The caller is not authorized.
    Refused(Refusal),
    /// The arguments cannot be parsed, so the required scopes are unknown.
    Arguments(ErrorData),
}

/// Authorizes an operation with these arguments. `None` if the request does not call the operation.
pub(super) fn open<'c>(
    context: &'c RequestContext<RoleServer>,
    entry: &Arc<Entry>,
    arguments: Option<&Arguments>,
) -> Result<&'c Caller, LockError> {
    let (caller, further) = decide(context, entry, arguments).inspect_err(|error| error.record(context))?;
    caller.in_flight().admit(entry, further);
    Ok(caller)
}

/// Authorizes a method together with the subjects of the request.
pub(super) fn open_with_subjects(
    context: &RequestContext<RoleServer>,
    entry: &Arc<Entry>,
    subjects: &[EntryWithArguments<'_>],
) -> Result<(), LockError> {
    decide_with_subjects(context, entry, subjects).inspect_err(|error| error.record(context))
}

fn decide_with_subjects(
    context: &RequestContext<RoleServer>,
    entry: &Arc<Entry>,
    subjects: &[EntryWithArguments<'_>],
) -> Result<(), LockError> {
    let caller = caller(context).ok_or(LockError::Refused(Refusal::NoCaller))?;
    let each = subjects.iter().map(|(entry, arguments)| Needs::of(entry, arguments.as_ref()));
    caller
        .authorize(&each.fold(Needs::of(entry, None), |needs, one| needs.and(Some(one))))
        .map_err(LockError::Refused)?;
    let mut admitted = Vec::with_capacity(subjects.len());
    for (entry, arguments) in subjects {
        let further = arguments.as_ref().map_or_else(|| Ok(ScopeSet::new()), |arguments| entry.further(arguments));
        admitted.push((Arc::clone(entry), further.map_err(LockError::Arguments)?));
    }
    caller.in_flight().admit(entry, ScopeSet::new());
    caller.in_flight().admit_subjects(admitted);
    Ok(())
}

fn decide<'c>(
    context: &'c RequestContext<RoleServer>,
    entry: &Entry,
    arguments: Option<&Arguments>,
) -> Result<(&'c Caller, ScopeSet), LockError> {
    let caller = caller(context).ok_or(LockError::Refused(Refusal::NoCaller))?;
    let further = match arguments.filter(|_| entry.depends_on_arguments()) {
        Some(arguments) => entry.further(arguments),
        None => Ok(ScopeSet::new()),
    };
    // The challenge names all scopes that are known, like the gate's. A caller that may not call the tool at all
    // receives no detail about its arguments.
    match further {
        Ok(further) => {
            caller.authorize(&Needs::with(entry, further.clone())).map_err(LockError::Refused)?;
            Ok((caller, further))
        }
        Err(error) => {
            caller.authorize(&Needs::of(entry, None)).map_err(LockError::Refused)?;
            Err(LockError::Arguments(error))
        }
    }
}

/// Authorizes a request without an operation, for example a list, with `requirement`.
pub(super) fn open_to<'c>(
    context: &'c RequestContext<RoleServer>,
    requirement: &Requirement,
) -> Result<&'c Caller, ErrorData> {
    let refuse = |refusal: Refusal| {
        record(context, refusal.rule());
        refusal.to_error()
    };
    let caller = caller(context).ok_or_else(|| refuse(Refusal::NoCaller))?;
    caller.authorize(&Needs::new(requirement)).map_err(refuse)?;
    Ok(caller)
}

/// Returns the caller that the HTTP layers, or a local server, added to the request.
pub(super) fn caller(context: &RequestContext<RoleServer>) -> Option<&Caller> {
    match context.extensions.get::<Parts>() {
        Some(parts) => parts.extensions.get::<Caller>(),
        None => context.extensions.get::<Caller>(),
    }
}

/// Returns the span that the gate, or a local server, added to the request.
pub(super) fn span(context: &RequestContext<RoleServer>) -> Option<&RequestSpan> {
    match context.extensions.get::<Parts>() {
        Some(parts) => parts.extensions.get::<RequestSpan>(),
        None => context.extensions.get::<RequestSpan>(),
    }
}

/// Records the rule that rejects a request after the lock admitted its caller.
pub(super) fn reject(context: &RequestContext<RoleServer>, rule: Rule) {
    record(context, rule);
    if let Some(span) = span(context) {
        span.fail(rule.as_str());
    }
}

/// Records the rule that refuses the request.
fn record(context: &RequestContext<RoleServer>, rule: Rule) {
    match caller(context) {
        Some(caller) => caller.in_flight().refuse(rule),
        None => rule.log(),
    }
}

impl LockError {
    fn record(&self, context: &RequestContext<RoleServer>) {
        let rule = match self {
            Self::Refused(refusal) => refusal.rule(),
            Self::Arguments(_) => Rule::Arguments,
        };
        reject(context, rule);
    }

    /// Returns the response to a tool call whose HTTP status can no longer be chosen.
    pub(super) fn into_tool_response(
        self,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match self {
            Self::Refused(refusal) => Ok(ResponseGuard::of(context).tool_response(&refusal)),
            Self::Arguments(error) => Err(error),
        }
    }

    /// Returns the response to any other request.
    pub(super) fn to_error(&self) -> ErrorData {
        match self {
            Self::Refused(refusal) => refusal.to_error(),
            Self::Arguments(error) => error.clone(),
        }
    }
}

/// The caller and the form of its rejections, kept while an operation runs.
pub(super) struct ResponseGuard {
    caller: Option<Caller>,
    form: Denial,
    span: Option<RequestSpan>,
}

impl ResponseGuard {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let caller = caller(context).cloned();
        let headers = context.extensions.get::<Parts>().map(|parts| &parts.headers);
        let form = caller.as_ref().map(|caller| caller.denial(headers));
        Self { caller, form: form.unwrap_or_default(), span: span(context).cloned() }
    }

    /// Returns the response of a tool. If the tool failed after it rejected the request, returns the rejection.
    pub(super) fn call(&self, response: Result<CallToolResponse, ErrorData>) -> Result<CallToolResponse, ErrorData> {
        let failed = match &response {
            Err(_) => true,
            Ok(CallToolResponse::Complete(result)) => result.is_error == Some(true),
            Ok(_) => false,
        };
        let refusal = failed.then(|| self.late_refusal()).flatten();
        if let Some(span) = &self.span {
            match (refusal, &response) {
                (Some(refusal), _) => span.fail(refusal.rule().as_str()),
                (None, Err(error)) => span.fail_with(error.code.0),
                (None, Ok(_)) if failed => span.fail("tool_error"),
                (None, Ok(_)) => {}
            }
        }
        match refusal {
            Some(Refusal::ServerError) => Err(Refusal::ServerError.to_error()),
            Some(refusal) => Ok(self.tool_response(refusal)),
            None => response,
        }
    }

    /// Like [`call`](Self::call), for operations that fail with a JSON-RPC error.
    pub(super) fn other<T>(&self, response: Result<T, ErrorData>) -> Result<T, ErrorData> {
        response.map_err(|error| {
            let refusal = self.late_refusal();
            if let Some(span) = &self.span {
                refusal.map_or_else(|| span.fail_with(error.code.0), |refusal| span.fail(refusal.rule().as_str()));
            }
            refusal.map_or(error, Refusal::to_error)
        })
    }

    fn late_refusal(&self) -> Option<&Refusal> {
        self.caller.as_ref()?.in_flight().fail()
    }

    fn tool_response(&self, refusal: &Refusal) -> CallToolResponse {
        refusal.to_tool_result(self.caller.as_ref().and_then(Caller::challenger), self.form).into()
    }
}
