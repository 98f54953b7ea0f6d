//! One tool, prompt or resource.

use syn::Attribute;
use syn::Expr;
use syn::Ident;
use syn::ImplItem;
use syn::LitStr;
use syn::Path;
use syn::Signature;
use syn::ext::IdentExt;

use super::description;
use super::hints;
use super::hints::Hints;
use super::names::Names;
use super::repeated_keys;
use super::requirement;
use super::requirement::Requirement;
use super::scopes_for;
use super::scopes_for::ScopesFor;
use super::signature;
use super::signature::Call;
use super::signature::Owner;
use super::uri;
use super::uri::Uri;
use crate::attr::GuardArg;
use crate::attr::GuardAttr;
use crate::attr::Kind;
use crate::attr::Marks;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::item;

/// An operation that has a requirement and can be called.
#[derive(Debug)]
pub(crate) struct Operation<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: LitStr,
    /// The conditions under which the function exists.
    pub(crate) cfgs: Vec<&'a Attribute>,
    pub(crate) requirement: Requirement<'a>,
    pub(crate) scopes_for: Option<ScopesFor<'a>>,
    pub(crate) definition: Definition<'a>,
    /// Where a resource is.
    pub(crate) uri: Option<Uri<'a>>,
    pub(crate) call: Call<'a>,
}

/// What a client is told of the operation, besides its name.
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

/// Checks one item of the block. `None` is reported.
pub(super) fn check<'a>(
    item: &'a ImplItem,
    marks: &'a Marks,
    names: &mut Names<'a>,
    diagnostics: &mut Diagnostics,
) -> Option<Operation<'a>> {
    let ImplItem::Fn(method) = item else {
        let (what, keyword) = item::kind_of_member(item);
        let kind = marks.guards.first().map_or(Kind::Tool, |attr| attr.kind);
        misplaced(kind, what, &keyword, diagnostics);
        return None;
    };
    let ident = &method.sig.ident;
    check_marks(marks, ident, diagnostics);
    let Some(attr) = marks.guards.first() else {
        signature::check(&method.sig, Owner::Block, None, None, Kind::Tool, diagnostics);
        return None;
    };
    let operation = function(attr, &method.attrs, &method.sig, Owner::Block, diagnostics);
    // Which of two methods under `cfg` exists is not known here; the server looks again when it is built.
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

/// Checks one function and the attribute that guards it. `None` is reported.
pub(super) fn function<'a>(
    attr: &'a GuardAttr,
    attrs: &'a [Attribute],
    sig: &'a Signature,
    owner: Owner,
    diagnostics: &mut Diagnostics,
) -> Option<Operation<'a>> {
    let ident = &sig.ident;
    check_name(attr, diagnostics);
    let krate = attr.args.iter().find(|arg| matches!(arg.value, GuardArg::Crate(_)));
    if let (Owner::Block, Some(krate)) = (owner, krate) {
        diagnostics
            .push(&krate.key, "`crate` is said once, for the whole impl block")
            .help("write `#[guarded_tools(crate = ..)]`");
    }
    repeated_keys(&attr.args, diagnostics, |key| matches!(key, "scope" | "scopes").then(|| requirement::merged(attr)));
    let requirement = requirement::check(attr, ident, diagnostics);
    let hints = hints::check(attr, diagnostics);
    let uri = (attr.kind == Kind::Resource).then(|| uri::check(attr, ident, diagnostics));
    let call = signature::check(sig, owner, requirement.as_ref(), uri.as_ref(), attr.kind, diagnostics);
    let scopes_for = scopes_for::check(attr, ident, requirement.as_ref(), &call, uri.as_ref(), diagnostics);
    Some(Operation {
        kind: attr.kind,
        name: given_name(attr).cloned().unwrap_or_else(|| name_of(ident)),
        cfgs: attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect(),
        requirement: requirement?,
        scopes_for,
        definition: Definition { hints, ..definition(attr, attrs) },
        uri: uri.flatten(),
        call,
    })
}

fn name_of(ident: &Ident) -> LitStr {
    LitStr::new(&ident.unraw().to_string(), ident.span())
}

/// Reports an attribute on something that it cannot guard.
pub(crate) fn misplaced<'d>(
    kind: Kind,
    what: &str,
    keyword: &Ident,
    diagnostics: &'d mut Diagnostics,
) -> &'d mut Diagnostic {
    let attribute = kind.attribute();
    diagnostics.push(keyword, format_args!("`#[{attribute}]` guards one {} function, not {what}", kind.noun()))
}

fn check_marks(marks: &Marks, name: &Ident, diagnostics: &mut Diagnostics) {
    for (kind, attr) in &marks.unguarded {
        let rmcps = kind.noun();
        let wrong = diagnostics
            .push(attr.path(), format_args!("`{name}` would be open to every caller: `#[{rmcps}]` carries no guard"));
        match marks.guards.first() {
            None => wrong
                .help(format_args!("write `#[{}(scope = \"..\")]` instead; it takes the same keys", kind.attribute())),
            Some(guard) if guard.kind == *kind => {
                wrong.help(format_args!("remove it: `#[{}(..)]` takes the same keys", kind.attribute()))
            }
            Some(guard) => wrong.help(format_args!(
                "remove it, and write a {rmcps} of its own that shares what the {} does",
                guard.kind.noun()
            )),
        };
    }
    for (kind, attr) in &marks.conditional {
        let (noun, attribute) = (kind.noun(), kind.attribute());
        diagnostics
            .push(
                attr.path(),
                format_args!("`{name}` would be no {noun}: `#[guarded_tools]` cannot see through `#[cfg_attr(..)]`"),
            )
            .help(format_args!("write `#[{attribute}(..)]` alone, and `#[cfg(..)]` beside it"));
    }
    let Some((first, others)) = marks.guards.split_first() else { return };
    for attr in others {
        guarded_twice(name, first.kind, attr.kind, &attr.path, diagnostics);
    }
}

/// Reports the second attribute of ours on a function, which is at `path`.
pub(crate) fn guarded_twice(name: &Ident, first: Kind, second: Kind, path: &Path, diagnostics: &mut Diagnostics) {
    if first == second {
        diagnostics
            .push(path, format_args!("`{name}` is guarded twice"))
            .help(format_args!("keep one `#[{}(..)]` and list every scope in `scopes = [..]`", second.attribute()));
    } else {
        diagnostics
            .push(path, format_args!("`{name}` cannot be a {} and a {}", first.noun(), second.noun()))
            .help("write a function for each, which may share a third one");
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
            .push(name, format_args!("a {}'s name cannot be empty", attr.kind.noun()))
            .help("without `name` it is that of the method");
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
