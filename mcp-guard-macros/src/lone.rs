//! `#[guarded_tool]` and its like where `#[guarded_tools]` did not take them away.
//!
//! On a free function `#[guarded_tool]` makes a tool that can be registered by its name. Anything else guards nothing there, and is told so.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Block;
use syn::Ident;
use syn::Item;
use syn::ItemFn;
use syn::Signature;
use syn::TraitItem;
use syn::parse_quote;
use syn::visit::Visit;

use crate::attr::GuardArg;
use crate::attr::GuardAttr;
use crate::attr::Kind;
use crate::diag::Diagnostics;
use crate::expand;
use crate::expand::REGISTERED;
use crate::item;
use crate::valid;

pub(crate) fn lone(kind: Kind, args: TokenStream, tokens: &TokenStream) -> TokenStream {
    if syn::parse2::<Ident>(args.clone()).is_ok_and(|word| word == REGISTERED) {
        // `#[guarded_tools]` wrote this, so that an import of the attribute counts as used.
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
    // Methods are read as a trait's, because those may lack a body.
    match syn::parse2::<TraitItem>(tokens.clone()) {
        Ok(TraitItem::Fn(method)) if method.default.is_none() => {
            diagnostics
                .push(&method.sig.ident, format_args!("`#[{attribute}]` guards one {noun} function, not a trait's"))
                .help("put it on the method of an impl block with `#[guarded_tools]`, which may call the trait's");
        }
        Ok(TraitItem::Fn(method)) => {
            let name = &method.sig.ident;
            let wrong = diagnostics.push(name, format_args!("`{name}` is never registered"));
            if method.sig.receiver().is_some() || mentions_self(&method.sig, method.default.as_ref()) {
                wrong.help("put `#[guarded_tools]` on the impl block");
            } else {
                wrong.help(format_args!(
                    "`#[{attribute}]` belongs on a method in an impl block with `#[guarded_tools]`"
                ));
            }
        }
        _ => match syn::parse2::<Item>(tokens.clone()) {
            Ok(item) => {
                let (what, keyword) = item::kind_of(&item);
                let wrong = valid::misplaced(kind, what, &keyword, &mut diagnostics);
                if let Item::Impl(_) = item {
                    let written = kind.written("scope = \"..\"");
                    wrong.help(format_args!("write `#[guarded_tools]` here, and {written} on the {noun}s in it"));
                }
            }
            Err(_) => {
                diagnostics.push(tokens, format_args!("`#[{attribute}]` guards one {noun} function"));
            }
        },
    }
    quote!(#tokens #diagnostics)
}

/// Only what stands in an impl block can speak of `Self`: that of an associated function looks like a free function otherwise. Items inside of the function
/// have a `Self` of their own.
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
            valid::guarded_twice(&function.sig.ident, Kind::Tool, kind, again.path(), &mut diagnostics);
        }
    }
    let krate = attr.args.iter().find_map(|arg| match &arg.value {
        GuardArg::Crate(path) => path.clone(),
        _ => None,
    });
    let krate = krate.unwrap_or_else(|| parse_quote!(::mcp_guard));
    match valid::function(&attr, &function, &mut diagnostics) {
        Some(operation) if diagnostics.is_empty() => expand::function(&function, &operation, &krate),
        _ => expand::function_fallback(&function, &diagnostics, &krate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot;

    fn expands_as_recorded(name: &str) {
        snapshot::compare(name, |source| {
            let Item::Fn(mut function) = source else { panic!("{name}.rs is no function") };
            let at = function.attrs.iter().position(|attr| attr.path().is_ident("guarded_tool")).unwrap();
            let attr = function.attrs.remove(at);
            let args = attr.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
            lone(Kind::Tool, args, &quote!(#function))
        });
    }

    #[test]
    fn free_function() {
        expands_as_recorded("free_function");
    }

    #[test]
    fn free_function_of_any_server() {
        expands_as_recorded("free_function_of_any_server");
    }

    #[test]
    fn free_function_with_mistakes() {
        expands_as_recorded("free_function_with_mistakes");
    }
}
