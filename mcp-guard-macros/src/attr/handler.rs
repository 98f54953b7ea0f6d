//! An `impl ServerHandler`, and the attributes in it that are ours.

use proc_macro2::TokenStream;
use syn::Attribute;
use syn::ImplItem;
use syn::ItemImpl;
use syn::Path;

use super::GuardAttr;
use super::Keyed;
use super::Kind;
use super::args;
use super::key;
use super::key::Key;
use super::key::nearest_name;
use super::value;
use crate::diag::Diagnostics;

/// What a request to a method is about, besides the method.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    Nothing,
    /// The resource whose URI it names.
    Resource,
    /// The prompt or the resource that it completes for.
    Completion,
    /// The resources that a subscription names; the context is in that of the subscription.
    Subscriptions,
}

/// How the guard sees a method of `ServerHandler`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// It answers requests of this method of MCP, and must say who may make them.
    Answers(&'static str, About),
    /// It shows nothing that a caller could not know: no requirement.
    Open,
    /// The guard writes it.
    Guards,
    /// It is for methods that MCP does not know.
    Custom,
}

/// The methods of `ServerHandler`. A newer rmcp may have more: nobody knows who may call those.
const METHODS: &[(&str, Role)] = &[
    ("complete", Role::Answers("completion/complete", About::Completion)),
    ("set_level", Role::Answers("logging/setLevel", About::Nothing)),
    ("get_prompt", Role::Answers("prompts/get", About::Nothing)),
    ("list_prompts", Role::Answers("prompts/list", About::Nothing)),
    ("read_resource", Role::Answers("resources/read", About::Nothing)),
    ("list_resources", Role::Answers("resources/list", About::Nothing)),
    ("list_resource_templates", Role::Answers("resources/templates/list", About::Nothing)),
    ("subscribe", Role::Answers("resources/subscribe", About::Resource)),
    ("unsubscribe", Role::Answers("resources/unsubscribe", About::Resource)),
    ("get_task", Role::Answers("tasks/get", About::Nothing)),
    ("update_task", Role::Answers("tasks/update", About::Nothing)),
    ("cancel_task", Role::Answers("tasks/cancel", About::Nothing)),
    ("list_skills", Role::Answers("skills/list", About::Nothing)),
    ("get_skill", Role::Answers("skills/get", About::Nothing)),
    ("read_resource_directory", Role::Answers("resources/directory/read", About::Nothing)),
    ("call_tool", Role::Guards),
    ("list_tools", Role::Guards),
    ("get_tool", Role::Guards),
    ("listen", Role::Answers("subscriptions/listen", About::Subscriptions)),
    ("accepted_subscription_filter", Role::Open),
    ("on_custom_request", Role::Custom),
    ("get_info", Role::Open),
    ("supported_protocol_versions", Role::Open),
    ("ping", Role::Open),
    ("initialize", Role::Open),
    ("negotiate_initialize", Role::Open),
    ("discover", Role::Open),
    ("on_cancelled", Role::Open),
    ("on_custom_notification", Role::Custom),
    ("on_initialized", Role::Open),
    ("on_progress", Role::Open),
    ("on_roots_list_changed", Role::Open),
];

/// The role of a method, if it is known.
pub(crate) fn role(method: &str) -> Option<Role> {
    METHODS.iter().find(|(known, _)| *known == method).map(|(_, role)| *role)
}

/// The method that was probably meant.
pub(crate) fn nearest_method(typo: &str) -> Option<&'static str> {
    nearest_name(typo, METHODS.iter().map(|(known, _)| *known))
}

/// An impl block without our attributes, and those attributes.
#[derive(Debug)]
pub(crate) struct Handler {
    pub(crate) item: ItemImpl,
    /// The arguments of `#[guarded_handler(..)]`, of which there is but one. `None` is a value that was malformed and is reported already.
    pub(crate) krate: Vec<Keyed<Option<Path>>>,
    /// `#[guarded(..)]`, with the index of the item.
    pub(crate) guards: Vec<(usize, GuardAttr)>,
    /// rmcp's attributes that would write methods without a guard.
    pub(crate) unguarded: Vec<Attribute>,
    /// Other attributes that would see the block after us, and might change it.
    pub(crate) later: Vec<Attribute>,
}

const KEYS: &[Key] = &[Key { name: "crate", example: "crate = ::mcp_guard" }];
const RMCPS: &[&str] = &["tool_handler", "prompt_handler", "task_handler"];
/// The attributes of the compiler that leave a block what it is.
const HARMLESS: &[&str] = &["allow", "automatically_derived", "cfg", "deny", "doc", "expect", "forbid", "warn"];

impl Handler {
    pub(crate) fn parse(args: TokenStream, mut item: ItemImpl, diagnostics: &mut Diagnostics) -> Self {
        let mut krate = Vec::new();
        for arg in args::parse(args, KEYS, diagnostics).list {
            if arg.key == "crate" {
                let value = value::path(&arg, &KEYS[0], diagnostics);
                krate.push(Keyed { key: arg.key, value });
            } else {
                let wrong = diagnostics.push(
                    &arg.key,
                    format_args!("unknown argument `{}`, expected {}", arg.key, key::listed(KEYS, "or")),
                );
                wrong.help("what the server says of itself belongs into `get_info`");
            }
        }
        let named = |attr: &Attribute, name: &str| attr.path().segments.last().is_some_and(|last| last.ident == name);
        let unguarded = item.attrs.extract_if(.., |attr| RMCPS.iter().any(|name| named(attr, name))).collect();
        let harmless = |attr: &Attribute| {
            HARMLESS.iter().any(|name| attr.path().is_ident(name))
                || attr.path().segments.first().is_some_and(|first| first.ident == "rustfmt" || first.ident == "clippy")
        };
        let later = item.attrs.extract_if(.., |attr| !harmless(attr)).collect();
        let mut guards = Vec::new();
        for (index, item) in item.items.iter_mut().enumerate() {
            let ImplItem::Fn(function) = item else { continue };
            diagnostics.enter(index);
            for attr in function.attrs.extract_if(.., |attr| named(attr, Kind::Method.attribute())) {
                guards.push((index, GuardAttr::parse(&attr, Kind::Method, diagnostics)));
            }
        }
        diagnostics.leave();
        Self { item, krate, guards, unguarded, later }
    }
}
