//! The expansion of `#[guarded_tool]` on a free function.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ItemFn, Path};

use super::registration;
use crate::diagnostics::Diagnostics;
use crate::valid::{Operation, ServerAccess};

/// Generates the unchanged function, and a type with the same name that registers it. Types and functions are in
/// separate namespaces.
pub(crate) fn tool_function(item: &ItemFn, operation: &Operation<'_>, krate: &Path) -> TokenStream {
    let private = quote!(#krate::__private);
    let vis = &item.vis;
    let name = &item.sig.ident;
    let cfgs = &operation.cfgs;
    let tool = registration::operation(operation, &private);
    let (generics, server) = match &operation.call.server {
        ServerAccess::Parameter(ty) => (quote!(), quote!(#ty)),
        // A function that does not take the server is a tool of every server.
        ServerAccess::Unused | ServerAccess::Receiver => {
            let bounds = quote!(::core::marker::Send + ::core::marker::Sync + 'static);
            (quote!(<__McpGuardServer: #bounds>), quote!(__McpGuardServer))
        }
    };
    quote! {
        #item

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_debug_implementations, missing_docs)]
        #[allow(clippy::pedantic, clippy::restriction)]
        #vis enum #name {}

        #(#cfgs)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl #generics #private::ToolFunction<#server> for #name {
            fn guarded_tool() -> #private::GuardedTool<#server> {
                #tool
            }
        }
    }
}

/// Generates the unchanged function, its errors, and a tool of every server, so that no other error follows.
pub(crate) fn tool_function_fallback(item: &ItemFn, diagnostics: &Diagnostics, krate: &Path) -> TokenStream {
    let private = quote!(#krate::__private);
    let vis = &item.vis;
    let name = &item.sig.ident;
    let cfgs: Vec<_> = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    quote! {
        #item
        #diagnostics

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #vis enum #name {}

        #(#cfgs)*
        #[automatically_derived]
        impl<__McpGuardServer> #private::ToolFunction<__McpGuardServer> for #name {
            fn guarded_tool() -> #private::GuardedTool<__McpGuardServer> {
                ::core::unreachable!()
            }
        }
    }
}
