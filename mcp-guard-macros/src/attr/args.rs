//! `key`, `key = value` and `key(..)`, separated by commas.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, LitStr, Token};

use super::Keyed;
use super::key::Key;
use crate::diagnostics::Diagnostics;

/// The part of an argument after its key.
#[derive(Debug)]
pub(super) enum Value {
    /// `key`
    Word,
    /// `key =`, without a value.
    Missing,
    /// `key = value`
    Expr(Expr),
    /// `key(..)`
    List(Group),
}

/// The arguments of one attribute.
#[derive(Debug, Default)]
pub(super) struct Args {
    pub(super) list: Vec<Keyed<Value>>,
    /// Whether tokens were skipped, and reported, because they do not form an argument.
    pub(super) incomplete: bool,
}

/// Parses every argument. Reports malformed ones and continues after the next comma. The first of `keys` serves as
/// the example in errors.
pub(super) fn parse(tokens: TokenStream, keys: &[Key], diagnostics: &mut Diagnostics) -> Args {
    let mut args = Args::default();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            let ahead = input.fork();
            match argument(&ahead, keys, diagnostics) {
                Some(argument) => {
                    input.advance_to(&ahead);
                    args.list.push(argument);
                }
                None => {
                    args.incomplete = true;
                    skip_to_comma(input)?;
                }
            }
            if input.parse::<Option<Token![,]>>()?.is_none() && !input.is_empty() {
                let next: TokenTree = input.fork().parse()?;
                diagnostics.push(&next, format_args!("expected `,` before `{next}`"));
                if !matches!(next, TokenTree::Ident(_)) {
                    args.incomplete = true;
                    skip_to_comma(input)?;
                    let _: Option<Token![,]> = input.parse()?;
                }
            }
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        diagnostics.push(&error.to_compile_error(), &error);
        args.incomplete = true;
    }
    args
}

fn argument(input: ParseStream<'_>, keys: &[Key], diagnostics: &mut Diagnostics) -> Option<Keyed<Value>> {
    if !input.peek(Ident::peek_any) {
        let next: TokenTree = input.parse().ok()?;
        let example = match syn::parse2::<LitStr>(next.clone().into()) {
            Ok(text) => format!("{} = {:?}", key_for(&text.value(), keys), text.value()),
            Err(_) => keys[0].example.to_owned(),
        };
        diagnostics.push(&next, "expected a named argument").help(format_args!("write `{example}`"));
        return None;
    }
    let key = Ident::parse_any(input).ok()?;
    let value = if input.is_empty() || input.peek(Token![,]) {
        Value::Word
    } else if input.peek(syn::token::Paren) {
        Value::List(input.parse().ok()?)
    } else if input.peek(Token![=]) && !input.peek(Token![==]) {
        input.parse::<Token![=]>().ok()?;
        if input.is_empty() || input.peek(Token![,]) {
            Value::Missing
        } else {
            let next: TokenTree = input.fork().parse().ok()?;
            match input.parse() {
                Ok(expr) => Value::Expr(expr),
                Err(_) => {
                    diagnostics.push(&next, format_args!("expected an expression after `{key} =`"));
                    return None;
                }
            }
        }
    } else {
        let next: TokenTree = input.parse().ok()?;
        diagnostics.push(&next, format_args!("expected `=` after `{key}`, not `{next}`"));
        return None;
    };
    Some(Keyed { key, value })
}

/// Guesses the key of a string literal that was written without one.
fn key_for(text: &str, keys: &[Key]) -> &'static str {
    let uri = keys.iter().find(|key| key.name == "uri" && text.contains("://"));
    uri.unwrap_or(&keys[0]).name
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
