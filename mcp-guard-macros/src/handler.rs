//! `#[guarded_handler]`, from tokens to tokens.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;
use syn::Path;
use syn::parse_quote;

use crate::attr::Handler;
use crate::diag::Diagnostics;
use crate::expand;
use crate::item;
use crate::valid;

pub(crate) fn guarded_handler(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let item = match syn::parse2(tokens.clone()) {
        Ok(Item::Impl(item)) => item,
        Ok(other) => {
            let (kind, keyword) = item::kind_of(&other);
            diagnostics
                .push(&keyword, format_args!("`#[guarded_handler]` belongs on an impl block, not on {kind}"))
                .help("put it on `impl ServerHandler for ..`");
            return quote!(#tokens #diagnostics);
        }
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#tokens #error);
        }
    };
    let handler = Handler::parse(args, item, &mut diagnostics);
    let krate = handler.krate.iter().find_map(|krate| krate.value.clone());
    let krate: Path = krate.unwrap_or_else(|| parse_quote!(::mcp_guard));
    match valid::by_hand(&handler, &mut diagnostics) {
        Some(checked) if diagnostics.is_empty() => expand::by_hand(&handler.item, &checked, &krate),
        _ => expand::by_hand_fallback(&handler.item, &diagnostics, &krate),
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
            guarded_handler(args, &quote!(#block))
        });
    }

    #[test]
    fn handler_by_hand() {
        expands_as_recorded("handler_by_hand");
    }

    #[test]
    fn handler_with_mistakes() {
        expands_as_recorded("handler_with_mistakes");
    }
}
