//! The arguments of `#[scope(..)]`.

use syn::Attribute;
use syn::Expr;
use syn::ExprAssign;
use syn::ExprCall;
use syn::ExprLit;
use syn::ExprPath;
use syn::Ident;
use syn::Lit;
use syn::LitStr;
use syn::Meta;
use syn::Path;
use syn::Token;
use syn::punctuated::Punctuated;

use super::Keyed;
use super::value;
use crate::diag::Diagnostics;

/// `#[scope("todo:write", implies(Read))]`.
#[derive(Debug)]
pub(crate) struct ScopeAttr {
    pub(crate) path: Path,
    pub(crate) text: Option<LitStr>,
    /// Whether something that is reported already may have been meant as the text.
    pub(crate) text_lost: bool,
    pub(crate) implies: Vec<Keyed<Vec<Implied>>>,
}

/// A scope in `implies(..)`.
#[derive(Debug)]
pub(crate) enum Implied {
    /// The name of its variant.
    Variant(Ident),
    /// Its text, which should have been the name.
    Text(LitStr),
}

const IMPLIES: &str = "implies";
const EXAMPLE: &str = "implies(Read)";

impl ScopeAttr {
    pub(crate) fn parse(attr: &Attribute, diagnostics: &mut Diagnostics) -> Self {
        let mut read = Self { path: attr.path().clone(), text: None, text_lost: false, implies: Vec::new() };
        let list = match &attr.meta {
            Meta::Path(_) => return read,
            Meta::List(list) => list,
            Meta::NameValue(meta) => {
                let wrong = diagnostics.push(&meta.value, "expected parentheses");
                wrong.help(format_args!("write `#[scope({})]`", value::source(&meta.value)));
                return Self { text_lost: true, ..read };
            }
        };
        match list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
            Ok(args) => args.iter().for_each(|arg| read.add(value::ungrouped(arg), diagnostics)),
            Err(error) => {
                diagnostics.push(&error.to_compile_error(), &error);
                read.text_lost = true;
            }
        }
        read
    }

    fn add(&mut self, arg: &Expr, diagnostics: &mut Diagnostics) {
        let text_is_known = self.text.is_some() || self.text_lost;
        match arg {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !text_is_known => self.text = Some(text.clone()),
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                diagnostics
                    .push(text, "a variant stands for one scope")
                    .help(format_args!("give {:?} a variant of its own, or name one in `{EXAMPLE}`", text.value()));
            }
            Expr::Call(ExprCall { func, args, .. }) => match name(func) {
                Some(key) if key == IMPLIES => {
                    if args.is_empty() {
                        needs_a_variant(key, diagnostics);
                    }
                    let value = args.iter().filter_map(|arg| implied(value::ungrouped(arg), diagnostics)).collect();
                    self.implies.push(Keyed { key: key.clone(), value });
                }
                Some(key) => {
                    let meant = format!("did you mean `{IMPLIES}({})`?", value::source(args));
                    unknown(key, diagnostics).help(meant);
                }
                None => self.no_argument(arg, diagnostics),
            },
            Expr::Assign(ExprAssign { left, right, .. }) => match name(left) {
                Some(key) if key == IMPLIES => {
                    diagnostics
                        .push(right, format_args!("expected parentheses, like `{EXAMPLE}`"))
                        .help(format_args!("write `{IMPLIES}({})`", listed(right)));
                }
                Some(key) => {
                    let wrong = unknown(key, diagnostics);
                    if !text_is_known {
                        wrong.help(format_args!("the text of the scope has no name: write `{}`", value::source(right)));
                        self.text_lost = true;
                    }
                }
                None => self.no_argument(arg, diagnostics),
            },
            Expr::Path(_) => match name(arg) {
                Some(key) if key == IMPLIES => needs_a_variant(key, diagnostics),
                Some(key) if text_is_known => {
                    unknown(key, diagnostics);
                }
                _ => self.no_argument(arg, diagnostics),
            },
            _ => self.no_argument(arg, diagnostics),
        }
    }

    /// Reports an expression that cannot be an argument: in the place of the text it may have been meant as that.
    fn no_argument(&mut self, arg: &Expr, diagnostics: &mut Diagnostics) {
        if self.text.is_some() || self.text_lost {
            diagnostics.push(arg, format_args!("expected `{EXAMPLE}`, or nothing, after the text"));
            return;
        }
        self.text_lost = true;
        let wrong = diagnostics.push(arg, r#"expected a string literal, like `#[scope("todo:write")]`"#);
        if matches!(arg, Expr::Path(_)) {
            wrong.note("the texts are compared with each other before the compiler knows any constant");
        }
    }
}

fn implied(arg: &Expr, diagnostics: &mut Diagnostics) -> Option<Implied> {
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = arg {
        return Some(Implied::Text(text.clone()));
    }
    if let Some(variant) = name(arg) {
        return Some(Implied::Variant(variant.clone()));
    }
    let wrong = diagnostics.push(arg, format_args!("expected the name of a variant, like `{EXAMPLE}`"));
    if let Expr::Path(ExprPath { path, .. }) = arg
        && let Some(last) = path.segments.last()
    {
        wrong.help(format_args!("write `{}`", last.ident));
    }
    None
}

fn needs_a_variant(key: &Ident, diagnostics: &mut Diagnostics) {
    diagnostics
        .push(key, format_args!("`{IMPLIES}` needs at least one variant, like `{EXAMPLE}`"))
        .help("a scope that implies no other is written without it");
}

fn unknown<'d>(key: &Ident, diagnostics: &'d mut Diagnostics) -> &'d mut crate::diag::Diagnostic {
    diagnostics.push(key, format_args!("unknown argument `{key}`, expected `{IMPLIES}`"))
}

/// What a list in brackets, or anything else, looks like between parentheses.
fn listed(value: &Expr) -> String {
    match value {
        Expr::Array(array) => value::source(&array.elems),
        other => value::source(other),
    }
}

/// The one word that `expr` is.
fn name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(ExprPath { qself: None, path, .. }) => path.get_ident(),
        _ => None,
    }
}
