//! A free function that is a tool.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemFn;
use syn::Path;

use super::operation;
use crate::diag::Diagnostics;
use crate::valid::Operation;
use crate::valid::Reached;

/// The function as it was written, and a type of the same name, under which it is registered: types and functions have names of their own.
pub(crate) fn function(item: &ItemFn, operation: &Operation<'_>, krate: &Path) -> TokenStream {
    let private = quote!(#krate::__private);
    let vis = &item.vis;
    let name = &item.sig.ident;
    let cfgs = &operation.cfgs;
    let tool = operation::make(operation, &private);
    let (generics, server) = match &operation.call.server {
        Reached::Parameter(ty) => (quote!(), quote!(#ty)),
        // It does not take the server, so it is a tool of any.
        Reached::Absent | Reached::Receiver => {
            let bounds = quote!(::core::marker::Send + ::core::marker::Sync + 'static);
            (quote!(<__McpGuardServer: #bounds>), quote!(__McpGuardServer))
        }
    };
    quote! {
        #item

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_debug_implementations, missing_docs, clippy::pedantic, clippy::restriction)]
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

/// The function as it was written, what is wrong with it, and a tool of any server, so that no other error follows.
pub(crate) fn function_fallback(item: &ItemFn, diagnostics: &Diagnostics, krate: &Path) -> TokenStream {
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
