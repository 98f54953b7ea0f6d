//! An impl block, and the attributes in it that are ours.

use proc_macro2::TokenStream;
use proc_macro2::TokenTree;
use syn::Attribute;
use syn::ImplItem;
use syn::ItemImpl;
use syn::Path;

use super::GuardAttr;
use super::Kind;
use crate::diag::Diagnostics;

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
    /// `#[guarded_tool(..)]` and its like.
    pub(crate) guards: Vec<GuardAttr>,
    /// rmcp's `#[tool(..)]` and `#[prompt(..)]`.
    pub(crate) unguarded: Vec<(Kind, Attribute)>,
    /// `#[cfg_attr(.., guarded_tool(..))]`.
    pub(crate) conditional: Vec<(Kind, Attribute)>,
}

impl Block {
    /// Takes our attributes out of `item`, and rmcp's, which must not be expanded beside them.
    pub(crate) fn parse(mut item: ItemImpl, diagnostics: &mut Diagnostics) -> Self {
        let repeated = item.attrs.extract_if(.., |attr| is(attr, "guarded_tools")).collect();
        let mut all = Vec::new();
        for (index, item) in item.items.iter_mut().enumerate() {
            let Some(attrs) = attrs_mut(item) else { continue };
            diagnostics.enter(index);
            let guards: Vec<(Kind, Attribute)> = attrs
                .extract_if(.., |attr| Kind::of(attr).is_some())
                .filter_map(|attr| Kind::of(&attr).map(|kind| (kind, attr)))
                .collect();
            let unguarded = attrs.extract_if(.., |attr| is(attr, "tool")).map(|attr| (Kind::Tool, attr)).collect();
            let mut marks = Marks {
                guards: guards.iter().map(|(kind, attr)| GuardAttr::parse(attr, *kind, diagnostics)).collect(),
                unguarded,
                conditional: attrs
                    .extract_if(.., |attr| mentioned(attr).is_some())
                    .filter_map(|attr| mentioned(&attr).map(|kind| (kind, attr)))
                    .collect(),
            };
            marks.unguarded.extend(attrs.extract_if(.., |attr| is(attr, "prompt")).map(|attr| (Kind::Prompt, attr)));
            if !marks.is_empty() {
                all.push((index, marks));
            }
        }
        Self { item, marks: all, repeated }
    }

    /// The distinct ways in which `#[guarded_tool]` and its like were written: each may come from an import of its own.
    pub(crate) fn guard_paths(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = Vec::new();
        for GuardAttr { path, .. } in self.marks.iter().flat_map(|(_, marks)| &marks.guards) {
            if !paths.contains(&path) {
                paths.push(path);
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

/// What a `cfg_attr` would guard: inside of the item that an attribute macro is given it is not resolved yet.
fn mentioned(attr: &Attribute) -> Option<Kind> {
    fn find(tokens: TokenStream) -> Option<Kind> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Ident(ident) => Kind::COLLECTED.into_iter().find(|kind| ident == kind.attribute()),
            TokenTree::Group(group) => find(group.stream()),
            _ => None,
        })
    }
    is(attr, "cfg_attr").then(|| find(attr.meta.require_list().ok()?.tokens.clone())).flatten()
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
