//! Expands `#[guarded_tool]`, `#[guarded_prompt]` and `#[guarded_resource]` outside a block with `#[guarded_tools]`.
//!
//! `#[guarded_tool]` on a free function creates a tool that can be registered by its name. Everything else is an error,
//! because the operation would never be registered.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit::Visit;
use syn::{Block, Ident, Item, ItemFn, Signature, TraitItem, parse_quote};

use crate::attr::{GuardArg, GuardAttr, Kind};
use crate::diagnostics::Diagnostics;
use crate::expand::REGISTERED;
use crate::{expand, item, valid};

pub(crate) fn guarded_operation(kind: Kind, args: TokenStream, tokens: &TokenStream) -> TokenStream {
    if syn::parse2::<Ident>(args.clone()).is_ok_and(|word| word == REGISTERED) {
        // `#[guarded_tools]` generates this to mark the import of the attribute as used.
        return TokenStream::new();
    }
    if kind == Kind::Tool
        && let Ok(function) = syn::parse2::<ItemFn>(tokens.clone())
        && function.sig.receiver().is_none()
        && !mentions_self(&function.sig, Some(&function.block))
    {
        return free_function(args, function);
    }
    let mut diagnostics = Diagnostics::default();
    let (attribute, noun) = (kind.attribute(), kind.noun());
    // Parsed as the method of a trait, because that may lack a body.
    match syn::parse2::<TraitItem>(tokens.clone()) {
        Ok(TraitItem::Fn(method)) if method.default.is_none() => {
            diagnostics
                .push(&method.sig.ident, format_args!("`#[{attribute}]` expects a function with a body"))
                .help("move it to a method in an impl block with `#[guarded_tools]`, which can call this one");
        }
        Ok(TraitItem::Fn(method)) => {
            let name = &method.sig.ident;
            let wrong = diagnostics.push(name, format_args!("`{name}` is never registered"));
            if method.sig.receiver().is_some() || mentions_self(&method.sig, method.default.as_ref()) {
                wrong.help("add `#[guarded_tools]` to the impl block");
            } else {
                wrong.help(format_args!("move the {noun} to an impl block with `#[guarded_tools]`"));
            }
        }
        _ => match syn::parse2::<Item>(tokens.clone()) {
            Ok(item) => {
                let (what, keyword) = item::kind_of(&item);
                let wrong = valid::report_misplaced(kind, what, &keyword, &mut diagnostics);
                if let Item::Impl(_) = item {
                    let written = kind.written("scope = \"..\"");
                    wrong.help(format_args!("write `#[guarded_tools]` here and {written} on each {noun}"));
                }
            }
            Err(_) => {
                diagnostics.push(tokens, format_args!("`#[{attribute}]` expects a function"));
            }
        },
    }
    quote!(#tokens #diagnostics)
}

/// Returns whether a function mentions `Self`, and so is an associated function. Items inside the function have their
/// own `Self`.
fn mentions_self(signature: &Signature, body: Option<&Block>) -> bool {
    struct Find(bool);

    impl Visit<'_> for Find {
        fn visit_ident(&mut self, word: &Ident) {
            self.0 |= word == "Self";
        }

        fn visit_item(&mut self, _: &Item) {}
    }

    let mut find = Find(false);
    find.visit_signature(signature);
    if let Some(body) = body {
        find.visit_block(body);
    }
    find.0
}

fn free_function(args: TokenStream, mut function: ItemFn) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let path = parse_quote!(guarded_tool);
    let attr = GuardAttr::parse_args(Kind::Tool, path, args, &mut diagnostics);
    for again in function.attrs.extract_if(.., |attr| Kind::of(attr).is_some()) {
        if let Some(kind) = Kind::of(&again) {
            valid::report_second_guard(&function.sig.ident, Kind::Tool, kind, again.path(), &mut diagnostics);
        }
    }
    let krate = attr.args.iter().find_map(|arg| match &arg.value {
        GuardArg::Crate(path) => path.clone(),
        _ => None,
    });
    let krate = krate.unwrap_or_else(|| parse_quote!(::mcp_guard));
    match valid::free_function(&attr, &function, &mut diagnostics) {
        Some(operation) if diagnostics.is_empty() => expand::tool_function(&function, &operation, &krate),
        _ => expand::tool_function_fallback(&function, &diagnostics, &krate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot;

    #[test]
    fn expansions_match_snapshots() {
        for name in ["free_function", "free_function_of_any_server", "free_function_with_errors"] {
            snapshot::compare(name, |source| {
                let Item::Fn(mut function) = source else { panic!("expected a function in {name}.rs") };
                let at = function.attrs.iter().position(|attr| attr.path().is_ident("guarded_tool")).unwrap();
                let attr = function.attrs.remove(at);
                let args = attr.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
                guarded_operation(Kind::Tool, args, &quote!(#function))
            });
        }
    }
}
