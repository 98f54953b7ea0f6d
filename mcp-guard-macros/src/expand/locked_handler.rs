//! The expansion of `#[guarded_handler]`: an `impl ServerHandler` with a lock in every method that needs one.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned;
use syn::{FnArg, Ident, ImplItemFn, ItemImpl, Pat, Path, ReturnType, parse_quote, parse_quote_spanned};

use super::{generated_handler, registration};
use crate::attr::Subject;
use crate::diagnostics::Diagnostics;
use crate::valid;
use crate::valid::{HandlerImpl, LockedMethod};

/// Generates the block with its locks, and the methods that the author does not implement.
pub(crate) fn locked_handler(item: &ItemImpl, handler: &HandlerImpl<'_>, krate: &Path) -> TokenStream {
    let private = quote!(#krate::__private);
    let mut locked = item.clone();
    for method in &handler.locked {
        if let syn::ImplItem::Fn(function) = &mut locked.items[method.index] {
            lock(function, method, &private);
        }
    }
    let remaining = generated_handler::remaining_methods(&handler.implemented, &private);
    for item in &mut locked.items {
        if let syn::ImplItem::Fn(function) = item {
            catch_panic(function, &private);
        }
    }
    let ItemImpl { attrs, generics, self_ty, items, trait_, .. } = &locked;
    let of = trait_.as_ref().map(|(path, _)| path);
    let (parameters, _, bounds) = generics.split_for_impl();
    let mut expected = generics.clone();
    if !super::is_generic(generics) {
        // Reports a type without guarded tools once instead of in every method. Generic types go without it, because
        // the bound would imply that the type already implements `ServerHandler`.
        expected
            .make_where_clause()
            .predicates
            .push(parse_quote_spanned!(self_ty.span()=> #self_ty: #private::GuardedServer));
    }
    let expected = &expected.where_clause;
    let requirements =
        handler.locked.iter().map(|LockedMethod { cfgs, method, requirement, is_report_only, limits, .. }| {
            let requirement = registration::requirement(requirement, &private);
            let report_only = is_report_only.then(|| quote!(.report_only()));
            let limits = registration::limits(limits, &private);
            quote!(#(#cfgs)* #private::GuardedMethod::new(#method, #requirement) #report_only #limits)
        });
    // The generated block names the trait by its full path, so this uses the import that the author's path relies on.
    let import = quote! {
        #[allow(dead_code)]
        const _: () = {
            fn __mcp_guard_named<__McpGuardHandler: #of>() {}
        };
    };
    quote! {
        #import

        #(#attrs)*
        impl #parameters #private::rmcp::ServerHandler for #self_ty #expected {
            #(#items)*
            #remaining
        }

        #[automatically_derived]
        impl #parameters #private::GuardedHandler for #self_ty #bounds {
            fn methods() -> ::std::vec::Vec<#private::GuardedMethod> {
                ::std::convert::From::from([#(#requirements),*])
            }
        }
    }
}

/// Generates the unchanged block and its errors, so that no other error follows. Removes methods that the trait lacks,
/// which the compiler would report again.
pub(crate) fn locked_handler_fallback(item: &ItemImpl, diagnostics: &Diagnostics, krate: &Path) -> TokenStream {
    let private = quote!(#krate::__private);
    let mut item = item.clone();
    if valid::is_handler(&item) {
        item.items.retain(|item| !valid::is_unknown(item));
    }
    let ItemImpl { generics, self_ty, .. } = &item;
    let (parameters, _, bounds) = generics.split_for_impl();
    let guarded = valid::is_handler(&item).then(|| {
        quote! {
            #[automatically_derived]
            impl #parameters #private::GuardedHandler for #self_ty #bounds {
                fn methods() -> ::std::vec::Vec<#private::GuardedMethod> {
                    ::core::unreachable!()
                }
            }
        }
    });
    quote!(#item #diagnostics #guarded)
}

/// Adds the lock in front of the body. Replaces the patterns of the parameters with names that the lock can use.
fn lock(function: &mut ImplItemFn, method: &LockedMethod<'_>, private: &TokenStream) {
    let mut patterns: Vec<Pat> = Vec::new();
    let mut names: Vec<Ident> = Vec::new();
    for (at, input) in function.sig.inputs.iter_mut().skip(1).enumerate() {
        let FnArg::Typed(typed) = input else { continue };
        let name = format_ident!("__mcp_guard_parameter{at}", span = typed.pat.span());
        patterns.push(std::mem::replace(&mut typed.pat, parse_quote!(#name)));
        names.push(name);
    }
    // The compiler reports a wrong number of parameters.
    let (Some(request), Some(context)) = (names.first(), names.last()) else { return };
    if let (Subject::Task | Subject::Prompt | Subject::Contents, Some(FnArg::Typed(typed))) =
        (method.subject, function.sig.inputs.get_mut(1))
    {
        typed.pat = parse_quote!(mut #request);
    }
    let subject = match method.subject {
        Subject::Nothing => quote!(#private::Subject::Nothing),
        Subject::Resource => quote!(#private::Subject::Resource(&#request.uri)),
        Subject::Completion => quote!(#private::Subject::Completion(&#request)),
        Subject::Task => quote!(#private::Subject::Task(&mut #request.task_id)),
        Subject::Prompt => quote!(#private::Subject::Prompt(&mut #request)),
        Subject::Contents => quote!(#private::Subject::Contents(&mut #request)),
        Subject::Subscriptions => quote!(#private::Subject::Resources(#private::subscribed(&#request))),
    };
    let context = match method.subject {
        Subject::Subscriptions => quote!(#context.request_context()),
        _ => quote!(&#context),
    };
    let run = match method.method {
        "tasks/get" => quote!(run_task),
        "prompts/get" => quote!(run_prompt),
        "resources/read" => quote!(run_contents),
        _ => quote!(run),
    };
    let name = method.method;
    let annotation = output_annotation(function);
    let body = &function.block;
    function.block = parse_quote!({
        let __mcp_guard_result #annotation = #private::admit_method::<Self>(#name, #subject, #context)?
            .#run(async move {
                #(let #patterns = #names;)*
                #body
            })
            .await;
        __mcp_guard_result
    });
}

/// Converts a panic of a method without a lock into an error.
fn catch_panic(function: &mut ImplItemFn, private: &TokenStream) {
    let name = function.sig.ident.unraw().to_string();
    let body = &function.block;
    let annotation = output_annotation(function);
    match name.as_str() {
        "ping" | "initialize" | "discover" if function.sig.asyncness.is_some() => {
            function.block = parse_quote!({
                let __mcp_guard_result #annotation = #private::catch_panic(#name, async move #body).await;
                __mcp_guard_result
            });
        }
        "get_info" => {
            let fallback = quote!(<#private::rmcp::model::ServerConfig as ::core::default::Default>::default);
            catch_panic_or(function, &name, &fallback, private);
        }
        // `None` rejects the subscription.
        "accepted_subscription_filter" => {
            catch_panic_or(function, &name, &quote!(|| ::core::option::Option::None), private);
        }
        // An empty list rejects every request.
        "supported_protocol_versions" => {
            catch_panic_or(function, &name, &quote!(|| ::std::borrow::Cow::Borrowed(&[])), private);
        }
        _ => {}
    }
}

/// Converts a panic of a method that cannot return an error into the value of `fallback`.
fn catch_panic_or(function: &mut ImplItemFn, name: &str, fallback: &TokenStream, private: &TokenStream) {
    let body = &function.block;
    let annotation = output_annotation(function);
    function.block = parse_quote!({
        let __mcp_guard_result #annotation = #private::catch_panic_or(#name, #fallback, || #body);
        __mcp_guard_result
    });
}

/// Returns `: T` for the binding of the result, so that the compiler reports another type where the user wrote it.
fn output_annotation(function: &ImplItemFn) -> TokenStream {
    match &function.sig.output {
        ReturnType::Type(_, ty) => quote!(: #ty),
        ReturnType::Default => quote!(),
    }
}
