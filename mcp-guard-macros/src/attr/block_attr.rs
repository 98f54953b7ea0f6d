//! The arguments of `#[guarded_tools(..)]`.

use proc_macro2::TokenStream;
use syn::{Expr, Ident, Path};

use super::key::Key;
use super::{Keyed, args, key, value};
use crate::diagnostics::Diagnostics;

/// The arguments of `#[guarded_tools(..)]`, in source order.
#[derive(Debug)]
pub(crate) struct BlockAttr(pub(crate) Vec<Keyed<BlockArg>>);

/// One argument. `None` stands for a malformed value, which is already reported.
#[derive(Debug)]
pub(crate) enum BlockArg {
    Name(Option<Expr>),
    Title(Option<Expr>),
    Version(Option<Expr>),
    Instructions(Option<Expr>),
    /// Free functions to register as tools.
    Tools(Option<Vec<Path>>),
    /// A function that adds more operations.
    Extend(Option<Path>),
    /// The author writes the `impl ServerHandler`, with `#[guarded_handler]`.
    OwnHandler(Ident),
    /// The enum of all scopes of the server.
    Scopes(Option<Path>),
    Crate(Option<Path>),
}

const KEYS: &[Key] = &[
    Key { name: "name", example: r#"name = "todos""# },
    Key { name: "title", example: r#"title = "Todos""# },
    Key { name: "version", example: r#"version = "1.0.0""# },
    Key { name: "instructions", example: r#"instructions = "Keeps your todos.""# },
    Key { name: "scopes", example: "scopes = TodoScope" },
    Key { name: "tools", example: "tools = [my_tool]" },
    Key { name: "extend", example: "extend = Self::add_more" },
    Key { name: "own_handler", example: "own_handler" },
    Key { name: "crate", example: "crate = ::mcp_guard" },
];

impl BlockAttr {
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut read = Vec::new();
        for arg in args::parse(tokens, KEYS, diagnostics).list {
            let Some(key) = key::find(&arg.key, KEYS, "argument", diagnostics) else { continue };
            let value = match key.name {
                "name" => BlockArg::Name(value::text(&arg, key, diagnostics)),
                "title" => BlockArg::Title(value::text(&arg, key, diagnostics)),
                "version" => BlockArg::Version(value::text(&arg, key, diagnostics)),
                "instructions" => BlockArg::Instructions(value::text(&arg, key, diagnostics)),
                "scopes" => BlockArg::Scopes(value::path(&arg, key, diagnostics)),
                "tools" => BlockArg::Tools(value::paths(&arg, key, diagnostics)),
                "extend" => BlockArg::Extend(value::path(&arg, key, diagnostics)),
                "own_handler" => {
                    value::word(&arg, key, diagnostics);
                    BlockArg::OwnHandler(arg.key.clone())
                }
                _ => BlockArg::Crate(value::path(&arg, key, diagnostics)),
            };
            read.push(Keyed { key: arg.key, value });
        }
        Self(read)
    }
}
