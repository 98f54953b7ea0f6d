//! The syntax of a scope (RFC 6749 section 3.3).

use syn::LitStr;

use super::types;
use crate::attr::{Kind, ScopeArg};
use crate::diagnostics::Diagnostics;

/// The argument that contains a scope. It decides how to correct a scope that contains spaces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ScopeContext {
    /// `scope = ..`.
    Scope,
    /// `scopes = [..]`.
    Scopes,
    /// `any_of = [..]`.
    AnyOf,
    /// `#[scope(..)]`, which declares a scope.
    Declaration,
}

const OFFLINE_ACCESS: &str = "offline_access";

/// Suggests a requirement without scopes.
pub(super) fn allow_authenticated(kind: Kind) -> String {
    format!("to allow every authenticated caller, write {}", kind.written("authenticated"))
}

/// Checks the scope that a variant of a vocabulary declares.
pub(super) fn check_declared(literal: &LitStr, diagnostics: &mut Diagnostics) {
    check_text(literal, ScopeContext::Declaration, Kind::Tool, diagnostics);
}

/// Returns whether [`check`] accepts the text.
pub(super) fn is_well_formed(literal: &LitStr) -> bool {
    let text = literal.value();
    !text.is_empty() && text.chars().all(is_allowed) && text != OFFLINE_ACCESS
}

/// Checks the text of `scope`. The declaration of a path is checked elsewhere.
pub(super) fn check(scope: &ScopeArg, context: ScopeContext, kind: Kind, diagnostics: &mut Diagnostics) {
    if let ScopeArg::Text(literal) = scope {
        check_text(literal, context, kind, diagnostics);
    }
}

fn check_text(literal: &LitStr, context: ScopeContext, kind: Kind, diagnostics: &mut Diagnostics) {
    let text = literal.value();
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    if text.is_empty() || words.is_empty() {
        let message = if text.is_empty() { "a scope cannot be empty" } else { "a scope cannot contain a space" };
        diagnostics.push(literal, message).help(if context == ScopeContext::Declaration {
            "write the scope as it appears in tokens, like `#[scope(\"todo:read\")]`".to_owned()
        } else {
            allow_authenticated(kind)
        });
    } else if text.contains(' ') {
        diagnostics.push(literal, "a scope cannot contain a space").help(one_scope_each(&words, context));
    } else if let Some(forbidden) = text.chars().find(|c| !is_allowed(*c)) {
        diagnostics
            .push(literal, format_args!("{forbidden:?} is not allowed in a scope"))
            .note(r#"RFC 6749 section 3.3 allows printable ASCII except `"` and `\`"#);
    } else if text == OFFLINE_ACCESS {
        let message = format!("`offline_access` is not a scope that a {} can require", kind.noun());
        let wrong = diagnostics.push(literal, message);
        wrong.note("clients request it to get a refresh token (MCP authorization, \"Refresh Tokens\")");
        wrong.help(if context == ScopeContext::Declaration {
            "remove this variant".to_owned()
        } else {
            allow_authenticated(kind)
        });
    }
}

/// Reports every scope that occurs twice.
pub(super) fn check_repetition(scopes: &[ScopeArg], diagnostics: &mut Diagnostics) {
    for (at, scope) in scopes.iter().enumerate() {
        if !scopes[..at].iter().any(|before| same(before, scope)) {
            continue;
        }
        match scope {
            ScopeArg::Text(text) => {
                diagnostics.push(text, format_args!("scope \"{}\" is listed twice", text.value()));
            }
            ScopeArg::Path(path) => {
                diagnostics.push(path, format_args!("scope `{}` is listed twice", types::printed(path)));
            }
        }
    }
}

fn same(a: &ScopeArg, b: &ScopeArg) -> bool {
    match (a, b) {
        (ScopeArg::Text(a), ScopeArg::Text(b)) => a.value() == b.value(),
        _ => a == b,
    }
}

fn one_scope_each(words: &[&str], context: ScopeContext) -> String {
    let list = words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    match (words.len(), context) {
        (1, _) => format!("write `{list}`"),
        (2, ScopeContext::Scope) => format!("to require both scopes, write `scopes = [{list}]`"),
        (_, ScopeContext::Scope) => format!("to require all of these scopes, write `scopes = [{list}]`"),
        (_, ScopeContext::Scopes) => format!("to require all of these scopes, list each one separately: `{list}`"),
        (_, ScopeContext::Declaration) => "declare each scope in a separate variant".to_owned(),
        (_, ScopeContext::AnyOf) => format!("to accept any of these scopes, list each one separately: `{list}`"),
    }
}

const fn is_allowed(c: char) -> bool {
    matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}
