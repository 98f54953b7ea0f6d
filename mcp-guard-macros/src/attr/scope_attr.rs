//! The arguments of `#[scope(..)]`.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprAssign, ExprCall, ExprLit, ExprPath, Ident, Lit, LitStr, Meta, Path, Token};

use super::{Keyed, value};
use crate::diagnostics::Diagnostics;

/// `#[scope("todo:write", implies(Read))]`.
#[derive(Debug)]
pub(crate) struct ScopeAttr {
    pub(crate) path: Path,
    pub(crate) text: Option<LitStr>,
    /// Whether a mistake that is already reported may have been meant as the text.
    pub(crate) text_reported: bool,
    pub(crate) implies: Vec<Keyed<Vec<Implied>>>,
}

/// A scope in `implies(..)`.
#[derive(Debug)]
pub(crate) enum Implied {
    /// The name of a variant.
    Variant(Ident),
    /// The text of a scope: a mistake, because a name is expected.
    Text(LitStr),
}

const IMPLIES: &str = "implies";
const EXAMPLE: &str = "implies(Read)";

impl ScopeAttr {
    pub(crate) fn parse(attr: &Attribute, diagnostics: &mut Diagnostics) -> Self {
        let mut read = Self { path: attr.path().clone(), text: None, text_reported: false, implies: Vec::new() };
        let list = match &attr.meta {
            Meta::Path(_) => return read,
            Meta::List(list) => list,
            Meta::NameValue(meta) => {
                let wrong = diagnostics.push(&meta.value, "expected parentheses, not `=`");
                wrong.help(format_args!("write `#[scope({})]`", value::source(&meta.value)));
                return Self { text_reported: true, ..read };
            }
        };
        match list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
            Ok(args) => args.iter().for_each(|arg| read.add(value::ungrouped(arg), diagnostics)),
            Err(error) => {
                diagnostics.push(&error.to_compile_error(), &error);
                read.text_reported = true;
            }
        }
        read
    }

    fn add(&mut self, arg: &Expr, diagnostics: &mut Diagnostics) {
        let text_is_known = self.text.is_some() || self.text_reported;
        match arg {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !text_is_known => self.text = Some(text.clone()),
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                diagnostics
                    .push(text, "a variant declares exactly one scope")
                    .help(format_args!("declare {:?} in a separate variant, or imply one, `{EXAMPLE}`", text.value()));
            }
            Expr::Call(ExprCall { func, args, .. }) => match name(func) {
                Some(key) if key == IMPLIES => {
                    if args.is_empty() {
                        report_empty_implies(key, diagnostics);
                    }
                    let value = args.iter().filter_map(|arg| implied(value::ungrouped(arg), diagnostics)).collect();
                    self.implies.push(Keyed { key: key.clone(), value });
                }
                Some(key) => {
                    let help = format!("did you mean `{IMPLIES}({})`?", value::source(args));
                    report_unknown(key, diagnostics).help(help);
                }
                None => self.report_unexpected(arg, diagnostics),
            },
            Expr::Assign(ExprAssign { left, right, .. }) => match name(left) {
                Some(key) if key == IMPLIES => {
                    diagnostics
                        .push(right, format_args!("expected parentheses, like `{EXAMPLE}`"))
                        .help(format_args!("write `{IMPLIES}({})`", without_brackets(right)));
                }
                Some(key) => {
                    let wrong = report_unknown(key, diagnostics);
                    if !text_is_known {
                        wrong.help(format_args!(
                            "write the text of the scope without a key, `{}`",
                            value::source(right)
                        ));
                        self.text_reported = true;
                    }
                }
                None => self.report_unexpected(arg, diagnostics),
            },
            Expr::Path(_) => match name(arg) {
                Some(key) if key == IMPLIES => report_empty_implies(key, diagnostics),
                Some(key) if text_is_known => {
                    report_unknown(key, diagnostics);
                }
                _ => self.report_unexpected(arg, diagnostics),
            },
            _ => self.report_unexpected(arg, diagnostics),
        }
    }

    /// Reports an expression that is not an argument. Before the text is known, it may have been meant as the text.
    fn report_unexpected(&mut self, arg: &Expr, diagnostics: &mut Diagnostics) {
        if self.text.is_some() || self.text_reported {
            diagnostics.push(arg, format_args!("expected `{EXAMPLE}` or the end of the list after the text"));
            return;
        }
        self.text_reported = true;
        let wrong = diagnostics.push(arg, r#"expected a string literal, like `#[scope("todo:write")]`"#);
        if matches!(arg, Expr::Path(_)) {
            wrong.note("the macro compares the texts before the compiler evaluates constants");
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

fn report_empty_implies(key: &Ident, diagnostics: &mut Diagnostics) {
    diagnostics
        .push(key, format_args!("`{IMPLIES}` needs at least one variant, like `{EXAMPLE}`"))
        .help(format_args!("remove `{IMPLIES}` if the scope does not imply another"));
}

fn report_unknown<'d>(key: &Ident, diagnostics: &'d mut Diagnostics) -> &'d mut crate::diagnostics::Diagnostic {
    diagnostics.push(key, format_args!("unknown argument `{key}`, expected `{IMPLIES}`"))
}

/// Returns the source of `value`, without the brackets of a list.
fn without_brackets(value: &Expr) -> String {
    match value {
        Expr::Array(array) => value::source(&array.elems),
        other => value::source(other),
    }
}

/// Returns `expr` if it is a single identifier.
fn name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(ExprPath { qself: None, path, .. }) => path.get_ident(),
        _ => None,
    }
}
