//! The scopes of a block that are written as string literals, to compare with the vocabulary.

use syn::{Attribute, ImplItem, LitStr, Path};

use super::{scope, types};
use crate::attr::{Block, BlockArg, BlockAttr, GuardArg, ItemAttrs, ScopeArg};

/// String literals that the compiler looks up in the vocabulary, because a macro cannot see its variants.
#[derive(Debug)]
pub(crate) struct Literals<'a> {
    pub(crate) vocabulary: &'a Path,
    /// The source of the path.
    pub(crate) name: String,
    pub(crate) texts: Vec<Literal<'a>>,
}

/// One string literal.
#[derive(Debug)]
pub(crate) struct Literal<'a> {
    pub(crate) text: &'a LitStr,
    /// The `#[cfg(..)]` attributes of its method.
    pub(crate) cfgs: Vec<&'a Attribute>,
}

/// Returns the literals if the block names a vocabulary, also when the block has other errors: the compiler reports
/// misspelled scopes together with them. Skips malformed scopes, which are already reported.
pub(crate) fn literals<'a>(attr: &'a BlockAttr, block: &'a Block) -> Option<Literals<'a>> {
    let vocabulary = attr.0.iter().find_map(|arg| match &arg.value {
        BlockArg::Scopes(vocabulary) => vocabulary.as_ref(),
        _ => None,
    })?;
    let mut texts = Vec::new();
    for (index, attrs) in &block.attrs {
        let ImplItem::Fn(method) = &block.item.items[*index] else { continue };
        let cfgs: Vec<&Attribute> = method.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
        let well_formed = scopes(attrs).into_iter().filter(|text| scope::is_well_formed(text));
        texts.extend(well_formed.map(|text| Literal { text, cfgs: cfgs.clone() }));
    }
    Some(Literals { vocabulary, name: types::printed(vocabulary), texts })
}

fn scopes(attrs: &ItemAttrs) -> Vec<&LitStr> {
    let mut texts = Vec::new();
    for arg in attrs.guards.iter().flat_map(|attr| &attr.args) {
        let scopes = match &arg.value {
            GuardArg::Scope(Some(scope)) => std::slice::from_ref(scope),
            GuardArg::Scopes(Some(scopes)) | GuardArg::AnyOf(Some(scopes)) => scopes,
            _ => continue,
        };
        texts.extend(scopes.iter().filter_map(|scope| match scope {
            ScopeArg::Text(text) => Some(text),
            ScopeArg::Path(_) => None,
        }));
    }
    texts
}
