//! One tool: its definition, its requirement, and the call.

use proc_macro2::Ident;
use proc_macro2::TokenStream;
use quote::format_ident;
use quote::quote;
use quote::quote_spanned;

use super::definition;
use crate::attr::ScopeArg;
use crate::valid::Answer;
use crate::valid::Call;
use crate::valid::Extraction;
use crate::valid::Parameter;
use crate::valid::Requirement;
use crate::valid::Tool;

/// A statement that adds the tool to `__mcp_guard_tools`.
pub(super) fn add(tool: &Tool<'_>, private: &TokenStream) -> TokenStream {
    let cfgs = &tool.cfgs;
    let definition = definition::tool(tool, private);
    let requirement = requirement(&tool.requirement, private);
    let call = call(&tool.call, private);
    quote! {
        #(#cfgs)*
        #private::GuardedTools::add(
            &mut __mcp_guard_tools,
            #private::GuardedTool::new(#definition, #requirement, #call),
        );
    }
}

fn requirement(requirement: &Requirement<'_>, private: &TokenStream) -> TokenStream {
    let scope = |scope: &ScopeArg| match scope {
        ScopeArg::Text(text) => quote!(#private::Scope::from_static(#text)),
        ScopeArg::Path(path) => quote!(<#private::Scope as ::core::convert::From<_>>::from(#path)),
    };
    match requirement {
        Requirement::Public => quote!(#private::Requirement::Public),
        Requirement::Authenticated => quote!(#private::Requirement::Authenticated),
        Requirement::All([one]) | Requirement::Any([one]) => {
            let scope = scope(one);
            quote!(#private::Requirement::scope(#scope))
        }
        Requirement::All(scopes) => {
            let scopes = scopes.iter().map(scope);
            quote!(#private::Requirement::all([#(#scopes),*]))
        }
        Requirement::Any(scopes) => {
            let mut scopes = scopes.iter().map(scope);
            let first = scopes.next();
            quote!(#private::Requirement::any(#first, [#(#scopes),*]))
        }
    }
}

/// The closure behind the lock. The parameters are taken before the future exists, so that it holds them and not the whole context.
fn call(call: &Call<'_>, private: &TokenStream) -> TokenStream {
    let names: Vec<Ident> = (0..call.parameters.len()).map(|i| format_ident!("__mcp_guard_parameter{i}")).collect();
    let extractions = call.parameters.iter().zip(&names).map(|(parameter, name)| extract(parameter, name, private));
    let binding = if call.parameters.is_empty() { quote!() } else { quote!(mut) };
    let service = call.receiver.then(|| quote!(let __mcp_guard_service = __mcp_guard_context.service;));
    let receiver = call.receiver.then(|| quote!(__mcp_guard_service,));
    let method = call.method;
    let wait = call.awaited.then(|| quote!(.await));
    let value = quote_spanned!(call.returned=> Self::#method(#receiver #(#names),*) #wait);
    let answer = match &call.answer {
        Answer::Unnamed => quote!(#private::answer(#value)),
        Answer::One(ty) => quote!(#private::answer::<#ty>(#value)),
        Answer::Result(types) => {
            let (ty, error) = &**types;
            quote!(#private::answer_or_error::<#ty, #error>(#value))
        }
    };
    // The name of the method is where a future that is not `Send` is reported.
    let future = quote_spanned!(method.span()=> ::std::boxed::Box::pin(async move { #answer }));
    quote! {
        |#binding __mcp_guard_context| {
            #(#extractions)*
            #service
            #future
        }
    }
}

fn extract(parameter: &Parameter, name: &Ident, private: &TokenStream) -> TokenStream {
    let ty = &parameter.ty;
    let extractor = match parameter.extraction {
        Extraction::OptionalToken => quote!(#private::extract_optional_token(&mut __mcp_guard_context)),
        Extraction::Wrapper => quote!(#private::extract::<_, #ty>(&mut __mcp_guard_context)),
        Extraction::Plain => quote!(#private::parameter::<_, #ty>(&mut __mcp_guard_context)),
    };
    quote! {
        let #name = match #extractor {
            ::core::result::Result::Ok(__mcp_guard_extracted) => __mcp_guard_extracted,
            ::core::result::Result::Err(__mcp_guard_refused) => {
                return ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Err(__mcp_guard_refused)));
            }
        };
    }
}
