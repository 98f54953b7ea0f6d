//! An `impl ServerHandler` with `#[guarded_handler]`, and the attributes on its items.

use proc_macro2::TokenStream;
use syn::{Attribute, ImplItem, ItemImpl, Path};

use super::key::Key;
use super::{GuardAttr, Keyed, Kind, args, key, value};
use crate::diagnostics::Diagnostics;

/// An `impl ServerHandler`, separated from the attributes that this crate reads.
#[derive(Debug)]
pub(crate) struct HandlerBlock {
    pub(crate) item: ItemImpl,
    /// The `crate` argument. `None` stands for a malformed value, which is already reported.
    pub(crate) krate: Vec<Keyed<Option<Path>>>,
    /// `#[guarded(..)]`, with the index of the item.
    pub(crate) guards: Vec<(usize, GuardAttr)>,
    /// The attributes of rmcp that would generate methods without a guard.
    pub(crate) unguarded: Vec<Attribute>,
    /// Other attribute macros below `#[guarded_handler]`, which could change the block after its expansion.
    pub(crate) below: Vec<Attribute>,
}

const KEYS: &[Key] = &[Key { name: "crate", example: "crate = ::mcp_guard" }];
const RMCP_MACROS: &[&str] = &["tool_handler", "prompt_handler", "task_handler"];
/// The built-in attributes that do not change the items of a block.
const INERT: &[&str] = &["allow", "automatically_derived", "cfg", "deny", "doc", "expect", "forbid", "warn"];

impl HandlerBlock {
    pub(crate) fn parse(args: TokenStream, mut item: ItemImpl, diagnostics: &mut Diagnostics) -> Self {
        let mut krate = Vec::new();
        for arg in args::parse(args, KEYS, diagnostics).list {
            if arg.key == "crate" {
                let value = value::path(&arg, &KEYS[0], diagnostics);
                krate.push(Keyed { key: arg.key, value });
            } else {
                let wrong = diagnostics.push(
                    &arg.key,
                    format_args!("unknown argument `{}`, expected {}", arg.key, key::listed(KEYS, "or")),
                );
                wrong.help("to set the name, version or instructions of the server, implement `get_info`");
            }
        }
        let named = |attr: &Attribute, name: &str| attr.path().segments.last().is_some_and(|last| last.ident == name);
        let unguarded = item.attrs.extract_if(.., |attr| RMCP_MACROS.iter().any(|name| named(attr, name))).collect();
        let is_inert = |attr: &Attribute| {
            INERT.iter().any(|name| attr.path().is_ident(name))
                || attr.path().segments.first().is_some_and(|first| first.ident == "rustfmt" || first.ident == "clippy")
        };
        let below = item.attrs.extract_if(.., |attr| !is_inert(attr)).collect();
        let mut guards = Vec::new();
        for (index, item) in item.items.iter_mut().enumerate() {
            let ImplItem::Fn(function) = item else { continue };
            diagnostics.enter(index);
            for attr in function.attrs.extract_if(.., |attr| named(attr, Kind::Method.attribute())) {
                guards.push((index, GuardAttr::parse(&attr, Kind::Method, diagnostics)));
            }
        }
        diagnostics.leave();
        Self { item, krate, guards, unguarded, below }
    }
}
