//! `#[guarded_tools]`, from tokens to tokens.

use proc_macro2::TokenStream;

use crate::attr::Block;
use crate::attr::BlockAttr;
use crate::diag::Diagnostics;
use crate::expand;
use crate::item;
use crate::valid;

pub(crate) fn guarded_tools(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let attr = BlockAttr::parse(args, &mut diagnostics);
    let item = match item::impl_block(
        tokens,
        "guarded_tools",
        "put it on the `impl` block that holds the tools",
        &mut diagnostics,
    ) {
        Ok(item) => item,
        Err(instead) => return instead,
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
        snapshot::compare_block(name, guarded_tools);
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
