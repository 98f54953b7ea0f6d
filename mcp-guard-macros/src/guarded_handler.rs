//! Expands `#[guarded_handler]`.

use proc_macro2::TokenStream;
use syn::{Path, parse_quote};

use crate::attr::HandlerBlock;
use crate::diagnostics::Diagnostics;
use crate::{expand, item, valid};

pub(crate) fn guarded_handler(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let item =
        match item::impl_block(tokens, "guarded_handler", "move it to `impl ServerHandler for ..`", &mut diagnostics) {
            Ok(item) => item,
            Err(instead) => return instead,
        };
    let handler = HandlerBlock::parse(args, item, &mut diagnostics);
    let krate = handler.krate.iter().find_map(|krate| krate.value.clone());
    let krate: Path = krate.unwrap_or_else(|| parse_quote!(::mcp_guard));
    match valid::handler_impl(&handler, &mut diagnostics) {
        Some(checked) if diagnostics.is_empty() => expand::locked_handler(&handler.item, &checked, &krate),
        _ => expand::locked_handler_fallback(&handler.item, &diagnostics, &krate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot;

    #[test]
    fn expansions_match_snapshots() {
        for name in ["handler_impl", "handler_impl_with_errors"] {
            snapshot::compare_block(name, guarded_handler);
        }
    }
}
