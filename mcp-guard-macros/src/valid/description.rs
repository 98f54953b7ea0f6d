//! The description of an operation, taken from its doc comment.

use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, parse_quote};

/// Joins the lines of the doc comment as rmcp does: trimmed, without empty lines. A line may be a macro call, like
/// `include_str!(..)`.
pub(super) fn of(attrs: &[Attribute]) -> Option<Expr> {
    let mut parts: Vec<Expr> = Vec::new();
    for attr in attrs {
        let Meta::NameValue(doc) = &attr.meta else { continue };
        if !doc.path.is_ident("doc") {
            continue;
        }
        let part = match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => {
                let text = line.value();
                let text = text.trim();
                if text.is_empty() {
                    continue;
                }
                let text = LitStr::new(text, line.span());
                parse_quote!(#text)
            }
            Expr::Macro(call) => Expr::Macro(call.clone()),
            _ => continue,
        };
        parts.push(part);
    }
    let (first, rest) = parts.split_first()?;
    if rest.is_empty() {
        return Some(first.clone());
    }
    Some(parse_quote!(::core::concat!(#first #(, "\n", #rest)*)))
}
