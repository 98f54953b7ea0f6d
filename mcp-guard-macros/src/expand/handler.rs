//! The `ServerHandler`.

use proc_macro2::TokenStream;
use quote::format_ident;
use quote::quote;

use crate::attr::Block;
use crate::attr::Kind;
use crate::valid::Server;

pub(super) fn server_handler(block: &Block, server: &Server<'_>) -> TokenStream {
    let krate = &server.krate;
    let private = quote!(#krate::__private);
    let rmcp = quote!(#private::rmcp);
    let item = &block.item;
    let ty = &item.self_ty;
    let bounded = super::bounded(item, None, &private);
    let (generics, _, bounds) = bounded.split_for_impl();
    // Of the crate that is being compiled, not of this one: `env!` is expanded there.
    let name = server.name.map_or_else(|| quote!(::core::env!("CARGO_PKG_NAME")), |name| quote!(#name));
    let version = server.version.map_or_else(|| quote!(::core::env!("CARGO_PKG_VERSION")), |version| quote!(#version));
    let title = super::option(server.title);
    let instructions = super::option(server.instructions);
    let methods = generated(server, &private);
    quote! {
        #[automatically_derived]
        impl #generics #rmcp::ServerHandler for #ty #bounds {
            fn get_info(&self) -> #rmcp::model::ServerConfig {
                #private::server_info::<Self>(#name, #version, #title, #instructions)
            }

            #methods
        }
    }
}

/// The methods for what the server offers. What a function adds is not known here, so it may be anything.
fn generated(server: &Server<'_>, private: &TokenStream) -> TokenStream {
    let offers = |kind| server.extend.is_some() || server.operations.iter().any(|operation| operation.kind == kind);
    let tools = (offers(Kind::Tool) || !server.functions.is_empty()).then_some(TOOLS);
    let prompts = offers(Kind::Prompt).then_some(PROMPTS);
    let resources = offers(Kind::Resource).then_some(RESOURCES);
    let methods = [tools, prompts, resources].into_iter().flatten().flatten().map(|method| method.code(private));
    quote!(#(#methods)*)
}

/// A method of `ServerHandler` that the guard writes.
pub(super) struct Method {
    pub(super) name: &'static str,
    /// The type of the request's params.
    params: &'static str,
    optional: bool,
    answer: &'static str,
    /// Whether it needs the server, and waits for it.
    runs: bool,
}

const TOOLS: &[Method] = &[
    Method::run("call_tool", "CallToolRequestParams", "CallToolResponse"),
    Method::list("list_tools", "ListToolsResult"),
    Method { name: "get_tool", params: "", optional: false, answer: "", runs: false },
];
const PROMPTS: &[Method] = &[
    Method::run("get_prompt", "GetPromptRequestParams", "GetPromptResponse"),
    Method::list("list_prompts", "ListPromptsResult"),
];
const RESOURCES: &[Method] = &[
    Method::run("read_resource", "ReadResourceRequestParams", "ReadResourceResponse"),
    Method::list("list_resources", "ListResourcesResult"),
    Method::list("list_resource_templates", "ListResourceTemplatesResult"),
];

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Method> {
    [TOOLS, PROMPTS, RESOURCES].into_iter().flatten()
}

impl Method {
    const fn run(name: &'static str, params: &'static str, answer: &'static str) -> Self {
        Self { name, params, optional: false, answer, runs: true }
    }

    const fn list(name: &'static str, answer: &'static str) -> Self {
        Self { name, params: "PaginatedRequestParams", optional: true, answer, runs: false }
    }

    pub(super) fn code(&self, private: &TokenStream) -> TokenStream {
        let rmcp = quote!(#private::rmcp);
        let name = format_ident!("{}", self.name);
        if self.params.is_empty() {
            return quote! {
                fn #name(&self, __mcp_guard_name: &::core::primitive::str) -> ::core::option::Option<#rmcp::model::Tool> {
                    #private::#name::<Self>(__mcp_guard_name)
                }
            };
        }
        let params = format_ident!("{}", self.params);
        let params = quote!(#rmcp::model::#params);
        let params = if self.optional { quote!(::core::option::Option<#params>) } else { params };
        let answer = format_ident!("{}", self.answer);
        let (server, wait) = if self.runs { (quote!(self,), quote!(.await)) } else { (quote!(), quote!()) };
        quote! {
            async fn #name(
                &self,
                __mcp_guard_request: #params,
                __mcp_guard_context: #rmcp::service::RequestContext<#rmcp::RoleServer>,
            ) -> ::core::result::Result<#rmcp::model::#answer, #rmcp::ErrorData> {
                #private::#name::<Self>(#server __mcp_guard_request, __mcp_guard_context) #wait
            }
        }
    }
}
