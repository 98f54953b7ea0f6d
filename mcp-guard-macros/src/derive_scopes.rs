//! Expands `#[derive(Scopes)]`.

use proc_macro2::{Ident, TokenStream};
use syn::{Data, DeriveInput};

use crate::attr::ScopeEnum;
use crate::diagnostics::Diagnostics;
use crate::{expand, valid};

pub(crate) fn derive_scopes(tokens: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(tokens) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut diagnostics = Diagnostics::default();
    let data = match &input.data {
        Data::Enum(data) => Some(data),
        Data::Struct(data) => {
            report_not_an_enum(&Ident::new("struct", data.struct_token.span), &input.ident, &mut diagnostics);
            None
        }
        Data::Union(data) => {
            report_not_an_enum(&Ident::new("union", data.union_token.span), &input.ident, &mut diagnostics);
            None
        }
    };
    let scopes = ScopeEnum::parse(&input, data, &mut diagnostics);
    if data.is_none() {
        return expand::scopes_impl_fallback(&scopes, &diagnostics);
    }
    match valid::vocabulary(&scopes, &mut diagnostics) {
        Some(vocabulary) if diagnostics.is_empty() => expand::scopes_impl(&vocabulary),
        _ => expand::scopes_impl_fallback(&scopes, &diagnostics),
    }
}

fn report_not_an_enum(keyword: &Ident, ident: &Ident, diagnostics: &mut Diagnostics) {
    diagnostics
        .push(keyword, format_args!("`#[derive(Scopes)]` belongs on an enum, not on a {keyword}"))
        .help(format_args!("write `enum {ident} {{ .. }}` with a variant for each scope"));
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::snapshot;

    #[test]
    fn expansion_matches_snapshot() {
        snapshot::compare("scopes_enum", |item| {
            let syn::Item::Enum(mut item) = item else { panic!("expected an enum") };
            // The compiler removes `#[derive(..)]` before it calls the macro.
            item.attrs.remove(0);
            derive_scopes(quote!(#item))
        });
    }
}
