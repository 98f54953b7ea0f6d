//! The code. Everything here has passed the rules: nothing can fail.
//!
//! Paths start at `::core`, `::std` or the `__private` module of `mcp-guard`; every name that is made up starts with `__mcp_guard_`.

mod by_hand;
mod call;
mod definition;
mod function;
mod handler;
mod literals;
mod operation;
mod vocabulary;

pub(crate) use by_hand::by_hand;
pub(crate) use by_hand::by_hand_fallback;
pub(crate) use function::function;
pub(crate) use function::function_fallback;
pub(crate) use vocabulary::vocabulary;
pub(crate) use vocabulary::vocabulary_fallback;

use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::ToTokens;
use quote::format_ident;
use quote::quote;
use quote::quote_spanned;
use syn::GenericParam;
use syn::Generics;
use syn::Ident;
use syn::ItemImpl;
use syn::parse_quote_spanned;
use syn::spanned::Spanned;

use crate::attr::Block;
use crate::attr::BlockAttr;
use crate::diag::Diagnostics;
use crate::valid;
use crate::valid::Server;

/// What `#[guarded_tool]` and its like are told when they have nothing to do.
pub(crate) const REGISTERED: &str = "__mcp_guard_registered";

/// The impl block as it was written, and the server that it makes of its type.
pub(crate) fn server(block: &Block, server: &Server<'_>) -> TokenStream {
    let item = &block.item;
    let krate = &server.krate;
    let imports = imports(block);
    let tools = guarded_server(block, server);
    let handler = server.own_handler.is_none().then(|| handler::server_handler(block, server));
    let literals = server.literals.as_ref().map(|literals| literals::checked(literals, krate));
    quote! {
        #item
        #imports
        #literals
        #tools
        #handler
    }
}

/// The impl block as it was written, what is wrong with it, and a server without tools, so that no other error follows.
pub(crate) fn fallback(attr: &BlockAttr, block: &Block, diagnostics: &Diagnostics) -> TokenStream {
    let item = &block.item;
    let imports = imports(block);
    let mut tokens = quote! {
        #item
        #imports
        #diagnostics
    };
    if item.trait_.is_some() {
        // There may be an inherent block for the same type, and it may well be right.
        return tokens;
    }
    let krate = valid::krate(attr);
    tokens.extend(valid::literals(attr, block).map(|literals| literals::checked(&literals, &krate)));
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

fn guarded_server(block: &Block, server: &Server<'_>) -> TokenStream {
    let krate = &server.krate;
    let private = quote!(#krate::__private);
    let item = &block.item;
    let ty = &item.self_ty;
    let bounded = bounded(item, server.own_handler, &private);
    let (generics, _, bounds) = bounded.split_for_impl();
    let added = server.operations.iter().map(|operation| operation::add(operation, &private));
    let functions = server.functions.iter().map(|function| {
        let register = quote_spanned!(function.span()=> #private::GuardedTools::<Self>::register::<#function>);
        quote!(#register(#private::Guarded::tools_mut(&mut __mcp_guard_operations));)
    });
    let extend = server.extend.map(|extend| {
        let operations = format_ident!("__mcp_guard_operations", span = located(extend));
        quote_spanned!(extend.span()=> #extend(&mut #operations);)
    });
    let methods =
        server.own_handler.map(|_| quote!(#private::require_methods::<Self>(&mut __mcp_guard_operations);));
    let vocabulary = server.literals.as_ref().map(|literals| {
        let vocabulary = literals.vocabulary;
        // A function with the bound would report once more that a type is no vocabulary.
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

/// Whether there is a type for each of some types.
fn is_generic(generics: &Generics) -> bool {
    generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)))
}

/// The generics of the impl block, and what rmcp asks of a server. With the bound spelled out, a type that does not meet it is reported once, where
/// it is written, and the parameters of a generic one need no bounds that only rmcp wants. A `ServerHandler` that is written by hand, and so not seen here,
/// is missed where it is promised.
fn bounded(item: &ItemImpl, own_handler: Option<&Ident>, private: &TokenStream) -> Generics {
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

/// Where `tokens` are, for a name that is made up: one that a `macro_rules!` wrote could not be seen by what surrounds it.
fn located(tokens: &impl ToTokens) -> Span {
    Span::call_site().located_at(tokens.span())
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// An import of `guarded_tool` that nobody uses any more would be warned about: this uses it.
fn imports(block: &Block) -> TokenStream {
    let registered = format_ident!("{REGISTERED}");
    let paths = block.guard_paths();
    quote!(#(#[#paths(#registered)] const _: () = ();)*)
}
