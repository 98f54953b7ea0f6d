//! The registration of an operation: its definition, its requirement, and its call.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ExprClosure, Pat, Type, parse_quote_spanned};

use super::{call, call_site_at, definition, option};
use crate::attr::{Compute, Kind, ScopeArg};
use crate::valid::{Limits, Operation, Rate, Requirement, ScopesFor, ScopesForInput};

/// Generates a statement that adds the operation to `__mcp_guard_operations`.
pub(super) fn add(operation: &Operation<'_>, private: &TokenStream) -> TokenStream {
    let cfgs = &operation.cfgs;
    let value = self::operation(operation, private);
    let (table, kind) = match operation.kind {
        Kind::Tool | Kind::Method => (quote!(tools_mut), quote!(GuardedTools)),
        Kind::Prompt => (quote!(prompts_mut), quote!(GuardedPrompts)),
        Kind::Resource => (quote!(resources_mut), quote!(GuardedResources)),
    };
    quote! {
        #(#cfgs)*
        #private::#kind::add(#private::Guarded::#table(&mut __mcp_guard_operations), #value);
    }
}

/// Generates an expression of type `GuardedTool`, `GuardedPrompt` or `GuardedResource`.
pub(super) fn operation(operation: &Operation<'_>, private: &TokenStream) -> TokenStream {
    let requirement = requirement(&operation.requirement, private);
    let scopes_for = operation.scopes_for.as_ref().map(|scopes_for| self::scopes_for(scopes_for, private));
    let call = call::closure(operation, private);
    let direct = call::direct(operation, private);
    let report_only = operation.is_report_only.then(|| quote!(.report_only()));
    let limits = limits(&operation.limits, private);
    match operation.kind {
        Kind::Tool | Kind::Method => {
            let definition = definition::tool(operation, private);
            let scopes_for = scopes_for.map(|scopes_for| quote!(.with_scopes_for(#scopes_for)));
            quote!(#private::GuardedTool::new(#definition, #requirement, #call) #scopes_for #direct #report_only #limits)
        }
        Kind::Prompt => {
            let definition = definition::prompt(operation, private);
            let scopes_for = option(scopes_for);
            quote!(#private::GuardedPrompt::new(#definition, #requirement, #scopes_for, #call) #direct #report_only #limits)
        }
        Kind::Resource => {
            let definition = definition::resource(operation, private);
            let scopes_for = option(scopes_for);
            let is_template = operation.uri.as_ref().is_some_and(|uri| !uri.variables.is_empty());
            let new = format_ident!("{}", if is_template { "template" } else { "new" });
            quote!(#private::GuardedResource::#new(#definition, #requirement, #scopes_for, #call) #direct #report_only #limits)
        }
    }
}

/// Generates the calls that limit an operation.
pub(super) fn limits(limits: &Limits<'_>, private: &TokenStream) -> TokenStream {
    let rate = limits.rate.as_ref().map(|Rate { text, requests, window }| {
        let new = format_ident!("per_{window}", span = call_site_at(text));
        quote!(.limit(#private::Rate::#new(#requests)))
    });
    let concurrent = limits.concurrent.map(|max| {
        let more = max - 1;
        quote!(.concurrent(::core::num::NonZeroU32::MIN.saturating_add(#more)))
    });
    quote!(#rate #concurrent)
}

/// Generates an expression of type `Requirement`.
pub(super) fn requirement(requirement: &Requirement<'_>, private: &TokenStream) -> TokenStream {
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

fn scopes_for(ScopesFor { compute, input }: &ScopesFor<'_>, private: &TokenStream) -> TokenStream {
    match input {
        ScopesForInput::Arguments(ty) => {
            // The compiler reports errors in the function where it is named.
            let arguments = quote_spanned!(ty.span()=> <#ty as #private::ArgumentsOf>::Arguments);
            quote_spanned!(compute.span()=> #private::scopes_for::<#arguments, _>(#compute))
        }
        ScopesForInput::Variables(variables) => {
            let span = call_site_at(compute);
            let names: Vec<_> =
                (0..variables.len()).map(|i| format_ident!("__mcp_guard_variable{i}", span = span)).collect();
            let values = variables.iter().map(|(name, ty, optional)| {
                call::variable(ty, name, *optional, &quote!(__mcp_guard_variables), private)
            });
            let types = variables.iter().map(|(_, ty, _)| ty);
            let (bound, function) = match compute {
                Compute::Path(path) => (quote!(), quote!(#path)),
                // Named, because clippy warns of a closure that is called where it is written.
                Compute::Closure(closure) => {
                    let name = format_ident!("__mcp_guard_compute", span = span);
                    let closure = typed(closure, variables);
                    (quote!(let #name = #closure;), quote!(#name))
                }
            };
            let scopes = quote_spanned!(compute.span()=> #private::computed(#function(#(&#names),*)));
            quote! {
                #private::ScopesFor::new(|__mcp_guard_variables| {
                    #(let #names: #types = #values?;)*
                    #bound
                    #scopes
                })
            }
        }
    }
}

/// Adds the type of each variable to the closure, whose body the compiler checks before it knows the arguments.
fn typed(closure: &ExprClosure, variables: &[(String, Type, bool)]) -> ExprClosure {
    let mut closure = closure.clone();
    for (input, (_, ty, _)) in closure.inputs.iter_mut().zip(variables) {
        if !matches!(input, Pat::Type(_)) {
            let span = call_site_at(input);
            *input = Pat::Type(parse_quote_spanned!(span=> #input: &#ty));
        }
    }
    closure
}
