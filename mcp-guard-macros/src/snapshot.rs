//! Expansions, compared with those on record.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

/// Expands the item in `snapshots/{name}.rs` and compares the code with `snapshots/{name}.expanded.rs`, which `MCP_GUARD_SNAPSHOTS=overwrite` writes
/// anew.
pub(crate) fn compare(name: &str, expand: impl FnOnce(Item) -> TokenStream) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let source = fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap();
    let expanded = syn::parse2(expand(syn::parse_str(&source).unwrap())).unwrap();
    let expanded = prettyplease::unparse(&expanded);

    let recorded = folder.join(format!("{name}.expanded.rs"));
    if std::env::var("MCP_GUARD_SNAPSHOTS").is_ok_and(|mode| mode == "overwrite") {
        fs::write(&recorded, &expanded).unwrap();
    }
    let recorded = fs::read_to_string(recorded).unwrap();
    assert!(recorded == expanded, "{name}.rs expands otherwise than recorded:\n{expanded}");
    for (at, _) in expanded.match_indices("rmcp::") {
        let before = &expanded[..at];
        // A user's crate need not depend on it. What the user wrote is the user's.
        let is_ours = before.ends_with("__private::") || source.contains("rmcp::");
        assert!(is_ours, "{name}.rs names `rmcp` in the crate of its user:\n{}", &expanded[at..]);
    }
}

/// The same for an attribute macro: the source is one impl block with the attribute on top.
pub(crate) fn compare_block(name: &str, attribute: impl FnOnce(TokenStream, &TokenStream) -> TokenStream) {
    compare(name, |source| {
        let Item::Impl(mut block) = source else { panic!("{name}.rs is no impl block") };
        let attr = block.attrs.remove(0);
        let args = attr.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
        attribute(args, &quote!(#block))
    });
}
