//! An `impl ServerHandler` that the server's author writes.

use quote::ToTokens;
use syn::Attribute;
use syn::ImplItem;
use syn::ImplItemFn;
use syn::ItemImpl;
use syn::ext::IdentExt;

use super::repeated_keys;
use super::requirement;
use super::requirement::Requirement;
use super::types;
use crate::attr::About;
use crate::attr::GuardAttr;
use crate::attr::Handler;
use crate::attr::Role;
use crate::attr::nearest_method;
use crate::attr::role;
use crate::diag::Diagnostics;

/// The methods of such a block.
#[derive(Debug)]
pub(crate) struct ByHand<'a> {
    /// Those that answer requests, each with its requirement.
    pub(crate) methods: Vec<Method<'a>>,
    /// The names of all.
    pub(crate) written: Vec<String>,
}

/// One that answers requests.
#[derive(Debug)]
pub(crate) struct Method<'a> {
    /// Where it is in the block.
    pub(crate) index: usize,
    /// The method of MCP.
    pub(crate) method: &'static str,
    pub(crate) about: About,
    /// The conditions under which it exists.
    pub(crate) cfgs: Vec<&'a Attribute>,
    pub(crate) requirement: Requirement<'a>,
}

/// Checks a block. `None`, or a mistake in `diagnostics`, means that it guards nothing.
pub(crate) fn by_hand<'a>(handler: &'a Handler, diagnostics: &mut Diagnostics) -> Option<ByHand<'a>> {
    let item = &handler.item;
    repeated_keys(&handler.krate, diagnostics, |_| None);
    if !is_handler(item) {
        diagnostics
            .push(&item.self_ty, "`#[guarded_handler]` belongs on `impl ServerHandler for ..`")
            .help("on an inherent impl block with tools in it, write `#[guarded_tools]`");
        return None;
    }
    for attr in &handler.unguarded {
        let name = attr.path().segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        diagnostics
            .push(attr.path(), format_args!("what `#[{name}]` serves would be open to every caller"))
            .help("remove it: `#[guarded_handler]` writes these methods, with their guard");
    }
    for attr in &handler.later {
        let name = types::printed(attr.path());
        diagnostics
            .push(
                attr.path(),
                format_args!("what `#[{name}]` makes of this block cannot be seen, and so not be guarded"),
            )
            .help("write it above `#[guarded_handler]`, or remove it");
    }
    let mut methods = Vec::new();
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
                    .push(at, "what a macro writes here would be open to every caller: its guard cannot be seen")
                    .help("write the methods, or let the macro write the whole impl block");
                continue;
            }
        };
        let guards: Vec<&GuardAttr> =
            handler.guards.iter().filter(|(at, _)| *at == index).map(|(_, attr)| attr).collect();
        match one(index, function, &guards, diagnostics) {
            Ok(method) => methods.extend(method),
            Err(Reported) => complete = false,
        }
    }
    diagnostics.leave();
    let written = item
        .items
        .iter()
        .filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function.sig.ident.unraw().to_string()),
            _ => None,
        })
        .collect();
    complete.then_some(ByHand { methods, written })
}

/// Whether it is one of those.
pub(crate) fn is_handler(item: &ItemImpl) -> bool {
    let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
    of.is_some_and(|last| last.ident == "ServerHandler")
}

/// Whether `item` is a method that `ServerHandler` cannot have, as far as is known.
pub(crate) fn is_unknown(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Fn(function) if role(&function.sig.ident.unraw().to_string()).is_none())
}

/// What is wrong is among the diagnostics.
struct Reported;

fn one<'a>(
    index: usize,
    function: &'a ImplItemFn,
    guards: &[&'a GuardAttr],
    diagnostics: &mut Diagnostics,
) -> Result<Option<Method<'a>>, Reported> {
    let name = &function.sig.ident;
    for attr in guards.iter().skip(1) {
        diagnostics
            .push(&attr.path, format_args!("`{name}` is guarded twice"))
            .help("keep one `#[guarded(..)]` and list every scope in `scopes = [..]`");
    }
    let unraw = name.unraw().to_string();
    let Some(role) = role(&unraw) else {
        let wrong = diagnostics
            .push(name, format_args!("`{name}` is no method of `ServerHandler` whose callers could be guarded"));
        match nearest_method(&unraw) {
            Some(meant) => wrong.help(format_args!("did you mean `{meant}`?")),
            None => wrong.help("what else the server does belongs into an impl block of its own"),
        };
        return Err(Reported);
    };
    let (message, help) = match role {
        Role::Answers(method, about) => {
            if function.sig.asyncness.is_none() {
                diagnostics
                    .push(
                        &function.sig.fn_token,
                        format_args!("`{name}` must be an `async fn`: its guard decides before it runs"),
                    )
                    .help(format_args!("write `async fn {name}`"));
            }
            // One without any is treated like an empty one.
            let Some(attr) = guards.first() else {
                diagnostics
                    .push(name, format_args!("nobody is allowed to call `{name}` yet"))
                    .help("name the scope it needs, `#[guarded(scope = \"..\")]`, or let in every authenticated caller, `#[guarded(authenticated)]`");
                return Err(Reported);
            };
            repeated_keys(&attr.args, diagnostics, |key| {
                matches!(key, "scope" | "scopes").then(|| requirement::merged(attr))
            });
            let requirement = requirement::check(attr, name, diagnostics).ok_or(Reported)?;
            let cfgs = function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
            return Ok(Some(Method { index, method, about, cfgs, requirement }));
        }
        Role::Open => match guards.first() {
            None => return Ok(None),
            Some(attr) => {
                diagnostics
                    .push(&attr.path, format_args!("`{name}` answers no request that could be guarded"))
                    .help("remove the attribute");
                return Err(Reported);
            }
        },
        Role::Guards => (
            format!("`{name}` is written by `#[guarded_handler]`, with the guard of every tool"),
            "remove it, and put the tools into an impl block with `#[guarded_tools]`",
        ),
        Role::Custom => (
            format!("`{name}` is for methods that MCP does not know, and whose requirement nobody knows"),
            "make a tool of each",
        ),
    };
    diagnostics.push(name, message).help(help);
    Err(Reported)
}
