//! `#[guarded_tool]` where `#[guarded_tools]` did not take it away: it guards nothing there, and says so.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;
use syn::Item;
use syn::TraitItem;

use crate::diag::Diagnostics;
use crate::expand::REGISTERED;
use crate::item;

pub(crate) fn guarded_tool(args: &TokenStream, tokens: &TokenStream) -> TokenStream {
    if syn::parse2::<Ident>(args.clone()).is_ok_and(|word| word == REGISTERED) {
        // `#[guarded_tools]` wrote this, so that an import of `guarded_tool` counts as used.
        return TokenStream::new();
    }
    let mut diagnostics = Diagnostics::default();
    // Methods are read as a trait's, because those may lack a body.
    match syn::parse2::<TraitItem>(tokens.clone()) {
        Ok(TraitItem::Fn(method)) if method.default.is_none() => {
            diagnostics
                .push(&method.sig.ident, "`#[guarded_tool]` guards one tool function, not a trait's")
                .help("put it on the method of an impl block with `#[guarded_tools]`, which may call the trait's");
        }
        Ok(TraitItem::Fn(method)) => {
            let name = &method.sig.ident;
            let wrong = diagnostics.push(name, format_args!("`{name}` is never registered"));
            if method.sig.receiver().is_some() {
                wrong.help("put `#[guarded_tools]` on the impl block");
            } else {
                wrong.help("`#[guarded_tool]` belongs on a method in an impl block with `#[guarded_tools]`");
            }
        }
        _ => match syn::parse2::<Item>(tokens.clone()) {
            Ok(item) => {
                let (kind, keyword) = item::kind_of(&item);
                let wrong =
                    diagnostics.push(&keyword, format_args!("`#[guarded_tool]` guards one tool function, not {kind}"));
                if matches!(item, Item::Impl(_)) {
                    wrong.help(
                        "write `#[guarded_tools]` here, and `#[guarded_tool(scope = \"..\")]` on the tools in it",
                    );
                }
            }
            Err(_) => {
                diagnostics.push(tokens, "`#[guarded_tool]` guards one tool function");
            }
        },
    }
    quote!(#tokens #diagnostics)
}
