//! The grammar of a scope, RFC 6749 section 3.3.

use syn::LitStr;

use super::types;
use crate::attr::Kind;
use crate::attr::ScopeArg;
use crate::diag::Diagnostics;

/// The list that a scope stands in, and so what a space in it was meant to say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Within {
    /// `scope = ..`.
    Alone,
    /// `scopes = [..]`.
    All,
    /// `any_of = [..]`.
    Any,
    /// `#[scope(..)]`, where a scope is declared and not required.
    Vocabulary,
}

const OFFLINE_ACCESS: &str = "offline_access";

/// How to require no scope at all.
pub(super) fn anybody(kind: Kind) -> String {
    format!("to let in every authenticated caller, write {}", kind.written("authenticated"))
}

/// Checks the text that a variant of a vocabulary declares.
pub(super) fn check_declared(literal: &LitStr, diagnostics: &mut Diagnostics) {
    check_text(literal, Within::Vocabulary, Kind::Tool, diagnostics);
}

/// Whether [`check`] has nothing to say of the text.
pub(super) fn is_well_formed(literal: &LitStr) -> bool {
    let text = literal.value();
    !text.is_empty() && text.chars().all(is_allowed) && text != OFFLINE_ACCESS
}

/// Checks the text of `scope`. What a path stands for is checked by the compiler, where it is declared.
pub(super) fn check(scope: &ScopeArg, within: Within, kind: Kind, diagnostics: &mut Diagnostics) {
    if let ScopeArg::Text(literal) = scope {
        check_text(literal, within, kind, diagnostics);
    }
}

fn check_text(literal: &LitStr, within: Within, kind: Kind, diagnostics: &mut Diagnostics) {
    let text = literal.value();
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    if text.is_empty() || words.is_empty() {
        let message = if text.is_empty() { "a scope cannot be empty" } else { "a scope cannot contain a space" };
        diagnostics.push(literal, message).help(if within == Within::Vocabulary {
            "write the text as tokens hold it, like `#[scope(\"todo:read\")]`".to_owned()
        } else {
            anybody(kind)
        });
    } else if text.contains(' ') {
        diagnostics.push(literal, "a scope cannot contain a space").help(apart(&words, within));
    } else if let Some(forbidden) = text.chars().find(|c| !is_allowed(*c)) {
        diagnostics
            .push(literal, format_args!("{forbidden:?} is not allowed in a scope"))
            .note(r#"RFC 6749 section 3.3 allows printable ASCII except `"` and `\`"#);
    } else if text == OFFLINE_ACCESS {
        let message = format!("`offline_access` is not a scope that a {} can require", kind.noun());
        let wrong = diagnostics.push(literal, message);
        wrong.note("it asks the authorization server for a refresh token, which is the client's business (MCP authorization, \"Refresh Tokens\")");
        wrong.help(if within == Within::Vocabulary { "remove this variant".to_owned() } else { anybody(kind) });
    }
}

/// Reports every scope that is listed before.
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

fn apart(words: &[&str], within: Within) -> String {
    let list = words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    match (words.len(), within) {
        (1, _) => format!("write `{list}`"),
        (2, Within::Alone) => format!("to require both scopes, write `scopes = [{list}]`"),
        (_, Within::Alone) => format!("to require all of these scopes, write `scopes = [{list}]`"),
        (_, Within::All) => format!("to require all of these scopes, list each on its own: `{list}`"),
        (_, Within::Vocabulary) => "give each scope a variant of its own".to_owned(),
        (_, Within::Any) => format!("to accept any of these scopes, list each on its own: `{list}`"),
    }
}

const fn is_allowed(c: char) -> bool {
    matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}
