//! Code generation: the input has passed all rules, so nothing here can fail.
//!
//! Paths start at `::core`, `::std` or the `__private` module of `mcp-guard`. Generated names start with
//! `__mcp_guard_`.

mod call;
mod definition;
mod generated_handler;
mod guarded_server;
mod locked_handler;
mod registration;
mod scope_checks;
mod scopes_impl;
mod tool_function;

pub(crate) use guarded_server::REGISTERED;
pub(crate) use guarded_server::guarded_server;
pub(crate) use guarded_server::guarded_server_fallback;
pub(crate) use locked_handler::locked_handler;
pub(crate) use locked_handler::locked_handler_fallback;
pub(crate) use scopes_impl::scopes_impl;
pub(crate) use scopes_impl::scopes_impl_fallback;
pub(crate) use tool_function::tool_function;
pub(crate) use tool_function::tool_function_fallback;

use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::ToTokens;
use quote::quote;
use syn::GenericParam;
use syn::Generics;
use syn::spanned::Spanned;

/// Returns whether `generics` declares types or constants.
fn is_generic(generics: &Generics) -> bool {
    generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)))
}

/// Returns a span at `tokens` for a generated name. With the hygiene of a user's `macro_rules!`, the surrounding code
/// could not refer to the name.
fn call_site_at(tokens: &impl ToTokens) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// Generates an `Option`.
fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
