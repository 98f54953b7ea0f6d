//! The item under an attribute: what kind it is, and our attributes on its methods.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Attribute;
use syn::Ident;
use syn::ImplItem;
use syn::Item;
use syn::ItemImpl;
use syn::spanned::Spanned;

/// An impl block without our attributes, and those attributes.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) item: ItemImpl,
    /// Attributes on the items of the block, with the index of the item.
    pub(crate) marks: Vec<(usize, Marks)>,
    /// Further `#[guarded_tools]` on the block.
    pub(crate) repeated: Vec<Attribute>,
}

/// The attributes that make, or were meant to make, a tool of an item.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// `#[guarded_tool(..)]`.
    pub(crate) guards: Vec<Attribute>,
    /// rmcp's `#[tool(..)]`.
    pub(crate) unguarded: Vec<Attribute>,
    /// `#[cfg_attr(.., guarded_tool(..))]`.
    pub(crate) conditional: Vec<Attribute>,
}

impl Block {
    /// Takes our attributes out of `item`, and rmcp's, which must not be expanded beside them.
    pub(crate) fn new(mut item: ItemImpl) -> Self {
        let repeated = item.attrs.extract_if(.., |attr| is(attr, "guarded_tools")).collect();
        let mut all = Vec::new();
        for (index, item) in item.items.iter_mut().enumerate() {
            let Some(attrs) = attrs_mut(item) else { continue };
            let marks = Marks {
                guards: attrs.extract_if(.., |attr| is(attr, "guarded_tool")).collect(),
                unguarded: attrs.extract_if(.., |attr| is(attr, "tool")).collect(),
                conditional: attrs.extract_if(.., |attr| mentions_guard(attr)).collect(),
            };
            if !marks.is_empty() {
                all.push((index, marks));
            }
        }
        Self { item, marks: all, repeated }
    }

    /// The distinct ways in which `#[guarded_tool]` was written: each may come from an import of its own.
    pub(crate) fn guard_paths(&self) -> Vec<&syn::Path> {
        let mut paths: Vec<&syn::Path> = Vec::new();
        for attr in self.marks.iter().flat_map(|(_, marks)| &marks.guards) {
            if !paths.contains(&attr.path()) {
                paths.push(attr.path());
            }
        }
        paths
    }
}

impl Marks {
    const fn is_empty(&self) -> bool {
        self.guards.is_empty() && self.unguarded.is_empty() && self.conditional.is_empty()
    }
}

/// Whether the last word of the attribute's path is `name`: it may be written `#[mcp_guard::guarded_tool]`.
fn is(attr: &Attribute, name: &str) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == name)
}

/// A `cfg_attr` inside of the item that an attribute macro is given is not resolved yet.
fn mentions_guard(attr: &Attribute) -> bool {
    fn mentions(tokens: proc_macro2::TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => ident == "guarded_tool",
            proc_macro2::TokenTree::Group(group) => mentions(group.stream()),
            _ => false,
        })
    }
    is(attr, "cfg_attr") && attr.meta.require_list().is_ok_and(|list| mentions(list.tokens.clone()))
}

const fn attrs_mut(item: &mut ImplItem) -> Option<&mut Vec<Attribute>> {
    match item {
        ImplItem::Const(item) => Some(&mut item.attrs),
        ImplItem::Fn(item) => Some(&mut item.attrs),
        ImplItem::Type(item) => Some(&mut item.attrs),
        ImplItem::Macro(item) => Some(&mut item.attrs),
        _ => None,
    }
}

/// What an item is called in a sentence, and the token to point at.
pub(crate) fn kind_of(item: &Item) -> (&'static str, Ident) {
    let keyword = |kind, word: &str, span: Span| (kind, Ident::new(word, span));
    match item {
        Item::Const(item) => keyword("a constant", "const", item.const_token.span),
        Item::Enum(item) => keyword("an enum", "enum", item.enum_token.span),
        Item::Fn(item) => keyword("a function", "fn", item.sig.fn_token.span),
        Item::Impl(item) => keyword("an impl block", "impl", item.impl_token.span),
        Item::Mod(item) => keyword("a module", "mod", item.mod_token.span),
        Item::Static(item) => keyword("a static", "static", item.static_token.span),
        Item::Struct(item) => keyword("a struct", "struct", item.struct_token.span),
        Item::Trait(item) => keyword("a trait", "trait", item.trait_token.span),
        Item::Type(item) => keyword("a type alias", "type", item.type_token.span),
        Item::Union(item) => keyword("a union", "union", item.union_token.span),
        Item::Use(item) => keyword("an import", "use", item.use_token.span),
        other => {
            let first = other.to_token_stream().into_iter().next();
            keyword("this item", "item", first.map_or_else(Span::call_site, |token| token.span()))
        }
    }
}

/// The same for an item of an impl block.
pub(crate) fn kind_of_member(item: &ImplItem) -> (&'static str, Ident) {
    let keyword = |kind, word: &str, span: Span| (kind, Ident::new(word, span));
    match item {
        ImplItem::Const(item) => keyword("a constant", "const", item.const_token.span),
        ImplItem::Fn(item) => keyword("a function", "fn", item.sig.fn_token.span),
        ImplItem::Type(item) => keyword("a type", "type", item.type_token.span),
        ImplItem::Macro(item) => keyword("a macro call", "macro", item.mac.path.span()),
        other => keyword("this item", "item", other.span()),
    }
}
