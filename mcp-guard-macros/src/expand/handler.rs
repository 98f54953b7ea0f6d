//! The `ServerHandler`.

use proc_macro2::Ident;
use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::quote;

use crate::attr::Block;
use crate::attr::Kind;
use crate::valid::Server;

const TOOLS: &[&str] = &["call_tool", "list_tools", "get_tool"];
const PROMPTS: &[&str] = &["get_prompt", "list_prompts"];
const RESOURCES: &[&str] = &["read_resource", "list_resources", "list_resource_templates"];

/// A complete `ServerHandler`, with the methods for what the server offers.
pub(super) fn server_handler(block: &Block, server: &Server<'_>) -> TokenStream {
    let krate = &server.krate;
    let private = quote!(#krate::__private);
    let ty = &block.item.self_ty;
    let bounded = super::bounded(&block.item, None, &private);
    let (generics, _, bounds) = bounded.split_for_impl();
    // Of the crate that is being compiled, not of this one: `env!` is expanded there.
    let name = server.name.map_or_else(|| quote!(::core::env!("CARGO_PKG_NAME")), |name| quote!(#name));
    let version = server.version.map_or_else(|| quote!(::core::env!("CARGO_PKG_VERSION")), |version| quote!(#version));
    let title = super::option(server.title);
    let instructions = super::option(server.instructions);
    // The functions that `extend` adds are not known here: they may be of any kind.
    let offers = |kind| server.extend.is_some() || server.operations.iter().any(|operation| operation.kind == kind);
    let tools = (offers(Kind::Tool) || !server.functions.is_empty()).then_some(TOOLS);
    let prompts = offers(Kind::Prompt).then_some(PROMPTS);
    let resources = offers(Kind::Resource).then_some(RESOURCES);
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

/// The methods that a `ServerHandler` must not leave to the defaults of rmcp, without those that its author implements.
pub(super) fn remaining(implemented: &[String], private: &TokenStream) -> TokenStream {
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
