//! The rules for an `impl ServerHandler` with `#[guarded_handler]`.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl};

use super::limits::Limits;
use super::requirement::Requirement;
use super::{keys, limits, requirement, types};
use crate::attr::{GuardAttr, HandlerBlock, Kind, Role, Subject, nearest_method, role};
use crate::diagnostics::Diagnostics;

/// The methods of an `impl ServerHandler`.
#[derive(Debug)]
pub(crate) struct HandlerImpl<'a> {
    /// The methods that handle requests, each with its requirement.
    pub(crate) locked: Vec<LockedMethod<'a>>,
    /// The names of all methods.
    pub(crate) implemented: Vec<String>,
}

/// A method that handles requests.
#[derive(Debug)]
pub(crate) struct LockedMethod<'a> {
    /// The index of the item in the block.
    pub(crate) index: usize,
    /// The MCP method.
    pub(crate) method: &'static str,
    pub(crate) subject: Subject,
    /// The `#[cfg(..)]` attributes of the method.
    pub(crate) cfgs: Vec<&'a Attribute>,
    pub(crate) requirement: Requirement<'a>,
    /// Whether missing scopes are only recorded.
    pub(crate) is_report_only: bool,
    pub(crate) limits: Limits<'a>,
}

/// Checks a block. The result is only valid if `diagnostics` is empty.
pub(crate) fn handler_impl<'a>(handler: &'a HandlerBlock, diagnostics: &mut Diagnostics) -> Option<HandlerImpl<'a>> {
    let item = &handler.item;
    keys::check_repeated(&handler.krate, diagnostics, |_| None);
    if !is_handler(item) {
        diagnostics
            .push(&item.self_ty, "`#[guarded_handler]` belongs on `impl ServerHandler for ..`")
            .help("for an inherent impl block that contains tools, use `#[guarded_tools]`");
        return None;
    }
    for attr in &handler.unguarded {
        let name = attr.path().segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        diagnostics
            .push(attr.path(), format_args!("the methods that `#[{name}]` generates would be open to every caller"))
            .help("remove it: `#[guarded_handler]` generates these methods with a guard");
    }
    for attr in &handler.below {
        let name = types::printed(attr.path());
        diagnostics
            .push(
                attr.path(),
                format_args!("`#[{name}]` runs after `#[guarded_handler]` and could add methods without a guard"),
            )
            .help("move it above `#[guarded_handler]`, or remove it");
    }
    let mut locked = Vec::new();
    let mut complete = true;
    for (index, item) in item.items.iter().enumerate() {
        diagnostics.enter(index);
        let function = match item {
            ImplItem::Fn(function) => function,
            ImplItem::Const(_) | ImplItem::Type(_) => continue,
            unseen => {
                let at: &dyn ToTokens = match unseen {
                    ImplItem::Macro(call) => &call.mac.path,
                    other => other,
                };
                complete = false;
                diagnostics
                    .push(at, "the methods that a macro generates here would be open to every caller")
                    .help("write the methods here, or generate the whole impl block with the macro");
                continue;
            }
        };
        let guards: Vec<&GuardAttr> =
            handler.guards.iter().filter(|(at, _)| *at == index).map(|(_, attr)| attr).collect();
        match check_method(index, function, &guards, diagnostics) {
            Ok(method) => locked.extend(method),
            Err(Reported) => complete = false,
        }
    }
    diagnostics.leave();
    let implemented = item
        .items
        .iter()
        .filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function.sig.ident.unraw().to_string()),
            _ => None,
        })
        .collect();
    complete.then_some(HandlerImpl { locked, implemented })
}

/// Returns whether the block implements `ServerHandler`.
pub(crate) fn is_handler(item: &ItemImpl) -> bool {
    let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
    of.is_some_and(|last| last.ident == "ServerHandler")
}

/// Returns whether `item` is not a known method of `ServerHandler`.
pub(crate) fn is_unknown(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Fn(function) if role(&function.sig.ident.unraw().to_string()).is_none())
}

/// The error is already among the diagnostics.
struct Reported;

fn check_method<'a>(
    index: usize,
    function: &'a ImplItemFn,
    guards: &[&'a GuardAttr],
    diagnostics: &mut Diagnostics,
) -> Result<Option<LockedMethod<'a>>, Reported> {
    let name = &function.sig.ident;
    for attr in guards.iter().skip(1) {
        diagnostics
            .push(&attr.path, format_args!("`{name}` is guarded twice"))
            .help("keep one `#[guarded(..)]` and list every scope in `scopes = [..]`");
    }
    let unraw = name.unraw().to_string();
    let Some(role) = role(&unraw) else {
        let wrong = diagnostics.push(name, format_args!("`{name}` is not a known method of `ServerHandler`"));
        match nearest_method(&unraw) {
            Some(similar) => wrong.help(format_args!("did you mean `{similar}`?")),
            None => wrong.help("move it to an inherent impl block: only known methods can be guarded"),
        };
        return Err(Reported);
    };
    let (message, help) = match role {
        Role::Request(method, subject) => {
            if function.sig.asyncness.is_none() {
                diagnostics
                    .push(
                        &function.sig.fn_token,
                        format_args!("`{name}` must be an `async fn`: its guard checks the caller first"),
                    )
                    .help(format_args!("write `async fn {name}`"));
            }
            let Some(attr) = guards.first() else {
                requirement::report_missing(Kind::Method, name, diagnostics);
                return Err(Reported);
            };
            keys::check_repeated(&attr.args, diagnostics, |key| {
                matches!(key, "scope" | "scopes").then(|| requirement::merged(attr))
            });
            let requirement = requirement::check(attr, name, diagnostics).ok_or(Reported)?;
            let cfgs = function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
            let is_report_only = requirement::check_report_only(attr, Some(&requirement), diagnostics);
            let limits = limits::check(attr, diagnostics);
            return Ok(Some(LockedMethod { index, method, subject, cfgs, requirement, is_report_only, limits }));
        }
        Role::Open => match guards.first() {
            None => return Ok(None),
            Some(attr) => {
                diagnostics
                    .push(&attr.path, format_args!("`{name}` cannot have a requirement: it is open to every caller"))
                    .help("remove the attribute");
                return Err(Reported);
            }
        },
        Role::Generated => (
            format!("`{name}` is generated by `#[guarded_handler]`, with the guard of each tool"),
            "remove it, and move the tools to an impl block with `#[guarded_tools]`",
        ),
        Role::Custom => (
            format!("`{name}` cannot be guarded: custom messages have no requirement"),
            "write a guarded tool for each custom message",
        ),
    };
    diagnostics.push(name, message).help(help);
    Err(Reported)
}
