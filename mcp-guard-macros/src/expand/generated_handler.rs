//! The generated methods of `ServerHandler`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::attr::{Block, Kind};
use crate::valid::Server;

const TOOLS: &[&str] = &["call_tool", "list_tools", "get_tool"];
const PROMPTS: &[&str] = &["get_prompt", "list_prompts"];
const RESOURCES: &[&str] = &["read_resource", "list_resources", "list_resource_templates"];

/// Generates a complete `impl ServerHandler`, with the methods for the kinds of operations that the server has.
pub(super) fn server_handler(block: &Block, server: &Server<'_>) -> TokenStream {
    let krate = &server.krate;
    let private = quote!(#krate::__private);
    let ty = &block.item.self_ty;
    let bounded = super::guarded_server::bounded(&block.item, None, &private);
    let (generics, _, bounds) = bounded.split_for_impl();
    // `env!` expands in the user's crate and returns its name and version.
    let name = server.name.map_or_else(|| quote!(::core::env!("CARGO_PKG_NAME")), |name| quote!(#name));
    let version = server.version.map_or_else(|| quote!(::core::env!("CARGO_PKG_VERSION")), |version| quote!(#version));
    let title = super::option(server.title);
    let instructions = super::option(server.instructions);
    // `extend` may add operations of any kind.
    let has = |kind| server.extend.is_some() || server.operations.iter().any(|operation| operation.kind == kind);
    let tools = (has(Kind::Tool) || !server.functions.is_empty()).then_some(TOOLS);
    let prompts = has(Kind::Prompt).then_some(PROMPTS);
    let resources = has(Kind::Resource).then_some(RESOURCES);
    let methods = [tools, prompts, resources].into_iter().flatten().flatten().map(|method| ident(method));
    quote! {
        #[automatically_derived]
        impl #generics #private::rmcp::ServerHandler for #ty #bounds {
            #private::handler_methods! {
                get_info(#name, #version, #title, #instructions)
                #(#methods)*
            }
        }
    }
}

/// Generates the methods that must not fall back to the defaults of rmcp, except those that the author implements.
pub(super) fn remaining_methods(implemented: &[String], private: &TokenStream) -> TokenStream {
    let is_missing = |method: &str| implemented.iter().all(|name| name != method);
    let info = is_missing("get_info").then(|| {
        quote! {
            get_info(
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
                ::core::option::Option::None,
                ::core::option::Option::None
            )
        }
    });
    let others = [&["discover"], TOOLS, PROMPTS, RESOURCES].into_iter().flatten();
    let others = others.filter(|method| is_missing(method)).map(|method| ident(method));
    quote!(#private::handler_methods! { #info #(#others)* })
}

fn ident(method: &str) -> Ident {
    Ident::new(method, Span::call_site())
}
