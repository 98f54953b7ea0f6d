//! The item below an attribute, and the name of its kind for errors.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Ident, ImplItem, Item, ItemImpl};

use crate::diagnostics::Diagnostics;

/// Parses the impl block below `attribute`.
///
/// # Errors
///
/// Returns the expansion for any other item: the item unchanged, and the error.
pub(crate) fn impl_block(
    tokens: &TokenStream,
    attribute: &str,
    help: &str,
    diagnostics: &mut Diagnostics,
) -> Result<ItemImpl, TokenStream> {
    match syn::parse2(tokens.clone()) {
        Ok(Item::Impl(block)) => Ok(block),
        Ok(other) => {
            let (kind, keyword) = kind_of(&other);
            diagnostics
                .push(&keyword, format_args!("`#[{attribute}]` belongs on an impl block, not on {kind}"))
                .help(help);
            Err(quote!(#tokens #diagnostics))
        }
        Err(error) => {
            let error = error.into_compile_error();
            Err(quote!(#tokens #error))
        }
    }
}

/// Returns the name of the item's kind, and the token that an error points at.
pub(crate) fn kind_of(item: &Item) -> (&'static str, Ident) {
    let keyword = |kind, word: &str, span: Span| (kind, Ident::new(word, span));
    match item {
        Item::Const(item) => keyword("a constant", "const", item.const_token.span),
        Item::Enum(item) => keyword("an enum", "enum", item.enum_token.span),
        Item::Fn(item) => keyword("a function", "fn", item.sig.fn_token.span),
        Item::Impl(item) => keyword("an impl block", "impl", item.impl_token.span),
        Item::Mod(item) => keyword("a module", "mod", item.mod_token.span),
        Item::Static(item) => keyword("a static", "static", item.static_token.span),
        Item::Struct(item) => keyword("a struct", "struct", item.struct_token.span),
        Item::Trait(item) => keyword("a trait", "trait", item.trait_token.span),
        Item::Type(item) => keyword("a type alias", "type", item.type_token.span),
        Item::Union(item) => keyword("a union", "union", item.union_token.span),
        Item::Use(item) => keyword("an import", "use", item.use_token.span),
        other => {
            let first = other.to_token_stream().into_iter().next();
            keyword("this item", "item", first.map_or_else(Span::call_site, |token| token.span()))
        }
    }
}

/// Returns the name of the kind of an item in an impl block, and the token that an error points at.
pub(crate) fn kind_of_member(item: &ImplItem) -> (&'static str, Ident) {
    let keyword = |kind, word: &str, span: Span| (kind, Ident::new(word, span));
    match item {
        ImplItem::Const(item) => keyword("a constant", "const", item.const_token.span),
        ImplItem::Fn(item) => keyword("a function", "fn", item.sig.fn_token.span),
        ImplItem::Type(item) => keyword("a type", "type", item.type_token.span),
        ImplItem::Macro(item) => keyword("a macro call", "macro", item.mac.path.span()),
        other => keyword("this item", "item", other.span()),
    }
}
