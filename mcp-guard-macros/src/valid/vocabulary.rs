//! The rules for `#[derive(Scopes)]`.

use quote::ToTokens;
use syn::{Expr, Fields, Ident, LitStr, Path, parse_quote};

use super::{description, implications, keys, scope, types};
use crate::attr::{ScopeAttr, ScopeEnum, ScopeVariant};
use crate::diagnostics::Diagnostics;

/// An enum whose variants declare distinct scopes, without cycles of implications.
#[derive(Debug)]
pub(crate) struct Vocabulary<'a> {
    pub(crate) krate: Path,
    pub(crate) ident: &'a Ident,
    pub(crate) variants: Vec<Variant<'a>>,
}

/// One scope.
#[derive(Debug)]
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) text: &'a LitStr,
    pub(crate) description: Option<Expr>,
    /// The names of the variants that it implies.
    pub(crate) implies: Vec<&'a Ident>,
}

/// Checks an enum. The result is only valid if `diagnostics` is empty.
pub(crate) fn vocabulary<'a>(scopes: &'a ScopeEnum<'a>, diagnostics: &mut Diagnostics) -> Option<Vocabulary<'a>> {
    let ident = scopes.ident;
    keys::check_repeated(&scopes.krate, diagnostics, |_| None);
    if !scopes.generics.params.is_empty() {
        diagnostics
            .push(scopes.generics, format_args!("`{ident}` cannot be generic: its scopes are constants"))
            .help(format_args!("remove `{}`", types::printed(scopes.generics)));
    }
    if scopes.variants.is_empty() {
        diagnostics
            .push(ident, format_args!("`{ident}` has no scopes yet"))
            .help("add a variant for each scope, `#[scope(\"todo:read\")] Read`");
    }
    let texts: Vec<_> = scopes
        .variants
        .iter()
        .enumerate()
        .map(|(index, variant)| {
            diagnostics.enter(index);
            scope_text(variant, diagnostics)
        })
        .collect();
    for (index, text) in texts.iter().enumerate() {
        diagnostics.enter(index);
        check_repetition(*text, &texts[..index], scopes, diagnostics);
    }
    let implies = implications::check(scopes, &texts, diagnostics);
    diagnostics.leave();

    let variants = scopes.variants.iter().zip(texts).zip(implies).map(|((variant, text), implies)| {
        let ident = &variant.item.ident;
        Some(Variant { ident, text: text?, description: description::of(&variant.item.attrs), implies })
    });
    Some(Vocabulary { krate: vocabulary_krate(scopes), ident, variants: variants.collect::<Option<_>>()? })
}

/// Returns the path of `mcp-guard`.
pub(crate) fn vocabulary_krate(scopes: &ScopeEnum<'_>) -> Path {
    let given = scopes.krate.iter().find_map(|arg| arg.value.clone());
    given.unwrap_or_else(|| parse_quote!(::mcp_guard))
}

/// Returns the scope that a variant declares. Returns `None` after an error.
fn scope_text<'a>(variant: &'a ScopeVariant<'a>, diagnostics: &mut Diagnostics) -> Option<&'a LitStr> {
    let ident = &variant.item.ident;
    if !matches!(variant.item.fields, Fields::Unit) {
        diagnostics
            .push(&variant.item.fields, format_args!("`{ident}` cannot have fields: a variant declares one scope"))
            .help(format_args!("write `{ident}`"));
    }
    for ScopeAttr { path, .. } in variant.scopes.iter().skip(1) {
        diagnostics
            .push(path, format_args!("`{ident}` has two scopes"))
            .help("keep one `#[scope(..)]`, and declare the other scope in a separate variant");
    }
    let text = match variant.scopes.first() {
        Some(ScopeAttr { text: None, text_reported: true, .. }) => None,
        Some(ScopeAttr { path, text: None, .. }) => {
            report_missing_scope(path, ident, diagnostics);
            None
        }
        Some(ScopeAttr { text, .. }) => text.as_ref(),
        None if variant.scope_reported => None,
        None => {
            report_missing_scope(ident, ident, diagnostics);
            None
        }
    };
    if let Some(text) = text {
        scope::check_declared(text, diagnostics);
    }
    text
}

fn report_missing_scope(at: &impl ToTokens, ident: &Ident, diagnostics: &mut Diagnostics) {
    diagnostics.push(at, format_args!("`{ident}` has no scope yet")).help("add the scope, `#[scope(\"..\")]`");
}

/// Reports a scope that an earlier variant declares.
fn check_repetition(
    text: Option<&LitStr>,
    before: &[Option<&LitStr>],
    scopes: &ScopeEnum<'_>,
    diagnostics: &mut Diagnostics,
) {
    let Some(literal) = text else { return };
    let text = literal.value();
    if let Some(first) = before.iter().position(|before| before.is_some_and(|before| before.value() == text)) {
        diagnostics
            .push(literal, format_args!("scope {text:?} is declared twice"))
            .note(format_args!("the first declaration is `{}`", scopes.variants[first].item.ident))
            .help("change the scope, or remove the variant");
    }
}
