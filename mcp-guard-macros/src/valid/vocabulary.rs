//! An enum of scopes.

use quote::ToTokens;
use syn::Expr;
use syn::Fields;
use syn::Ident;
use syn::LitStr;
use syn::Path;
use syn::parse_quote;

use super::description;
use super::implications;
use super::repeated_keys;
use super::scope;
use super::types;
use crate::attr::ScopeAttr;
use crate::attr::ScopeEnum;
use crate::attr::ScopeVariant;
use crate::diag::Diagnostics;

/// An enum whose variants are scopes that differ, of which none implies itself.
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
    /// The variants that it implies, as they were declared.
    pub(crate) implies: Vec<&'a Ident>,
}

/// Checks an enum. `None`, or a mistake in `diagnostics`, means that it is no vocabulary.
pub(crate) fn vocabulary<'a>(scopes: &'a ScopeEnum<'a>, diagnostics: &mut Diagnostics) -> Option<Vocabulary<'a>> {
    let ident = scopes.ident;
    repeated_keys(&scopes.krate, diagnostics, |_| None);
    if !scopes.generics.params.is_empty() {
        diagnostics
            .push(scopes.generics, format_args!("`{ident}` cannot have parameters: its scopes are always the same"))
            .help(format_args!("remove `{}`", types::printed(scopes.generics)));
    }
    if scopes.variants.is_empty() {
        diagnostics
            .push(ident, format_args!("`{ident}` has no scopes yet"))
            .help("give it a variant for each scope, `#[scope(\"todo:read\")] Read`");
    }
    let texts: Vec<_> = scopes
        .variants
        .iter()
        .enumerate()
        .map(|(index, variant)| {
            diagnostics.enter(index);
            text(variant, diagnostics)
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

/// Where `mcp-guard` is found.
pub(crate) fn vocabulary_krate(scopes: &ScopeEnum<'_>) -> Path {
    let given = scopes.krate.iter().find_map(|arg| arg.value.clone());
    given.unwrap_or_else(|| parse_quote!(::mcp_guard))
}

/// The text of the scope that a variant stands for. `None` is reported.
fn text<'a>(variant: &'a ScopeVariant<'a>, diagnostics: &mut Diagnostics) -> Option<&'a LitStr> {
    let ident = &variant.item.ident;
    if !matches!(variant.item.fields, Fields::Unit) {
        diagnostics
            .push(&variant.item.fields, format_args!("`{ident}` cannot hold data: a variant stands for one scope"))
            .help(format_args!("write `{ident}`"));
    }
    for ScopeAttr { path, .. } in variant.scopes.iter().skip(1) {
        diagnostics
            .push(path, format_args!("`{ident}` is given two scopes"))
            .help("keep one `#[scope(..)]`, and give the other scope a variant of its own");
    }
    let text = match variant.scopes.first() {
        Some(ScopeAttr { text: None, text_lost: true, .. }) => None,
        Some(ScopeAttr { path, text: None, .. }) => {
            without_scope(path, ident, diagnostics);
            None
        }
        Some(ScopeAttr { text, .. }) => text.as_ref(),
        None if variant.scope_lost => None,
        None => {
            without_scope(ident, ident, diagnostics);
            None
        }
    };
    if let Some(text) = text {
        scope::check_declared(text, diagnostics);
    }
    text
}

fn without_scope(at: &impl ToTokens, ident: &Ident, diagnostics: &mut Diagnostics) {
    diagnostics.push(at, format_args!("`{ident}` stands for no scope yet")).help("name it, `#[scope(\"..\")]`");
}

/// Reports a text that one of the variants `before` has, too.
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
            .push(literal, format_args!("two variants stand for the scope {text:?}"))
            .note(format_args!("the first one is `{}`", scopes.variants[first].item.ident))
            .help("give this one a text of its own, or remove it");
    }
}
