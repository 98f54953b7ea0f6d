//! An enum with `#[derive(Scopes)]`, and its attributes.

use proc_macro2::TokenStream;
use syn::{Attribute, DataEnum, DeriveInput, Generics, Ident, Meta, Path, Variant};

use super::key::Key;
use super::{Keyed, ScopeAttr, args, key, value};
use crate::diagnostics::Diagnostics;

/// An enum with `#[derive(Scopes)]`.
#[derive(Debug)]
pub(crate) struct ScopeEnum<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    /// The `crate` argument of `#[scopes(..)]`. `None` stands for a malformed value, which is already reported.
    pub(crate) krate: Vec<Keyed<Option<Path>>>,
    pub(crate) variants: Vec<ScopeVariant<'a>>,
}

/// A variant and its attributes.
#[derive(Debug)]
pub(crate) struct ScopeVariant<'a> {
    pub(crate) item: &'a Variant,
    /// `#[scope(..)]`.
    pub(crate) scopes: Vec<ScopeAttr>,
    /// Whether a mistake that is already reported may have been meant as the scope.
    pub(crate) scope_reported: bool,
}

const KEYS: &[Key] = &[Key { name: "crate", example: "crate = ::mcp_guard" }];

impl<'a> ScopeEnum<'a> {
    /// Parses the attributes. An `input` that is not an enum has no variants.
    pub(crate) fn parse(input: &'a DeriveInput, data: Option<&'a DataEnum>, diagnostics: &mut Diagnostics) -> Self {
        let mut read = Self { ident: &input.ident, generics: &input.generics, krate: Vec::new(), variants: Vec::new() };
        for attr in &input.attrs {
            if attr.path().is_ident("scopes") {
                read.add(attr, diagnostics);
            } else if attr.path().is_ident("scope") && data.is_some() {
                diagnostics
                    .push(attr.path(), "`#[scope(..)]` belongs on a variant, not on the enum")
                    .help("move it to the variant that declares this scope");
            }
        }
        for (index, item) in data.into_iter().flat_map(|data| &data.variants).enumerate() {
            diagnostics.enter(index);
            read.variants.push(ScopeVariant::parse(item, diagnostics));
        }
        diagnostics.leave();
        read
    }

    fn add(&mut self, attr: &Attribute, diagnostics: &mut Diagnostics) {
        let tokens = match &attr.meta {
            Meta::List(list) => list.tokens.clone(),
            Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
        };
        if tokens.is_empty() {
            diagnostics
                .push(attr.path(), "`#[scopes]` expects an argument")
                .help(format_args!("remove it, or write `#[scopes({})]`", KEYS[0].example));
        }
        for arg in args::parse(tokens, KEYS, diagnostics).list {
            let Some(key) = key::find(&arg.key, KEYS, "argument", diagnostics) else { continue };
            let value = value::path(&arg, key, diagnostics);
            self.krate.push(Keyed { key: arg.key, value });
        }
    }
}

impl<'a> ScopeVariant<'a> {
    fn parse(item: &'a Variant, diagnostics: &mut Diagnostics) -> Self {
        let mut read = Self { item, scopes: Vec::new(), scope_reported: false };
        for attr in &item.attrs {
            if attr.path().is_ident("scope") {
                read.scopes.push(ScopeAttr::parse(attr, diagnostics));
            } else if attr.path().is_ident("scopes") {
                read.scope_reported = true;
                diagnostics
                    .push(attr.path(), "`#[scopes(..)]` belongs on the enum")
                    .help("to declare the scope of a variant, write `#[scope(\"..\")]`");
            }
        }
        read
    }
}
