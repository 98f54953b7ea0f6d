//! Exactly one requirement for every operation.

use syn::Ident;

use super::scope;
use super::scope::Within;
use super::types;
use crate::attr::GuardArg;
use crate::attr::GuardAttr;
use crate::attr::Keyed;
use crate::attr::Kind;
use crate::attr::ScopeArg;
use crate::diag::Diagnostics;

/// What an operation asks of its caller. Lists are never empty.
#[derive(Debug)]
pub(crate) enum Requirement<'a> {
    Public,
    Authenticated,
    All(&'a [ScopeArg]),
    Any(&'a [ScopeArg]),
}

/// The requirement that `attr` states for `name`. `None` is reported.
pub(super) fn check<'a>(attr: &'a GuardAttr, name: &Ident, diagnostics: &mut Diagnostics) -> Option<Requirement<'a>> {
    let mut given = attr.args.iter().filter(|arg| is_requirement(&arg.value));
    let Some(first) = given.next() else {
        if !attr.requirement_lost {
            let named = attr.kind.written("scope = \"..\"");
            let anybody = attr.kind.written("authenticated");
            diagnostics.push(name, format_args!("nobody is allowed to {} `{name}` yet", attr.kind.verb())).help(
                format_args!("name the scope it needs, {named}, or let in every authenticated caller, {anybody}"),
            );
        }
        return None;
    };
    let requirement = one(first, attr.kind, diagnostics);
    for other in given {
        one(other, attr.kind, diagnostics);
        // A repeated key is reported where all keys are.
        if other.key != first.key {
            contradiction(attr, first, other, diagnostics);
        }
    }
    requirement
}

/// What to write instead of several keys that each name scopes of the same operation.
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
            scope::check(scope, Within::Alone, kind, diagnostics);
            Some(Requirement::All(std::slice::from_ref(scope)))
        }
        GuardArg::Scopes(scopes) => {
            list(&arg.key, scopes.as_deref()?, Within::All, kind, diagnostics).map(Requirement::All)
        }
        GuardArg::AnyOf(scopes) => {
            list(&arg.key, scopes.as_deref()?, Within::Any, kind, diagnostics).map(Requirement::Any)
        }
        _ => None,
    }
}

fn list<'a>(
    key: &Ident,
    scopes: &'a [ScopeArg],
    within: Within,
    kind: Kind,
    diagnostics: &mut Diagnostics,
) -> Option<&'a [ScopeArg]> {
    if scopes.is_empty() {
        diagnostics.push(key, format_args!("`{key}` needs at least one scope")).help(scope::anybody(kind));
        return None;
    }
    for scope in scopes {
        scope::check(scope, within, kind, diagnostics);
    }
    scope::check_repetition(scopes, diagnostics);
    Some(scopes)
}

const ALL: &str = "`scopes` lists all that is needed";

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
