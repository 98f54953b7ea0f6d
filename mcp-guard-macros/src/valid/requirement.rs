//! The requirement of an operation: exactly one.

use syn::Ident;

use super::scope::ScopeContext;
use super::{scope, types};
use crate::attr::{GuardArg, GuardAttr, Keyed, Kind, ScopeArg};
use crate::diagnostics::Diagnostics;

/// The requirement for callers of an operation. Lists are never empty.
#[derive(Debug)]
pub(crate) enum Requirement<'a> {
    Public,
    Authenticated,
    All(&'a [ScopeArg]),
    Any(&'a [ScopeArg]),
}

/// Returns the requirement that `attr` sets for `name`. Returns `None` after an error.
pub(super) fn check<'a>(attr: &'a GuardAttr, name: &Ident, diagnostics: &mut Diagnostics) -> Option<Requirement<'a>> {
    let mut given = attr.args.iter().filter(|arg| is_requirement(&arg.value));
    let Some(first) = given.next() else {
        if !attr.requirement_reported {
            report_missing(attr.kind, name, diagnostics);
        }
        return None;
    };
    let requirement = one(first, attr.kind, diagnostics);
    for other in given {
        one(other, attr.kind, diagnostics);
        // `keys::check_repeated` reports a repeated key.
        if other.key != first.key {
            contradiction(attr, first, other, diagnostics);
        }
    }
    requirement
}

/// Returns whether missing scopes are only recorded. Reports `report_only` on an operation that requires no scope.
pub(super) fn check_report_only(
    attr: &GuardAttr,
    requirement: Option<&Requirement<'_>>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some(report_only) = attr.args.iter().find(|arg| matches!(arg.value, GuardArg::ReportOnly)) else {
        return false;
    };
    let computes_scopes = attr.args.iter().any(|arg| matches!(arg.value, GuardArg::ScopesFor(_)));
    let required = match requirement {
        Some(Requirement::Public) => "public",
        Some(Requirement::Authenticated) => "authenticated",
        Some(Requirement::All(_) | Requirement::Any(_)) | None => return true,
    };
    if !computes_scopes {
        diagnostics
            .push(&report_only.key, format_args!("`report_only` has no effect: `{required}` requires no scope"))
            .help("remove `report_only`, or require a scope");
    }
    true
}

/// Reports an operation without a requirement.
pub(super) fn report_missing(kind: Kind, name: &Ident, diagnostics: &mut Diagnostics) {
    let scope = kind.written("scope = \"..\"");
    let authenticated = kind.written("authenticated");
    diagnostics
        .push(name, format_args!("`{name}` has no requirement yet"))
        .help(format_args!("name the scope it needs, {scope}, or allow every authenticated caller, {authenticated}"));
}

/// Suggests one `scopes = [..]` in place of several keys with scopes.
pub(super) fn merged(attr: &GuardAttr) -> String {
    let mut scopes: Vec<String> = Vec::new();
    for arg in &attr.args {
        let given = match &arg.value {
            GuardArg::Scope(Some(scope)) => std::slice::from_ref(scope),
            GuardArg::Scopes(Some(scopes)) => scopes,
            _ => continue,
        };
        for scope in given.iter().map(source) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
    }
    let list = if scopes.len() > 1 { scopes.join(", ") } else { "..".to_owned() };
    format!("to require several scopes, write `scopes = [{list}]`")
}

const fn is_requirement(arg: &GuardArg) -> bool {
    matches!(
        arg,
        GuardArg::Scope(_) | GuardArg::Scopes(_) | GuardArg::AnyOf(_) | GuardArg::Authenticated | GuardArg::Public
    )
}

fn one<'a>(arg: &'a Keyed<GuardArg>, kind: Kind, diagnostics: &mut Diagnostics) -> Option<Requirement<'a>> {
    match &arg.value {
        GuardArg::Public => Some(Requirement::Public),
        GuardArg::Authenticated => Some(Requirement::Authenticated),
        GuardArg::Scope(scope) => {
            let scope = scope.as_ref()?;
            scope::check(scope, ScopeContext::Scope, kind, diagnostics);
            Some(Requirement::All(std::slice::from_ref(scope)))
        }
        GuardArg::Scopes(scopes) => {
            list(&arg.key, scopes.as_deref()?, ScopeContext::Scopes, kind, diagnostics).map(Requirement::All)
        }
        GuardArg::AnyOf(scopes) => {
            list(&arg.key, scopes.as_deref()?, ScopeContext::AnyOf, kind, diagnostics).map(Requirement::Any)
        }
        _ => None,
    }
}

fn list<'a>(
    key: &Ident,
    scopes: &'a [ScopeArg],
    context: ScopeContext,
    kind: Kind,
    diagnostics: &mut Diagnostics,
) -> Option<&'a [ScopeArg]> {
    if scopes.is_empty() {
        diagnostics.push(key, format_args!("`{key}` needs at least one scope")).help(scope::allow_authenticated(kind));
        return None;
    }
    for scope in scopes {
        scope::check(scope, context, kind, diagnostics);
    }
    scope::check_repetition(scopes, diagnostics);
    Some(scopes)
}

const ALL: &str = "`scopes` must list every required scope";

fn contradiction(attr: &GuardAttr, first: &Keyed<GuardArg>, second: &Keyed<GuardArg>, diagnostics: &mut Diagnostics) {
    let one_is = |wanted: fn(&GuardArg) -> bool| wanted(&first.value) || wanted(&second.value);
    let why = if one_is(|arg| matches!(arg, GuardArg::Public)) {
        "`public` means no token is needed"
    } else if one_is(|arg| matches!(arg, GuardArg::Authenticated)) {
        "`authenticated` means any valid token will do"
    } else if one_is(|arg| matches!(arg, GuardArg::AnyOf(_))) {
        "`any_of` means one scope of its list is enough"
    } else {
        ALL
    };
    let wrong = diagnostics.push(&second.key, format_args!("`{}` contradicts `{}`: {why}", second.key, first.key));
    if why == ALL {
        wrong.help(merged(attr));
    }
}

fn source(scope: &ScopeArg) -> String {
    match scope {
        ScopeArg::Text(text) => format!("{:?}", text.value()),
        ScopeArg::Path(path) => types::printed(path),
    }
}
