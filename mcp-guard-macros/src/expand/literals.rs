//! Texts for the compiler to look up in a vocabulary.

use proc_macro2::TokenStream;
use quote::quote;
use quote::quote_spanned;
use syn::Path;
use syn::spanned::Spanned;

use crate::valid::Literal;
use crate::valid::Literals;

/// A constant that has a value if every text is a scope of the vocabulary.
pub(super) fn checked(literals: &Literals<'_>, krate: &Path) -> TokenStream {
    let Literals { vocabulary, name, texts } = literals;
    let private = quote!(#krate::__private);
    // What is wrong with the type itself is reported once, where it is named.
    let known = quote_spanned!(vocabulary.span()=> <#vocabulary as #private::Scopes>::TEXTS);
    let checks = texts.iter().map(|Literal { text, cfgs }| {
        // No token but those with the span of the text, or the error would be about the whole attribute.
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
