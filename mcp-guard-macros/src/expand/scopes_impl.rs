//! The expansion of `#[derive(Scopes)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Path, parse_quote};

use crate::attr::ScopeEnum;
use crate::diagnostics::Diagnostics;
use crate::valid;
use crate::valid::Vocabulary;

/// Generates the implementations of `Scopes` and the conversions.
pub(crate) fn scopes_impl(vocabulary: &Vocabulary<'_>) -> TokenStream {
    let Vocabulary { krate, ident, variants } = vocabulary;
    let private = quote!(#krate::__private);
    let names: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    let texts: Vec<_> = variants.iter().map(|variant| variant.text).collect();
    let descriptions = variants.iter().map(|variant| match &variant.description {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    });
    let implied = variants.iter().map(|variant| {
        let implied = &variant.implies;
        quote!(&[#(Self::#implied),*])
    });
    let conversions = conversions(&private, &quote!(#ident), &quote!(), &quote!());
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #private::Scopes for #ident {
            const ALL: &'static [Self] = &[#(Self::#names),*];

            const TEXTS: &'static [&'static ::core::primitive::str] = &[#(#texts),*];

            fn scope(&self) -> #private::Scope {
                #private::Scope::from_static(match self {
                    #(Self::#names => #texts,)*
                })
            }

            fn description(&self) -> ::core::option::Option<&'static ::core::primitive::str> {
                match self {
                    #(Self::#names => #descriptions,)*
                }
            }

            fn implies(&self) -> &'static [Self] {
                match self {
                    #(Self::#names => #implied,)*
                }
            }
        }
        #conversions
    }
}

/// Generates the errors and a vocabulary without scopes, so that no other error follows.
pub(crate) fn scopes_impl_fallback(scopes: &ScopeEnum<'_>, diagnostics: &Diagnostics) -> TokenStream {
    let krate: Path = valid::vocabulary_krate(scopes);
    let private = quote!(#krate::__private);
    let ident = scopes.ident;
    let mut generics = scopes.generics.clone();
    let (_, parameters, _) = scopes.generics.split_for_impl();
    generics.make_where_clause().predicates.push(parse_quote!(#ident #parameters: ::core::marker::Sized + 'static));
    let (generics, _, bounds) = generics.split_for_impl();
    let conversions = conversions(&private, &quote!(#ident #parameters), &quote!(#generics), &quote!(#bounds));
    quote! {
        #diagnostics
        #[automatically_derived]
        impl #generics #private::Scopes for #ident #parameters #bounds {
            const ALL: &'static [Self] = &[];

            const TEXTS: &'static [&'static ::core::primitive::str] = &[];

            fn scope(&self) -> #private::Scope {
                ::core::unreachable!()
            }

            fn description(&self) -> ::core::option::Option<&'static ::core::primitive::str> {
                ::core::unreachable!()
            }

            fn implies(&self) -> &'static [Self] {
                ::core::unreachable!()
            }
        }
        #conversions
    }
}

fn conversions(private: &TokenStream, ty: &TokenStream, generics: &TokenStream, bounds: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #generics ::core::convert::From<#ty> for #private::Scope #bounds {
            fn from(__mcp_guard_scope: #ty) -> Self {
                #private::Scopes::scope(&__mcp_guard_scope)
            }
        }
        #[automatically_derived]
        impl #generics ::core::convert::From<#ty> for #private::ScopeSet #bounds {
            fn from(__mcp_guard_scope: #ty) -> Self {
                <Self as ::core::convert::From<#private::Scope>>::from(#private::Scopes::scope(&__mcp_guard_scope))
            }
        }
    }
}
