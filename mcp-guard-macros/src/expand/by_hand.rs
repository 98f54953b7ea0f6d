//! An `impl ServerHandler` that the server's author writes, with the locks that it needs.

use proc_macro2::TokenStream;
use quote::format_ident;
use quote::quote;
use quote::quote_spanned;
use syn::FnArg;
use syn::ImplItemFn;
use syn::ItemImpl;
use syn::Pat;
use syn::Path;
use syn::ReturnType;
use syn::ext::IdentExt as _;
use syn::parse_quote;
use syn::parse_quote_spanned;
use syn::spanned::Spanned;

use super::handler;
use super::operation;
use crate::attr::About;
use crate::diag::Diagnostics;
use crate::valid;
use crate::valid::ByHand;
use crate::valid::Method;

/// The block with a lock in every method that needs one, and the methods that it lacks.
pub(crate) fn by_hand(item: &ItemImpl, handler: &ByHand<'_>, krate: &Path) -> TokenStream {
    let private = quote!(#krate::__private);
    let mut locked = item.clone();
    for method in &handler.methods {
        if let syn::ImplItem::Fn(function) = &mut locked.items[method.index] {
            lock(function, method, &private);
        }
    }
    let remaining = handler::remaining(&handler.written, &private);
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
        // A type that has no guarded tools is reported once, and not in every method. In the bounds of a generic type it would say that the type is a
        // `ServerHandler` already.
        expected
            .make_where_clause()
            .predicates
            .push(parse_quote_spanned!(self_ty.span()=> #self_ty: #private::GuardedServer));
    }
    let expected = &expected.where_clause;
    let requirements = handler.methods.iter().map(|method| {
        let cfgs = &method.cfgs;
        let name = method.method;
        let requirement = operation::requirement(&method.requirement, &private);
        quote!(#(#cfgs)* (#name, #requirement))
    });
    // Whatever the path names, it is rmcp's trait that is implemented; this uses the import that the path may come from.
    let named = quote! {
        #[allow(dead_code)]
        const _: () = {
            fn __mcp_guard_named<__McpGuardHandler: #of>() {}
        };
    };
    quote! {
        #named

        #(#attrs)*
        impl #parameters #private::rmcp::ServerHandler for #self_ty #expected {
            #(#items)*
            #remaining
        }

        #[automatically_derived]
        impl #parameters #private::GuardedHandler for #self_ty #bounds {
            fn methods() -> #private::Methods {
                ::std::convert::From::from([#(#requirements),*])
            }
        }
    }
}

/// The block as it was written, and what is wrong with it, so that no other error follows: but for methods that the compiler would not know, either.
pub(crate) fn by_hand_fallback(item: &ItemImpl, diagnostics: &Diagnostics, krate: &Path) -> TokenStream {
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
                fn methods() -> #private::Methods {
                    ::core::unreachable!()
                }
            }
        }
    });
    quote!(#item #diagnostics #guarded)
}

/// Puts the lock in front of the body. The parameters get other names, so that the lock can look at them whatever patterns they were written as.
fn lock(function: &mut ImplItemFn, method: &Method<'_>, private: &TokenStream) {
    let mut patterns: Vec<Pat> = Vec::new();
    for (at, input) in function.sig.inputs.iter_mut().skip(1).enumerate() {
        let FnArg::Typed(typed) = input else { continue };
        let name = format_ident!("__mcp_guard_parameter{at}", span = typed.pat.span());
        patterns.push(std::mem::replace(&mut typed.pat, parse_quote!(#name)));
    }
    let names: Vec<_> = patterns
        .iter()
        .enumerate()
        .map(|(at, pattern)| format_ident!("__mcp_guard_parameter{at}", span = pattern.span()))
        .collect();
    // Whether there are as many as the trait wants is for the compiler to say.
    let (Some(request), Some(context)) = (names.first(), names.last()) else { return };
    let about = match method.about {
        About::Nothing => quote!(#private::About::Nothing),
        About::Resource => quote!(#private::About::Resource(&#request.uri)),
        About::Completion => quote!(#private::About::Completion(&#request)),
        About::Subscriptions => quote!(#private::About::Resources(#private::subscribed(&#request))),
    };
    let context = match method.about {
        About::Subscriptions => quote!(#context.request_context()),
        About::Nothing | About::Resource | About::Completion => quote!(&#context),
    };
    let name = method.method;
    let answer = type_of_answer(function);
    let body = &function.block;
    let body = quote_spanned!(body.span()=> #body);
    function.block = parse_quote!({
        let __mcp_guard_answer #answer = #private::admit_method::<Self>(#name, #about, #context)?
            .run(async move {
                #(let #patterns = #names;)*
                #body
            })
            .await;
        __mcp_guard_answer
    });
}

/// Lets a panic of a method that has no lock become an answer.
fn catch_panic(function: &mut ImplItemFn, private: &TokenStream) {
    let name = function.sig.ident.unraw().to_string();
    let body = &function.block;
    let body = quote_spanned!(body.span()=> #body);
    let answer = type_of_answer(function);
    match name.as_str() {
        "ping" | "initialize" | "discover" if function.sig.asyncness.is_some() => {
            function.block = parse_quote!({
                let __mcp_guard_answer #answer = #private::catch_panic(#name, async move #body).await;
                __mcp_guard_answer
            });
        }
        "get_info" => {
            let fallback = quote!(<#private::rmcp::model::ServerConfig as ::core::default::Default>::default);
            catch_panic_or(function, &name, &fallback, private);
        }
        // Without a filter there is no subscription.
        "accepted_subscription_filter" => {
            catch_panic_or(function, &name, &quote!(|| ::core::option::Option::None), private);
        }
        // No request names a version that is supported then.
        "supported_protocol_versions" => {
            catch_panic_or(function, &name, &quote!(|| ::std::borrow::Cow::Borrowed(&[])), private);
        }
        _ => {}
    }
}

/// The same for a method that cannot report an error.
fn catch_panic_or(function: &mut ImplItemFn, name: &str, fallback: &TokenStream, private: &TokenStream) {
    let body = &function.block;
    let body = quote_spanned!(body.span()=> #body);
    let answer = type_of_answer(function);
    function.block = parse_quote!({
        let __mcp_guard_answer #answer = #private::catch_panic_or(#name, #fallback, || #body);
        __mcp_guard_answer
    });
}

/// `: T`, for the binding that holds the answer: it makes the compiler report another type where the user wrote it.
fn type_of_answer(function: &ImplItemFn) -> TokenStream {
    match &function.sig.output {
        ReturnType::Type(_, ty) => quote!(: #ty),
        ReturnType::Default => quote!(),
    }
}
