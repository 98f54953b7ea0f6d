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
mod tests {
    use super::*;
    use crate::snapshot;

    fn expands_as_recorded(name: &str) {
        snapshot::compare(name, |source| {
            let Item::Impl(mut block) = source else { panic!("{name}.rs is no impl block") };
            let attr = block.attrs.remove(0);
            let args = attr.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
            guarded_tools(args, &quote!(#block))
        });
    }

    #[test]
    fn one_plain_function() {
        expands_as_recorded("one_plain_function");
    }

    #[test]
    fn every_requirement_and_key() {
        expands_as_recorded("every_requirement_and_key");
    }

    #[test]
    fn parameters_and_futures() {
        expands_as_recorded("parameters_and_futures");
    }

    #[test]
    fn generic_server() {
        expands_as_recorded("generic_server");
    }

    #[test]
    fn scopes_checked() {
        expands_as_recorded("scopes_checked");
    }

    #[test]
    fn prompts_and_resources() {
        expands_as_recorded("prompts_and_resources");
    }

    #[test]
    fn more_than_methods() {
        expands_as_recorded("more_than_methods");
    }

    #[test]
    fn mistakes() {
        expands_as_recorded("mistakes");
    }
}
