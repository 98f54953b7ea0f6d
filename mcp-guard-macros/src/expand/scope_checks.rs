//! Checks at compile time that scopes in string literals belong to the vocabulary.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::valid::{Literal, Literals};

/// Generates a constant whose evaluation fails for a scope that the vocabulary lacks.
pub(super) fn scope_checks(literals: &Literals<'_>, krate: &Path) -> TokenStream {
    let Literals { vocabulary, name, texts } = literals;
    let private = quote!(#krate::__private);
    // Reports a type that is not a vocabulary once, where it is named.
    let known = quote_spanned!(vocabulary.span()=> <#vocabulary as #private::Scopes>::TEXTS);
    let checks = texts.iter().map(|Literal { text, cfgs }| {
        // Every token has the span of the text, because the error would otherwise point at the whole attribute.
        let check = quote_spanned!(text.span()=> const _: () = __MCP_GUARD_KNOWN.check(#text););
        quote!(#(#cfgs)* #check)
    });
    quote! {
        const _: () = {
            const __MCP_GUARD_KNOWN: #private::KnownScopes = #private::KnownScopes::new(#known, #name);
            #(#checks)*
            let _ = __MCP_GUARD_KNOWN;
        };
    }
}
