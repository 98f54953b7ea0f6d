//! The annotations of a tool: `annotations(..)`, and the short forms of its hints.

use syn::{Ident, LitStr};

use super::keys;
use crate::attr::{AnnotationArg, GuardArg, GuardAttr};
use crate::diagnostics::Diagnostics;

/// The annotations of a tool.
#[derive(Debug, Default)]
pub(crate) struct Hints<'a> {
    pub(crate) title: Option<&'a LitStr>,
    pub(crate) read_only: Option<bool>,
    pub(crate) destructive: Option<bool>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) open_world: Option<bool>,
}

/// Returns the annotations, or `None` if the attribute has none. Reports a hint that is set twice.
pub(super) fn check<'a>(attr: &'a GuardAttr, diagnostics: &mut Diagnostics) -> Option<Hints<'a>> {
    let mut hints = Hints::default();
    let mut stated: Vec<&Ident> = Vec::new();
    let mut any = false;
    for arg in &attr.args {
        match &arg.value {
            GuardArg::Hint(value) => {
                any = true;
                set(&mut hints, &mut stated, &arg.key, *value, diagnostics);
            }
            GuardArg::Annotations(annotations) => {
                any = true;
                keys::check_repeated(annotations, diagnostics, |_| None);
                for annotation in annotations {
                    match &annotation.value {
                        AnnotationArg::Title(title) => hints.title = title.as_ref(),
                        AnnotationArg::Hint(value) => {
                            set(&mut hints, &mut stated, &annotation.key, *value, diagnostics);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    any.then_some(hints)
}

fn set<'a>(
    hints: &mut Hints<'_>,
    stated: &mut Vec<&'a Ident>,
    key: &'a Ident,
    value: Option<bool>,
    diagnostics: &mut Diagnostics,
) {
    let name = short(key);
    // `keys::check_repeated` reports a repeated key.
    if let Some(before) = stated.iter().find(|before| short(before) == name && ***before != *key) {
        diagnostics.push(key, format_args!("`{key}` and `{before}` set the same hint")).help("keep one of them");
    }
    stated.push(key);
    let hint = match name.as_str() {
        "read_only" => &mut hints.read_only,
        "destructive" => &mut hints.destructive,
        "idempotent" => &mut hints.idempotent,
        _ => &mut hints.open_world,
    };
    *hint = value;
}

fn short(key: &Ident) -> String {
    let key = key.to_string();
    key.strip_suffix("_hint").unwrap_or(&key).to_owned()
}
