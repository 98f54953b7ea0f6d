//! One tool, prompt or resource.

use syn::ext::IdentExt;
use syn::{Attribute, Expr, Ident, ImplItem, ItemFn, LitStr, Path, Signature};

use super::hints::Hints;
use super::limits::Limits;
use super::names::Names;
use super::requirement::Requirement;
use super::scopes_for::ScopesFor;
use super::signature::{Call, Placement};
use super::uri::Uri;
use super::{description, hints, keys, limits, requirement, scopes_for, signature, uri};
use crate::attr::{GuardArg, GuardAttr, ItemAttrs, Kind};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::item;

/// An operation that has a requirement and can be called.
#[derive(Debug)]
pub(crate) struct Operation<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: LitStr,
    /// The `#[cfg(..)]` attributes of the function.
    pub(crate) cfgs: Vec<&'a Attribute>,
    pub(crate) requirement: Requirement<'a>,
    pub(crate) scopes_for: Option<ScopesFor<'a>>,
    /// Whether missing scopes are only recorded.
    pub(crate) is_report_only: bool,
    pub(crate) limits: Limits<'a>,
    pub(crate) definition: Definition<'a>,
    /// The URI of a resource.
    pub(crate) uri: Option<Uri<'a>>,
    pub(crate) call: Call<'a>,
}

/// The definition that clients see, without the name.
#[derive(Debug, Default)]
pub(crate) struct Definition<'a> {
    pub(crate) title: Option<&'a Expr>,
    pub(crate) description: Option<Expr>,
    pub(crate) hints: Option<Hints<'a>>,
    pub(crate) input_schema: Option<&'a Expr>,
    pub(crate) output_schema: Option<&'a Expr>,
    pub(crate) mime_type: Option<&'a Expr>,
    pub(crate) icons: Option<&'a Expr>,
    pub(crate) meta: Option<&'a Expr>,
}

/// Checks one item of the block. Returns `None` after an error.
pub(super) fn check<'a>(
    item: &'a ImplItem,
    attrs: &'a ItemAttrs,
    names: &mut Names<'a>,
    diagnostics: &mut Diagnostics,
) -> Option<Operation<'a>> {
    let ImplItem::Fn(method) = item else {
        let (what, keyword) = item::kind_of_member(item);
        let kind = attrs.guards.first().map_or(Kind::Tool, |attr| attr.kind);
        report_misplaced(kind, what, &keyword, diagnostics);
        return None;
    };
    let ident = &method.sig.ident;
    check_attrs(attrs, ident, diagnostics);
    let Some(attr) = attrs.guards.first() else {
        signature::check(&method.sig, Placement::Block, None, None, Kind::Tool, diagnostics);
        return None;
    };
    let operation = function(attr, &method.attrs, &method.sig, Placement::Block, diagnostics);
    // `#[cfg(..)]` may remove one of two methods with the same name. The server checks again when it is built.
    if method.attrs.iter().all(|attr| !attr.path().is_ident("cfg")) {
        let name = given_name(attr).cloned().unwrap_or_else(|| name_of(ident));
        let uri = attr.args.iter().find_map(|arg| match &arg.value {
            GuardArg::Uri(uri) => uri.as_ref(),
            _ => None,
        });
        match attr.kind {
            Kind::Resource => uri.into_iter().for_each(|uri| names.take(attr.kind, uri, ident, diagnostics)),
            _ => names.take(attr.kind, &name, ident, diagnostics),
        }
    }
    operation
}

/// Checks a free function. The result is only valid if `diagnostics` is empty.
pub(crate) fn free_function<'a>(
    attr: &'a GuardAttr,
    item: &'a ItemFn,
    diagnostics: &mut Diagnostics,
) -> Option<Operation<'a>> {
    function(attr, &item.attrs, &item.sig, Placement::Free, diagnostics)
}

/// Checks one function and its guard attribute. Returns `None` after an error.
fn function<'a>(
    attr: &'a GuardAttr,
    attrs: &'a [Attribute],
    sig: &'a Signature,
    placement: Placement,
    diagnostics: &mut Diagnostics,
) -> Option<Operation<'a>> {
    let ident = &sig.ident;
    check_name(attr, diagnostics);
    let krate = attr.args.iter().find(|arg| matches!(arg.value, GuardArg::Crate(_)));
    if let (Placement::Block, Some(krate)) = (placement, krate) {
        diagnostics
            .push(&krate.key, "`crate` is set once for the whole impl block")
            .help("write `#[guarded_tools(crate = ..)]`");
    }
    keys::check_repeated(&attr.args, diagnostics, |key| {
        matches!(key, "scope" | "scopes").then(|| requirement::merged(attr))
    });
    let requirement = requirement::check(attr, ident, diagnostics);
    let hints = hints::check(attr, diagnostics);
    let uri = (attr.kind == Kind::Resource).then(|| uri::check(attr, ident, diagnostics));
    let call = signature::check(sig, placement, requirement.as_ref(), uri.as_ref(), attr.kind, diagnostics);
    let scopes_for = scopes_for::check(attr, ident, requirement.as_ref(), &call, uri.as_ref(), diagnostics);
    let is_report_only = requirement::check_report_only(attr, requirement.as_ref(), diagnostics);
    Some(Operation {
        kind: attr.kind,
        name: given_name(attr).cloned().unwrap_or_else(|| name_of(ident)),
        cfgs: attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect(),
        requirement: requirement?,
        scopes_for,
        is_report_only,
        limits: limits::check(attr, diagnostics),
        definition: Definition { hints, ..definition(attr, attrs) },
        uri: uri.flatten(),
        call,
    })
}

fn name_of(ident: &Ident) -> LitStr {
    LitStr::new(&ident.unraw().to_string(), ident.span())
}

/// Reports an attribute on an item that is not a function.
pub(crate) fn report_misplaced<'d>(
    kind: Kind,
    what: &str,
    keyword: &Ident,
    diagnostics: &'d mut Diagnostics,
) -> &'d mut Diagnostic {
    diagnostics.push(keyword, format_args!("`#[{}]` belongs on a function, not on {what}", kind.attribute()))
}

fn check_attrs(attrs: &ItemAttrs, name: &Ident, diagnostics: &mut Diagnostics) {
    for (kind, attr) in &attrs.unguarded {
        let noun = kind.noun();
        let wrong = diagnostics
            .push(attr.path(), format_args!("`{name}` would be open to every caller: `#[{noun}]` has no guard"));
        match attrs.guards.first() {
            None => wrong.help(format_args!(
                "write `#[{}(scope = \"..\")]` instead, which accepts the same arguments",
                kind.attribute()
            )),
            Some(guard) if guard.kind == *kind => {
                wrong.help(format_args!("remove it: `#[{}(..)]` accepts the same arguments", kind.attribute()))
            }
            Some(guard) => wrong.help(format_args!(
                "remove it, and write a separate {noun} that calls the same code as the {}",
                guard.kind.noun()
            )),
        };
    }
    for (kind, attr) in &attrs.conditional {
        let attribute = kind.attribute();
        diagnostics
            .push(
                attr.path(),
                format_args!("`{name}` would not be registered: `#[guarded_tools]` cannot evaluate `#[cfg_attr(..)]`"),
            )
            .help(format_args!("write two attributes, `#[cfg(..)]` and `#[{attribute}(..)]`"));
    }
    let Some((first, others)) = attrs.guards.split_first() else { return };
    for attr in others {
        report_second_guard(name, first.kind, attr.kind, &attr.path, diagnostics);
    }
}

/// Reports the second guard attribute of a function, at `path`.
pub(crate) fn report_second_guard(name: &Ident, first: Kind, second: Kind, path: &Path, diagnostics: &mut Diagnostics) {
    if first == second {
        diagnostics
            .push(path, format_args!("`{name}` is guarded twice"))
            .help(format_args!("keep one `#[{}(..)]` and list every scope in `scopes = [..]`", second.attribute()));
    } else {
        diagnostics
            .push(path, format_args!("`{name}` cannot be both a {} and a {}", first.noun(), second.noun()))
            .help("write a separate function for each");
    }
}

fn given_name(attr: &GuardAttr) -> Option<&LitStr> {
    attr.args.iter().find_map(|arg| match &arg.value {
        GuardArg::Name(name) => name.as_ref(),
        _ => None,
    })
}

fn check_name(attr: &GuardAttr, diagnostics: &mut Diagnostics) {
    let Some(name) = given_name(attr) else { return };
    if name.value().is_empty() {
        diagnostics
            .push(name, format_args!("the name of a {} cannot be empty", attr.kind.noun()))
            .help("remove `name` to use the name of the function");
    }
}

fn definition<'a>(attr: &'a GuardAttr, docs: &[Attribute]) -> Definition<'a> {
    let mut definition = Definition::default();
    for arg in &attr.args {
        match &arg.value {
            GuardArg::Title(title) => definition.title = title.as_ref(),
            GuardArg::Description(description) => definition.description.clone_from(description),
            GuardArg::InputSchema(schema) => definition.input_schema = schema.as_ref(),
            GuardArg::OutputSchema(schema) => definition.output_schema = schema.as_ref(),
            GuardArg::MimeType(mime_type) => definition.mime_type = mime_type.as_ref(),
            GuardArg::Icons(icons) => definition.icons = icons.as_ref(),
            GuardArg::Meta(meta) => definition.meta = meta.as_ref(),
            _ => {}
        }
    }
    if definition.description.is_none() {
        definition.description = description::of(docs);
    }
    definition
}
