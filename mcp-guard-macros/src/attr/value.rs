//! Parsers for the values of arguments. Each one reports a value of another form and returns `None`.

use quote::ToTokens;
use syn::{Expr, ExprClosure, ExprLit, ExprPath, Lit, LitStr, Path};

use super::Keyed;
use super::args::Value;
use super::key::Key;
use crate::diagnostics::Diagnostics;

/// One scope: its text, or the path of a value that converts into a scope.
#[derive(Debug, PartialEq)]
pub(crate) enum ScopeArg {
    Text(LitStr),
    Path(ExprPath),
}

impl ToTokens for ScopeArg {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        match self {
            Self::Text(text) => text.to_tokens(tokens),
            Self::Path(path) => path.to_tokens(tokens),
        }
    }
}

/// A function that computes scopes, for `scopes_for`.
#[derive(Debug)]
pub(crate) enum Compute {
    Path(ExprPath),
    Closure(ExprClosure),
}

impl ToTokens for Compute {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        match self {
            Self::Path(path) => path.to_tokens(tokens),
            Self::Closure(closure) => closure.to_tokens(tokens),
        }
    }
}

/// Parses any expression.
pub(super) fn expr<'a>(arg: &'a Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<&'a Expr> {
    match &arg.value {
        Value::Expr(expr) => Some(ungrouped(expr)),
        Value::Word | Value::Missing => {
            diagnostics.push(&arg.key, format_args!("`{}` needs a value, like `{}`", key.name, key.example));
            None
        }
        Value::List(list) => {
            diagnostics.push(list, format_args!("expected `=`, like `{}`", key.example));
            None
        }
    }
}

/// Parses an expression that may evaluate to a string: any except a literal of another type.
pub(super) fn text(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<Expr> {
    match expr(arg, key, diagnostics)? {
        Expr::Lit(ExprLit { lit, .. }) if !matches!(lit, Lit::Str(_) | Lit::Verbatim(_)) => {
            diagnostics.push(lit, expected_string(key));
            None
        }
        expr => Some(expr.clone()),
    }
}

/// Parses a string literal.
pub(super) fn string(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    match expr(arg, key, diagnostics)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        other => {
            diagnostics.push(other, expected_string(key));
            None
        }
    }
}

/// Parses a path without generic arguments.
pub(super) fn path(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<Path> {
    match expr(arg, key, diagnostics)? {
        Expr::Path(ExprPath { qself: None, path, .. }) if is_plain(path) => Some(path.clone()),
        other => {
            diagnostics.push(other, format_args!("expected a path, like `{}`", key.example));
            None
        }
    }
}

/// Parses a list of paths.
pub(super) fn paths(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<Vec<Path>> {
    let Expr::Array(array) = expr(arg, key, diagnostics)? else {
        let at: &dyn ToTokens = match &arg.value {
            Value::Expr(expr) => expr,
            _ => &arg.key,
        };
        diagnostics.push(at, format_args!("expected a list, like `{}`", key.example));
        return None;
    };
    let read: Vec<_> = array
        .elems
        .iter()
        .map(|elem| match ungrouped(elem) {
            Expr::Path(ExprPath { qself: None, path, .. }) => Some(path.clone()),
            other => {
                diagnostics.push(other, format_args!("expected the name of a function, like `{}`", key.example));
                None
            }
        })
        .collect();
    read.into_iter().collect()
}

/// Parses the path of a function, or a closure.
pub(super) fn compute(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<Compute> {
    match expr(arg, key, diagnostics)? {
        Expr::Path(path) => Some(Compute::Path(path.clone())),
        Expr::Closure(closure) => Some(Compute::Closure(closure.clone())),
        other => {
            diagnostics
                .push(other, format_args!("expected a function, like `{}`", key.example))
                .help("write a function that takes the arguments by reference, or a closure, `|arguments| ..`");
            None
        }
    }
}

/// Checks that a key has no value.
pub(super) fn word(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) {
    let value: &dyn ToTokens = match &arg.value {
        Value::Word => return,
        Value::Missing => &arg.key,
        Value::Expr(expr) => expr,
        Value::List(list) => list,
    };
    diagnostics.push(value, format_args!("`{0}` takes no value: write `{0}` alone", key.name));
}

/// Parses a `bool`. A key without a value means `true`.
pub(super) fn flag(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<bool> {
    let value: &dyn ToTokens = match &arg.value {
        Value::Word => return Some(true),
        Value::Expr(Expr::Lit(ExprLit { lit: Lit::Bool(value), .. })) => return Some(value.value),
        Value::Missing => &arg.key,
        Value::Expr(expr) => expr,
        Value::List(list) => list,
    };
    diagnostics.push(value, format_args!("expected `true` or `false`, like `{} = true`", key.name));
    None
}

/// Parses one scope.
pub(super) fn scope(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<ScopeArg> {
    match expr(arg, key, diagnostics)? {
        Expr::Array(array) => {
            let wrong = diagnostics.push(array, expected_string(key));
            wrong.help(format_args!("to require all of these scopes, write `scopes = {}`", source(array)));
            None
        }
        expr => one_scope(expr, key, diagnostics),
    }
}

/// Parses a list of scopes.
pub(super) fn scopes(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Option<Vec<ScopeArg>> {
    match expr(arg, key, diagnostics)? {
        Expr::Array(array) => {
            // Keeps the well-formed elements, so that mistakes in those are reported as well.
            let read: Vec<_> =
                array.elems.iter().filter_map(|elem| one_scope(ungrouped(elem), &ELEMENT, diagnostics)).collect();
            (read.is_empty() == array.elems.is_empty()).then_some(read)
        }
        other => {
            let wrong = diagnostics.push(other, format_args!("expected a list, like `{}`", key.example));
            if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = other {
                let words: Vec<String> = text.value().split_whitespace().map(|word| format!("{word:?}")).collect();
                wrong.help(format_args!("write `{} = [{}]`", key.name, words.join(", ")));
            }
            None
        }
    }
}

const ELEMENT: Key = Key { name: "scope", example: r#""todo:write""# };

fn one_scope(expr: &Expr, key: &Key, diagnostics: &mut Diagnostics) -> Option<ScopeArg> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(ScopeArg::Text(text.clone())),
        Expr::Path(path) => Some(ScopeArg::Path(path.clone())),
        Expr::Lit(_) => {
            diagnostics.push(expr, expected_string(key));
            None
        }
        _ => {
            let wrong = diagnostics.push(expr, expected_string(key));
            wrong.help("to use a scope that is declared elsewhere, write the path of its constant or variant");
            None
        }
    }
}

fn expected_string(key: &Key) -> String {
    format!("expected a string literal, like `{}`", key.example)
}

/// Removes the invisible delimiters that `macro_rules!` puts around an expression.
pub(super) fn ungrouped(mut expr: &Expr) -> &Expr {
    while let Expr::Group(group) = expr {
        expr = &group.expr;
    }
    expr
}

fn is_plain(path: &Path) -> bool {
    path.segments.iter().all(|segment| segment.arguments.is_none())
}

/// Returns the source of `expr`.
pub(super) fn source(expr: &impl ToTokens) -> String {
    expr.to_token_stream().to_string().replace(" ,", ",")
}
