//! `#[guarded_tool]` and its like where `#[guarded_tools]` did not take them away.
//!
//! On a free function `#[guarded_tool]` makes a tool that can be registered by its name. Anything else guards nothing there, and is told so.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;
use syn::Item;
use syn::ItemFn;
use syn::TraitItem;
use syn::parse_quote;

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
            if method.sig.receiver().is_some() {
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
                valid::misplaced(kind, what, &keyword, &mut diagnostics);
            }
            Err(_) => {
                diagnostics.push(tokens, format_args!("`#[{attribute}]` guards one {noun} function"));
            }
        },
    }
    quote!(#tokens #diagnostics)
}

fn free_function(args: TokenStream, mut function: ItemFn) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let path = parse_quote!(guarded_tool);
    let attr = GuardAttr::parse_args(Kind::Tool, path, args, &mut diagnostics);
    let repeated: Vec<_> = function
        .attrs
        .extract_if(.., |attr| attr.path().segments.last().is_some_and(|last| last.ident == "guarded_tool"))
        .collect();
    for attr in &repeated {
        let name = &function.sig.ident;
        diagnostics
            .push(attr.path(), format_args!("`{name}` is guarded twice"))
            .help("keep one `#[guarded_tool(..)]` and list every scope in `scopes = [..]`");
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
