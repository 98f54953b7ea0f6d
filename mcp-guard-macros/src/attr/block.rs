//! An impl block with `#[guarded_tools]`, and the attributes on its items.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, ImplItem, ItemImpl, Path};

use super::{GuardAttr, Kind};
use crate::diagnostics::Diagnostics;

/// An impl block, separated from the attributes that this crate reads.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) item: ItemImpl,
    /// The attributes on the items of the block, with the index of the item.
    pub(crate) attrs: Vec<(usize, ItemAttrs)>,
    /// Additional `#[guarded_tools]` attributes on the block.
    pub(crate) repeated: Vec<Attribute>,
}

/// The attributes of one item that register it, or were meant to register it, as an operation.
#[derive(Debug, Default)]
pub(crate) struct ItemAttrs {
    /// `#[guarded_tool(..)]`, `#[guarded_prompt(..)]` and `#[guarded_resource(..)]`.
    pub(crate) guards: Vec<GuardAttr>,
    /// rmcp's `#[tool(..)]` and `#[prompt(..)]`.
    pub(crate) unguarded: Vec<(Kind, Attribute)>,
    /// `#[cfg_attr(.., guarded_tool(..))]`.
    pub(crate) conditional: Vec<(Kind, Attribute)>,
}

impl Block {
    /// Removes our attributes from `item`, and those of rmcp, which would register the item without a guard.
    pub(crate) fn parse(mut item: ItemImpl, diagnostics: &mut Diagnostics) -> Self {
        let repeated = item.attrs.extract_if(.., |attr| is_named(attr, "guarded_tools")).collect();
        let mut all = Vec::new();
        for (index, item) in item.items.iter_mut().enumerate() {
            let Some(attrs) = attrs_mut(item) else { continue };
            diagnostics.enter(index);
            let guards = extract(attrs, Kind::of);
            let found = ItemAttrs {
                guards: guards.iter().map(|(kind, attr)| GuardAttr::parse(attr, *kind, diagnostics)).collect(),
                unguarded: extract(attrs, kind_of_rmcp),
                conditional: extract(attrs, kind_in_cfg_attr),
            };
            if !found.is_empty() {
                all.push((index, found));
            }
        }
        Self { item, attrs: all, repeated }
    }

    /// Returns the distinct paths of the guard attributes, as written. Each may rely on a separate import.
    pub(crate) fn guard_paths(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = Vec::new();
        for GuardAttr { path, .. } in self.attrs.iter().flat_map(|(_, attrs)| &attrs.guards) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}

impl ItemAttrs {
    const fn is_empty(&self) -> bool {
        self.guards.is_empty() && self.unguarded.is_empty() && self.conditional.is_empty()
    }
}

/// Removes the attributes that have a kind.
fn extract(attrs: &mut Vec<Attribute>, kind_of: fn(&Attribute) -> Option<Kind>) -> Vec<(Kind, Attribute)> {
    let extracted = attrs.extract_if(.., |attr| kind_of(attr).is_some());
    extracted.filter_map(|attr| kind_of(&attr).map(|kind| (kind, attr))).collect()
}

/// Returns whether the last segment of the attribute's path is `name`, as in `#[mcp_guard::guarded_tools]`.
fn is_named(attr: &Attribute, name: &str) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == name)
}

/// Returns the kind of rmcp's `#[tool]` and `#[prompt]`.
fn kind_of_rmcp(attr: &Attribute) -> Option<Kind> {
    [Kind::Tool, Kind::Prompt].into_iter().find(|kind| is_named(attr, kind.noun()))
}

/// Finds one of our attributes in a `cfg_attr`, which the compiler has not resolved yet inside this item.
fn kind_in_cfg_attr(attr: &Attribute) -> Option<Kind> {
    fn find(tokens: TokenStream) -> Option<Kind> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Ident(ident) => Kind::COLLECTED.into_iter().find(|kind| ident == kind.attribute()),
            TokenTree::Group(group) => find(group.stream()),
            _ => None,
        })
    }
    is_named(attr, "cfg_attr").then(|| find(attr.meta.require_list().ok()?.tokens.clone())).flatten()
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
