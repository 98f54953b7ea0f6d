//! Tests of all macros.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use proc_macro2::{Group, TokenStream, TokenTree};

use crate::attr::Kind;
use crate::derive_scopes::derive_scopes;
use crate::free_function::guarded_operation;
use crate::guarded_handler::guarded_handler;
use crate::guarded_tools::guarded_tools;

/// A panic in a macro hides the user's mistake behind "custom attribute panicked".
#[test]
fn malformed_input_never_panics() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        let source = fs::read_to_string(&file).unwrap();
        if file.to_str().unwrap().ends_with(".expanded.rs") {
            continue;
        }
        for mutation in mutations(source.parse().unwrap()) {
            let text = mutation.to_string();
            assert!(catch_unwind(|| expand(mutation)).is_ok(), "panic in {}: {text}", file.display());
        }
    }
}

/// Expands the first of our attributes as the compiler does: without the attribute.
fn expand(item: TokenStream) {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let attribute = tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Group(attribute) if at > 0 => match attribute.stream().into_iter().collect::<Vec<_>>().as_slice() {
            [TokenTree::Ident(name), TokenTree::Group(args)] => Some((at, name.to_string(), args.stream())),
            [TokenTree::Ident(name)] => Some((at, name.to_string(), TokenStream::new())),
            _ => None,
        },
        _ => None,
    });
    let Some((at, name, args)) = attribute else { return };
    tokens.drain(at - 1..=at);
    let item = tokens.into_iter().collect();
    match name.as_str() {
        "guarded_tools" => guarded_tools(args, &item),
        "guarded_handler" => guarded_handler(args, &item),
        "guarded_tool" => guarded_operation(Kind::Tool, args, &item),
        "derive" => derive_scopes(item),
        _ => return,
    };
}

/// Removes, repeats and replaces every token, one at a time.
fn mutations(tokens: TokenStream) -> Vec<TokenStream> {
    const REPLACEMENTS: [&str; 3] = ["", "42", "::"];

    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut mutations = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let mut replace = |replacement: TokenStream| {
            let before = tokens[..at].iter().cloned();
            mutations.push(before.chain(replacement).chain(tokens[at + 1..].iter().cloned()).collect());
        };
        for replacement in REPLACEMENTS {
            replace(replacement.parse().unwrap());
        }
        replace([token.clone(), token.clone()].into_iter().collect());
        if let TokenTree::Group(group) = token {
            for inner in self::mutations(group.stream()) {
                replace(TokenTree::Group(Group::new(group.delimiter(), inner)).into());
            }
        }
    }
    mutations
}
