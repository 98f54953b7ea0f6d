//! One tool.

use syn::Attribute;
use syn::Expr;
use syn::ExprLit;
use syn::Ident;
use syn::ImplItem;
use syn::Lit;
use syn::LitStr;
use syn::Meta;
use syn::ext::IdentExt;

use super::hints;
use super::hints::Hints;
use super::repeated_keys;
use super::requirement;
use super::requirement::Requirement;
use super::signature;
use super::signature::Call;
use crate::attr::ToolArg;
use crate::attr::ToolAttr;
use crate::diag::Diagnostics;
use crate::item;
use crate::item::Marks;

/// A tool that has a requirement and can be called.
#[derive(Debug)]
pub(crate) struct Tool<'a> {
    pub(crate) method: &'a Ident,
    pub(crate) name: LitStr,
    /// The conditions under which the method exists.
    pub(crate) cfgs: Vec<&'a Attribute>,
    pub(crate) requirement: Requirement<'a>,
    pub(crate) definition: Definition<'a>,
    pub(crate) call: Call<'a>,
}

/// What a client is told of the tool, besides its name.
#[derive(Debug, Default)]
pub(crate) struct Definition<'a> {
    pub(crate) title: Option<&'a Expr>,
    /// Parts of which each is a line or more.
    pub(crate) description: Vec<Expr>,
    pub(crate) hints: Option<Hints<'a>>,
    pub(crate) input_schema: Option<&'a Expr>,
    pub(crate) output_schema: Option<&'a Expr>,
    pub(crate) icons: Option<&'a Expr>,
    pub(crate) meta: Option<&'a Expr>,
}

/// Checks one item of the block. `None` is reported.
pub(super) fn check<'a>(item: &'a ImplItem, marks: &Marks, diagnostics: &mut Diagnostics) -> Option<Tool<'a>> {
    todo!()
}
