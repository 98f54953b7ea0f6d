//! Exactly one requirement for every tool.

use syn::Ident;

use super::scope;
use super::scope::Within;
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
            contradiction(first, other, diagnostics);
        }
    }
    requirement
}

/// The list that two requirements of the same tool were meant to be.
pub(super) fn merged(attr: &ToolAttr) -> Option<String> {
    let mut texts = Vec::new();
    for arg in &attr.args {
        match &arg.value {
            ToolArg::Scope(scope) => texts.push(source(scope.as_ref()?)),
            ToolArg::Scopes(scopes) => texts.extend(scopes.as_ref()?.iter().map(source)),
            _ => {}
        }
    }
    let mut seen = Vec::new();
    texts.retain(|text| !seen.contains(text) && { seen.push(text.clone()); true });
    (texts.len() > 1).then(|| format!("to require several scopes, write `scopes = [{}]`", texts.join(", ")))
}

const fn is_requirement(arg: &ToolArg) -> bool {
    matches!(
        arg,
        ToolArg::Scope(_) | ToolArg::Scopes(_) | ToolArg::AnyOf(_) | ToolArg::Authenticated | ToolArg::Public
    )
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

fn contradiction(first: &Keyed<ToolArg>, second: &Keyed<ToolArg>, diagnostics: &mut Diagnostics) {
    let one_is = |wanted: fn(&ToolArg) -> bool| wanted(&first.value) || wanted(&second.value);
    let why = if one_is(|arg| matches!(arg, ToolArg::Public)) {
        "`public` means no token is needed"
    } else if one_is(|arg| matches!(arg, ToolArg::Authenticated)) {
        "`authenticated` means any valid token will do"
    } else if one_is(|arg| matches!(arg, ToolArg::AnyOf(_))) {
        "`any_of` means one scope of its list is enough"
    } else {
        "`scopes` means all that is needed"
    };
    let wrong =
        diagnostics.push(&second.key, format_args!("`{}` contradicts `{}`: {why}", second.key, first.key));
    if let (ToolArg::Scope(Some(scope)), ToolArg::Scopes(Some(scopes)))
    | (ToolArg::Scopes(Some(scopes)), ToolArg::Scope(Some(scope))) = (&first.value, &second.value)
    {
        let mut all: Vec<String> = std::iter::once(scope).chain(scopes).map(source).collect();
        all.dedup();
        wrong.help(format_args!("to require all of these scopes, write `scopes = [{}]`", all.join(", ")));
    }
}

fn source(scope: &ScopeArg) -> String {
    match scope {
        ScopeArg::Text(text) => format!("{:?}", text.value()),
        ScopeArg::Path(path) => scope::printed(path),
    }
}
