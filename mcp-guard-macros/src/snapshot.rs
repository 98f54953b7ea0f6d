//! Snapshots of expansions.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

/// Expands the item in `snapshots/{name}.rs` and compares the result with `snapshots/{name}.expanded.rs`.
///
/// `MCP_GUARD_SNAPSHOTS=overwrite` updates the snapshot.
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
    assert!(recorded == expanded, "the expansion of {name}.rs differs from its snapshot:\n{expanded}");
    for (at, _) in expanded.match_indices("rmcp::") {
        let before = &expanded[..at];
        // The user's crate may not depend on rmcp, so only paths that the user wrote may name it.
        let is_allowed = before.ends_with("__private::") || source.contains("rmcp::");
        assert!(is_allowed, "the expansion of {name}.rs names the crate `rmcp`:\n{}", &expanded[at..]);
    }
}

/// Compares the expansion of an attribute macro. The source is one impl block with the attribute on top.
pub(crate) fn compare_block(name: &str, attribute: impl FnOnce(TokenStream, &TokenStream) -> TokenStream) {
    compare(name, |source| {
        let Item::Impl(mut block) = source else { panic!("expected an impl block in {name}.rs") };
        let attr = block.attrs.remove(0);
        let args = attr.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
        attribute(args, &quote!(#block))
    });
}
