//! The scopes of a block that are written as texts, and the vocabulary that they belong to.

use syn::Attribute;
use syn::ImplItem;
use syn::LitStr;
use syn::Path;

use super::scope;
use super::types;
use crate::attr::Block;
use crate::attr::BlockArg;
use crate::attr::BlockAttr;
use crate::attr::GuardArg;
use crate::attr::Marks;
use crate::attr::ScopeArg;

/// Texts for the compiler to look up in a vocabulary: a macro cannot see it.
#[derive(Debug)]
pub(crate) struct Literals<'a> {
    pub(crate) vocabulary: &'a Path,
    /// The vocabulary, as it is written.
    pub(crate) name: String,
    pub(crate) texts: Vec<Literal<'a>>,
}

/// One text.
#[derive(Debug)]
pub(crate) struct Literal<'a> {
    pub(crate) text: &'a LitStr,
    /// The conditions under which its method exists.
    pub(crate) cfgs: Vec<&'a Attribute>,
}

/// The texts, if the block names a vocabulary. Whatever else is wrong with the block, so that a misspelled scope is not found last; a text that is no
/// scope at all is reported already.
pub(crate) fn literals<'a>(attr: &'a BlockAttr, block: &'a Block) -> Option<Literals<'a>> {
    let vocabulary = attr.0.iter().find_map(|arg| match &arg.value {
        BlockArg::Scopes(vocabulary) => vocabulary.as_ref(),
        _ => None,
    })?;
    let mut texts = Vec::new();
    for (index, marks) in &block.marks {
        let ImplItem::Fn(method) = &block.item.items[*index] else { continue };
        let cfgs: Vec<&Attribute> = method.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
        let well_formed = scopes(marks).into_iter().filter(|text| scope::is_well_formed(text));
        texts.extend(well_formed.map(|text| Literal { text, cfgs: cfgs.clone() }));
    }
    Some(Literals { vocabulary, name: types::printed(vocabulary), texts })
}

fn scopes(marks: &Marks) -> Vec<&LitStr> {
    let mut texts = Vec::new();
    for arg in marks.guards.iter().flat_map(|attr| &attr.args) {
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
