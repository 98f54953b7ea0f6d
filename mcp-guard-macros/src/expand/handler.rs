//! The `ServerHandler`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use crate::attr::Block;
use crate::valid::Server;

pub(super) fn server_handler(block: &Block, server: &Server<'_>) -> TokenStream {
    let krate = &server.krate;
    let private = quote!(#krate::__private);
    let rmcp = quote!(#private::rmcp);
    let item = &block.item;
    let ty = &item.self_ty;
    let bounded = super::bounded(item);
    let (generics, _, bounds) = bounded.split_for_impl();
    // Of the crate that is being compiled, not of this one: `env!` is expanded there.
    let name = server.name.map_or_else(|| quote!(::core::env!("CARGO_PKG_NAME")), |name| quote!(#name));
    let version = server.version.map_or_else(|| quote!(::core::env!("CARGO_PKG_VERSION")), |version| quote!(#version));
    let title = option(server.title);
    let instructions = option(server.instructions);
    quote! {
        #[automatically_derived]
        impl #generics #rmcp::ServerHandler for #ty #bounds {
            fn get_info(&self) -> #rmcp::model::ServerConfig {
                #private::server_info(#name, #version, #title, #instructions)
            }

            async fn call_tool(
                &self,
                __mcp_guard_request: #rmcp::model::CallToolRequestParams,
                __mcp_guard_context: #rmcp::service::RequestContext<#rmcp::RoleServer>,
            ) -> ::core::result::Result<#rmcp::model::CallToolResponse, #rmcp::ErrorData> {
                #private::call_tool(self, __mcp_guard_request, __mcp_guard_context).await
            }

            async fn list_tools(
                &self,
                __mcp_guard_request: ::core::option::Option<#rmcp::model::PaginatedRequestParams>,
                __mcp_guard_context: #rmcp::service::RequestContext<#rmcp::RoleServer>,
            ) -> ::core::result::Result<#rmcp::model::ListToolsResult, #rmcp::ErrorData> {
                #private::list_tools::<Self>(__mcp_guard_request, __mcp_guard_context)
            }

            fn get_tool(&self, __mcp_guard_name: &::core::primitive::str) -> ::core::option::Option<#rmcp::model::Tool> {
                #private::get_tool::<Self>(__mcp_guard_name)
            }
        }
    }
}

fn option(value: Option<&Expr>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
