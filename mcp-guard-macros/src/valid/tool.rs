//! One tool.

use syn::Attribute;
use syn::Expr;
use syn::Ident;
use syn::ImplItem;
use syn::LitStr;
use syn::ext::IdentExt;

use super::description;
use super::hints;
use super::hints::Hints;
use super::names::Names;
use super::repeated_keys;
use super::requirement;
use super::requirement::Requirement;
use super::signature;
use super::signature::Call;
use crate::attr::Marks;
use crate::attr::ToolArg;
use crate::attr::ToolAttr;
use crate::diag::Diagnostics;
use crate::item;

/// A tool that has a requirement and can be called.
#[derive(Debug)]
pub(crate) struct Tool<'a> {
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
    pub(crate) description: Option<Expr>,
    pub(crate) hints: Option<Hints<'a>>,
    pub(crate) input_schema: Option<&'a Expr>,
    pub(crate) output_schema: Option<&'a Expr>,
    pub(crate) icons: Option<&'a Expr>,
    pub(crate) meta: Option<&'a Expr>,
}

/// Checks one item of the block. `None` is reported.
pub(super) fn check<'a>(
    item: &'a ImplItem,
    marks: &'a Marks,
    names: &mut Names<'a>,
    diagnostics: &mut Diagnostics,
) -> Option<Tool<'a>> {
    let ImplItem::Fn(method) = item else {
        let (kind, keyword) = item::kind_of_member(item);
        diagnostics.push(&keyword, format_args!("`#[guarded_tool]` guards one tool function, not {kind}"));
        return None;
    };
    let ident = &method.sig.ident;
    check_marks(marks, ident, diagnostics);
    let Some(attr) = marks.guards.first() else {
        signature::check(&method.sig, None, diagnostics);
        return None;
    };
    let cfgs: Vec<&Attribute> = method.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    let name = given_name(attr, diagnostics).unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()));
    // Which of two methods under `cfg` exists is not known here; the server looks again when it is built.
    if cfgs.is_empty() {
        names.take(&name, ident, diagnostics);
    }
    repeated_keys(&attr.args, diagnostics, |key| key.starts_with("scope").then(|| requirement::merged(attr)));
    let requirement = requirement::check(attr, ident, diagnostics);
    let hints = hints::check(attr, diagnostics);
    let call = signature::check(&method.sig, requirement.as_ref(), diagnostics);
    let definition = Definition { hints, ..definition(attr, &method.attrs) };
    Some(Tool { name, cfgs, requirement: requirement?, definition, call })
}

fn check_marks(marks: &Marks, name: &Ident, diagnostics: &mut Diagnostics) {
    for attr in &marks.unguarded {
        let wrong = diagnostics
            .push(attr.path(), format_args!("`{name}` would be open to every caller: `#[tool]` carries no guard"));
        if marks.guards.is_empty() {
            wrong.help("write `#[guarded_tool(scope = \"..\")]` instead; it takes the same keys");
        } else {
            wrong.help("remove it: `#[guarded_tool(..)]` takes the same keys");
        }
    }
    for attr in &marks.conditional {
        diagnostics
            .push(
                attr.path(),
                format_args!("`{name}` would be no tool: `#[guarded_tools]` cannot see through `#[cfg_attr(..)]`"),
            )
            .help("write `#[guarded_tool(..)]` alone, and `#[cfg(..)]` beside it");
    }
    for attr in marks.guards.iter().skip(1) {
        diagnostics
            .push(&attr.path, format_args!("`{name}` is guarded twice"))
            .help("keep one `#[guarded_tool(..)]` and list every scope in `scopes = [..]`");
    }
}

fn given_name(attr: &ToolAttr, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    let name = attr.args.iter().find_map(|arg| match &arg.value {
        ToolArg::Name(name) => name.clone(),
        _ => None,
    })?;
    if name.value().is_empty() {
        diagnostics.push(&name, "a tool's name cannot be empty").help("without `name` it is that of the method");
    }
    Some(name)
}

fn definition<'a>(attr: &'a ToolAttr, docs: &[Attribute]) -> Definition<'a> {
    let mut definition = Definition::default();
    for arg in &attr.args {
        match &arg.value {
            ToolArg::Title(title) => definition.title = title.as_ref(),
            ToolArg::Description(description) => definition.description.clone_from(description),
            ToolArg::InputSchema(schema) => definition.input_schema = schema.as_ref(),
            ToolArg::OutputSchema(schema) => definition.output_schema = schema.as_ref(),
            ToolArg::Icons(icons) => definition.icons = icons.as_ref(),
            ToolArg::Meta(meta) => definition.meta = meta.as_ref(),
            _ => {}
        }
    }
    if definition.description.is_none() {
        definition.description = description::of(docs);
    }
    definition
}
