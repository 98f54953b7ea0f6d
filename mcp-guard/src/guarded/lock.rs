//! The inner lock.

use std::sync::Arc;

use http::request::Parts;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::CallToolResponse;
use rmcp::model::ContentBlock;
use rmcp::service::RequestContext;

use crate::caller::Caller;
use crate::denial::Denial;
use crate::inflight::Late;
use crate::operation::Arguments;
use crate::operation::Entry;
use crate::operation::Judged;
use crate::operation::Needs;
use crate::policy::Decision;
use crate::refusal::Refusal;
use crate::requirement::Requirement;
use crate::scope::ScopeSet;

/// Why the inner lock stayed shut.
#[derive(Debug)]
pub(super) enum Shut {
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
) -> Result<&'c Caller, Shut> {
    let (caller, further) = judge(context, entry, arguments)?;
    caller.inflight().admit(entry, further);
    Ok(caller)
}

/// Opens a method for callers who may also do what the request is about besides.
pub(super) fn open_about(
    context: &RequestContext<RoleServer>,
    entry: &Arc<Entry>,
    about: &[Judged<'_>],
) -> Result<(), Shut> {
    let caller = caller(context).ok_or(Shut::Refused(Refusal::NoCaller))?;
    let each = about.iter().map(|(entry, arguments)| Needs::of(entry, arguments.as_ref()));
    decide(caller.decide_all(&each.fold(Needs::of(entry, None), |needs, one| needs.and(Some(one)))))?;
    let mut besides = Vec::with_capacity(about.len());
    for (entry, arguments) in about {
        let further = arguments.as_ref().map_or_else(|| Ok(ScopeSet::new()), |arguments| entry.further(arguments));
        besides.push((Arc::clone(entry), further.map_err(Shut::Arguments)?));
    }
    caller.inflight().admit(entry, ScopeSet::new());
    caller.inflight().admit_besides(besides);
    Ok(())
}

fn judge<'c>(
    context: &'c RequestContext<RoleServer>,
    entry: &Entry,
    arguments: Option<&Arguments>,
) -> Result<(&'c Caller, ScopeSet), Shut> {
    let caller = caller(context).ok_or(Shut::Refused(Refusal::NoCaller))?;
    let further = match arguments.filter(|_| entry.depends_on_arguments()) {
        Some(arguments) => entry.further(arguments),
        None => Ok(ScopeSet::new()),
    };
    // Everything that is known is named at once, as the gate does. And who may not call a tool at all learns nothing of what is wrong with its arguments.
    match further {
        Ok(further) => {
            decide(caller.decide_with(entry.requirement(), &further))?;
            Ok((caller, further))
        }
        Err(error) => {
            decide(caller.decide(entry.requirement()))?;
            Err(Shut::Arguments(error))
        }
    }
}

/// Opens what is no operation, a list for example, for callers who satisfy `requirement`.
pub(super) fn open_to<'c>(
    context: &'c RequestContext<RoleServer>,
    requirement: &Requirement,
) -> Result<&'c Caller, ErrorData> {
    let caller = caller(context).ok_or(Refusal::NoCaller).map_err(Refusal::into_error)?;
    match decide(caller.decide(requirement)) {
        Ok(()) => Ok(caller),
        Err(shut) => Err(shut.into_error()),
    }
}

fn decide(decision: Decision) -> Result<(), Shut> {
    match decision {
        Decision::Allow => Ok(()),
        Decision::Authenticate { needed } => Err(Shut::Refused(Refusal::Unauthenticated { needed })),
        Decision::Forbid { needed } => Err(Shut::Refused(Refusal::InsufficientScope { needed })),
    }
}

/// The caller that the HTTP layers, or a local server, put into the request.
pub(super) fn caller(context: &RequestContext<RoleServer>) -> Option<&Caller> {
    match context.extensions.get::<Parts>() {
        Some(parts) => parts.extensions.get::<Caller>(),
        None => context.extensions.get::<Caller>(),
    }
}

impl Shut {
    /// The answer to a tool call, where no HTTP status can be sent any more.
    pub(super) fn into_tool_response(
        self,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match self {
            Self::Refused(refusal) => Ok(Settle::of(context).tool_response(&refusal)),
            Self::Arguments(error) => Err(error),
        }
    }

    /// The answer to anything else.
    pub(super) fn into_error(self) -> ErrorData {
        match self {
            Self::Refused(refusal) => refusal.into_error(),
            Self::Arguments(error) => error,
        }
    }
}

/// Who gets an answer and in which form it refuses, kept while an operation runs.
pub(super) struct Settle {
    caller: Option<Caller>,
    form: Denial,
}

impl Settle {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let caller = caller(context).cloned();
        let headers = context.extensions.get::<Parts>().map(|parts| &parts.headers);
        let form = caller.as_ref().map(|caller| caller.denial(headers));
        Self { caller, form: form.unwrap_or_default() }
    }

    /// What a tool answered; or, if it failed because it asked late for what the caller lacks, the refusal.
    pub(super) fn call(&self, answer: Result<CallToolResponse, ErrorData>) -> Result<CallToolResponse, ErrorData> {
        let late = match &answer {
            Err(error) => self.late(|text| error.message.contains(text)),
            Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
                let texts = || result.content.iter().filter_map(ContentBlock::as_text);
                self.late(|text| texts().any(|content| content.text.contains(text)))
            }
            Ok(_) => None,
        };
        match late {
            Some(Late::ServerError) => Err(Refusal::ServerError.into_error()),
            Some(late) => Ok(self.tool_response(&Refusal::from(late))),
            None => answer,
        }
    }

    /// The same for operations that fail with an error of JSON-RPC.
    pub(super) fn other<T>(&self, answer: Result<T, ErrorData>) -> Result<T, ErrorData> {
        answer.map_err(|error| {
            let late = self.late(|text| error.message.contains(text));
            late.map_or(error, |late| Refusal::from(late).into_error())
        })
    }

    fn late(&self, says: impl Fn(&str) -> bool) -> Option<&Late> {
        self.caller.as_ref()?.inflight().failed(says)
    }

    fn tool_response(&self, refusal: &Refusal) -> CallToolResponse {
        refusal.to_tool_result(self.caller.as_ref().and_then(Caller::challenger), self.form).into()
    }
}
