//! `#[derive(Scopes)]`, from tokens to tokens.

use proc_macro2::Ident;
use proc_macro2::TokenStream;
use syn::Data;
use syn::DeriveInput;

use crate::attr::ScopeEnum;
use crate::diag::Diagnostics;
use crate::expand;
use crate::valid;

pub(crate) fn derive_scopes(tokens: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(tokens) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut diagnostics = Diagnostics::default();
    let data = match &input.data {
        Data::Enum(data) => Some(data),
        Data::Struct(data) => {
            no_enum(&Ident::new("struct", data.struct_token.span), &input.ident, &mut diagnostics);
            None
        }
        Data::Union(data) => {
            no_enum(&Ident::new("union", data.union_token.span), &input.ident, &mut diagnostics);
            None
        }
    };
    let scopes = ScopeEnum::parse(&input, data, &mut diagnostics);
    if data.is_none() {
        return expand::vocabulary_fallback(&scopes, &diagnostics);
    }
    match valid::vocabulary(&scopes, &mut diagnostics) {
        Some(vocabulary) if diagnostics.is_empty() => expand::vocabulary(&vocabulary),
        _ => expand::vocabulary_fallback(&scopes, &diagnostics),
    }
}

fn no_enum(keyword: &Ident, ident: &Ident, diagnostics: &mut Diagnostics) {
    diagnostics
        .push(keyword, format_args!("`#[derive(Scopes)]` belongs on an enum, not on a {keyword}"))
        .help(format_args!("write `enum {ident} {{ .. }}`, with a variant for each scope"));
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::snapshot;

    /// The compiler takes `#[derive(..)]` away before it asks.
    fn expands_as_recorded(name: &str) {
        snapshot::compare(name, |item| {
            let syn::Item::Enum(mut item) = item else { panic!("{name}.rs is no enum") };
            item.attrs.remove(0);
            derive_scopes(quote!(#item))
        });
    }

    #[test]
    fn scopes_enum() {
        expands_as_recorded("scopes_enum");
    }
}
