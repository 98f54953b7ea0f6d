//! `#[guarded_tools]`, from tokens to tokens.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

use crate::attr::Block;
use crate::attr::BlockAttr;
use crate::diag::Diagnostics;
use crate::expand;
use crate::item;
use crate::valid;

pub(crate) fn guarded_tools(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let attr = BlockAttr::parse(args, &mut diagnostics);
    let item = match syn::parse2(tokens.clone()) {
        Ok(Item::Impl(item)) => item,
        Ok(other) => {
            let (kind, keyword) = item::kind_of(&other);
            diagnostics
                .push(&keyword, format_args!("`#[guarded_tools]` belongs on an impl block, not on {kind}"))
                .help("put it on the `impl` block that holds the tools");
            return quote!(#tokens #diagnostics);
        }
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#tokens #error);
        }
    };
    let block = Block::parse(item, &mut diagnostics);
    match valid::server(&attr, &block, &mut diagnostics) {
        Some(server) if diagnostics.is_empty() => expand::server(&block, &server),
        _ => expand::fallback(&attr, &block, &diagnostics),
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
