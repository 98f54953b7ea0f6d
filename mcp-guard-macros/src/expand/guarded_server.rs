//! The expansion of `#[guarded_tools]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Ident, ItemImpl, parse_quote_spanned};

use super::{call_site_at, generated_handler, is_generic, registration, scope_checks};
use crate::attr::{Block, BlockAttr};
use crate::diagnostics::Diagnostics;
use crate::valid;
use crate::valid::Server;

/// The argument of a guard attribute that only marks its import as used.
pub(crate) const REGISTERED: &str = "__mcp_guard_registered";

/// Generates the unchanged impl block, `impl GuardedServer` and `impl ServerHandler`.
pub(crate) fn guarded_server(block: &Block, server: &Server<'_>) -> TokenStream {
    let item = &block.item;
    let krate = &server.krate;
    let imports = imports(block);
    let tools = guarded_server_impl(block, server);
    let handler = server.own_handler.is_none().then(|| generated_handler::server_handler(block, server));
    let literals = server.literals.as_ref().map(|literals| scope_checks::scope_checks(literals, krate));
    quote! {
        #item
        #imports
        #literals
        #tools
        #handler
    }
}

/// Generates the unchanged impl block, its errors, and a server without tools, so that no other error follows.
pub(crate) fn guarded_server_fallback(attr: &BlockAttr, block: &Block, diagnostics: &Diagnostics) -> TokenStream {
    let item = &block.item;
    let imports = imports(block);
    let mut tokens = quote! {
        #item
        #imports
        #diagnostics
    };
    if item.trait_.is_some() {
        // An inherent block for the same type may exist and be valid.
        return tokens;
    }
    let krate = valid::krate(attr);
    tokens.extend(valid::literals(attr, block).map(|literals| scope_checks::scope_checks(&literals, &krate)));
    let private = quote!(#krate::__private);
    let ty = &item.self_ty;
    let own_handler = valid::own_handler(attr);
    let bounded = bounded(item, own_handler, &private);
    let (generics, _, bounds) = bounded.split_for_impl();
    let handler = own_handler.is_none().then(|| {
        quote! {
            #[automatically_derived]
            impl #generics #private::rmcp::ServerHandler for #ty #bounds {}
        }
    });
    tokens.extend(quote! {
        #handler
        #[automatically_derived]
        impl #generics #private::GuardedServer for #ty #bounds {
            fn guarded() -> &'static #private::Guarded<Self> {
                ::core::unreachable!()
            }
        }
    });
    tokens
}

fn guarded_server_impl(block: &Block, server: &Server<'_>) -> TokenStream {
    let krate = &server.krate;
    let private = quote!(#krate::__private);
    let item = &block.item;
    let ty = &item.self_ty;
    let bounded = bounded(item, server.own_handler, &private);
    let (generics, _, bounds) = bounded.split_for_impl();
    let added = server.operations.iter().map(|operation| registration::add(operation, &private));
    let functions = server.functions.iter().map(|function| {
        let register = quote_spanned!(function.span()=> #private::GuardedTools::<Self>::register::<#function>);
        quote!(#register(#private::Guarded::tools_mut(&mut __mcp_guard_operations));)
    });
    let extend = server.extend.map(|extend| {
        let operations = format_ident!("__mcp_guard_operations", span = call_site_at(extend));
        quote_spanned!(extend.span()=> #extend(&mut #operations);)
    });
    let methods = server.own_handler.map(|_| quote!(#private::require_methods::<Self>(&mut __mcp_guard_operations);));
    let vocabulary = server.literals.as_ref().map(|literals| {
        let vocabulary = literals.vocabulary;
        // A generic function would report a type that is not a vocabulary a second time.
        let vocabulary = quote!(<#vocabulary as #private::Scopes>::vocabulary());
        quote!(#private::Guarded::set_vocabulary(&mut __mcp_guard_operations, #vocabulary);)
    });
    let build = quote! {
        || {
            let mut __mcp_guard_operations = #private::Guarded::<Self>::new();
            #(#added)*
            #(#functions)*
            #extend
            #methods
            #vocabulary
            __mcp_guard_operations
        }
    };
    let once = if is_generic(&item.generics) {
        // A `static` cannot name the parameters of the impl block.
        quote!(#private::built_once::<#private::Guarded<Self>>(#build))
    } else {
        quote! {
            static __MCP_GUARD_OPERATIONS: ::std::sync::OnceLock<#private::Guarded<#ty>> = ::std::sync::OnceLock::new();
            ::std::sync::OnceLock::get_or_init(&__MCP_GUARD_OPERATIONS, #build)
        }
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #generics #private::GuardedServer for #ty #bounds {
            fn guarded() -> &'static #private::Guarded<Self> {
                #once
            }
        }
    }
}

/// Adds the bounds of `ServerHandler` to the generics of the impl block.
///
/// With explicit bounds, the compiler reports a type that does not meet them once, where the type is written, and the
/// parameters of a generic type need no bounds for rmcp. With `own_handler`, it reports a missing `ServerHandler` at
/// that key.
pub(super) fn bounded(item: &ItemImpl, own_handler: Option<&Ident>, private: &TokenStream) -> Generics {
    let ty = &item.self_ty;
    let mut generics = item.generics.clone();
    let predicates = &mut generics.make_where_clause().predicates;
    predicates.push(parse_quote_spanned! {ty.span()=>
        #ty: ::core::marker::Send + ::core::marker::Sync + 'static
    });
    if let Some(key) = own_handler {
        let ty = quote!(#ty).into_iter().map(|mut token| {
            token.set_span(token.span().located_at(key.span()));
            token
        });
        let ty: TokenStream = ty.collect();
        predicates.push(parse_quote_spanned!(key.span()=> #ty: #private::GuardedHandler));
    }
    generics
}

/// Generates items that use the imports of the guard attributes, which this macro has removed.
fn imports(block: &Block) -> TokenStream {
    let registered = format_ident!("{REGISTERED}");
    let paths = block.guard_paths();
    quote!(#(#[#paths(#registered)] const _: () = ();)*)
}
