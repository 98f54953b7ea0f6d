//! Expands `#[guarded_tools]`.

use proc_macro2::TokenStream;

use crate::attr::{Block, BlockAttr};
use crate::diagnostics::Diagnostics;
use crate::{expand, item, valid};

pub(crate) fn guarded_tools(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let attr = BlockAttr::parse(args, &mut diagnostics);
    let item = match item::impl_block(
        tokens,
        "guarded_tools",
        "move it to the `impl` block that contains the tools",
        &mut diagnostics,
    ) {
        Ok(item) => item,
        Err(instead) => return instead,
    };
    let block = Block::parse(item, &mut diagnostics);
    match valid::server(&attr, &block, &mut diagnostics) {
        Some(server) if diagnostics.is_empty() => expand::guarded_server(&block, &server),
        _ => expand::guarded_server_fallback(&attr, &block, &diagnostics),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot;

    #[test]
    fn expansions_match_snapshots() {
        for name in [
            "one_plain_function",
            "every_requirement_and_key",
            "parameters_and_futures",
            "generic_server",
            "scopes_checked",
            "prompts_and_resources",
            "functions_extend_and_own_handler",
            "methods_with_errors",
        ] {
            snapshot::compare_block(name, guarded_tools);
        }
    }
}
