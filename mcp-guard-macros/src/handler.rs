//! `#[guarded_handler]`, from tokens to tokens.

use proc_macro2::TokenStream;
use syn::Path;
use syn::parse_quote;

use crate::attr::Handler;
use crate::diag::Diagnostics;
use crate::expand;
use crate::item;
use crate::valid;

pub(crate) fn guarded_handler(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let item =
        match item::impl_block(tokens, "guarded_handler", "put it on `impl ServerHandler for ..`", &mut diagnostics) {
            Ok(item) => item,
            Err(instead) => return instead,
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
        snapshot::compare_block(name, guarded_handler);
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
