//! Exactly one requirement for every tool.

use syn::Ident;

use super::scope;
use super::scope::Within;
use super::types;
use crate::attr::Keyed;
use crate::attr::ScopeArg;
use crate::attr::ToolArg;
use crate::attr::ToolAttr;
use crate::diag::Diagnostics;

/// What a tool asks of its caller. Lists are never empty.
#[derive(Debug)]
pub(crate) enum Requirement<'a> {
    Public,
    Authenticated,
    All(&'a [ScopeArg]),
    Any(&'a [ScopeArg]),
}

/// The requirement that `attr` states for the tool `name`. `None` is reported.
pub(super) fn check<'a>(attr: &'a ToolAttr, name: &Ident, diagnostics: &mut Diagnostics) -> Option<Requirement<'a>> {
    let mut given = attr.args.iter().filter(|arg| is_requirement(&arg.value));
    let Some(first) = given.next() else {
        if !attr.requirement_lost {
            diagnostics
                .push(name, format_args!("nobody is allowed to call `{name}` yet"))
                .help("name the scope it needs, `#[guarded_tool(scope = \"..\")]`, or let in every authenticated caller, `#[guarded_tool(authenticated)]`");
        }
        return None;
    };
    let requirement = one(first, diagnostics);
    for other in given {
        one(other, diagnostics);
        // A repeated key is reported where all keys are.
        if other.key != first.key {
            contradiction(attr, first, other, diagnostics);
        }
    }
    requirement
}

/// What to write instead of several keys that each name scopes of the same tool.
pub(super) fn merged(attr: &ToolAttr) -> String {
    let mut scopes: Vec<String> = Vec::new();
    for arg in &attr.args {
        let given = match &arg.value {
            ToolArg::Scope(Some(scope)) => std::slice::from_ref(scope),
            ToolArg::Scopes(Some(scopes)) => scopes,
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

const fn is_requirement(arg: &ToolArg) -> bool {
    matches!(arg, ToolArg::Scope(_) | ToolArg::Scopes(_) | ToolArg::AnyOf(_) | ToolArg::Authenticated | ToolArg::Public)
}

fn one<'a>(arg: &'a Keyed<ToolArg>, diagnostics: &mut Diagnostics) -> Option<Requirement<'a>> {
    match &arg.value {
        ToolArg::Public => Some(Requirement::Public),
        ToolArg::Authenticated => Some(Requirement::Authenticated),
        ToolArg::Scope(scope) => {
            let scope = scope.as_ref()?;
            scope::check(scope, Within::Alone, diagnostics);
            Some(Requirement::All(std::slice::from_ref(scope)))
        }
        ToolArg::Scopes(scopes) => list(&arg.key, scopes.as_deref()?, Within::All, diagnostics).map(Requirement::All),
        ToolArg::AnyOf(scopes) => list(&arg.key, scopes.as_deref()?, Within::Any, diagnostics).map(Requirement::Any),
        _ => None,
    }
}

fn list<'a>(
    key: &Ident,
    scopes: &'a [ScopeArg],
    within: Within,
    diagnostics: &mut Diagnostics,
) -> Option<&'a [ScopeArg]> {
    if scopes.is_empty() {
        diagnostics
            .push(key, format_args!("`{key}` needs at least one scope"))
            .help("to let in every authenticated caller, write `#[guarded_tool(authenticated)]`");
        return None;
    }
    for scope in scopes {
        scope::check(scope, within, diagnostics);
    }
    scope::check_repetition(scopes, diagnostics);
    Some(scopes)
}

const ALL: &str = "`scopes` lists all that is needed";

fn contradiction(attr: &ToolAttr, first: &Keyed<ToolArg>, second: &Keyed<ToolArg>, diagnostics: &mut Diagnostics) {
    let one_is = |wanted: fn(&ToolArg) -> bool| wanted(&first.value) || wanted(&second.value);
    let why = if one_is(|arg| matches!(arg, ToolArg::Public)) {
        "`public` means no token is needed"
    } else if one_is(|arg| matches!(arg, ToolArg::Authenticated)) {
        "`authenticated` means any valid token will do"
    } else if one_is(|arg| matches!(arg, ToolArg::AnyOf(_))) {
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
