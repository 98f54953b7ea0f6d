//! The methods of `ServerHandler`, and how `#[guarded_handler]` treats each.

use super::key::nearest_name;

/// The object that a request names in addition to its method, which may have a requirement of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject {
    Nothing,
    /// The resource of a URI.
    Resource,
    /// The prompt or the resource that a completion is for.
    Completion,
    /// A task. The id of the request becomes the id that the application gave to it.
    Task,
    /// A prompt. The state of the request becomes the one that the application returned.
    Prompt,
    /// The contents of a resource, with a state as for a prompt.
    Contents,
    /// The resources of a subscription. The `RequestContext` is inside the context of the subscription.
    Subscriptions,
}

/// How `#[guarded_handler]` treats a method of `ServerHandler`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// It handles requests of this MCP method, and needs a requirement.
    Request(&'static str, Subject),
    /// It does not reveal anything that needs a requirement.
    Open,
    /// `#[guarded_handler]` generates it.
    Generated,
    /// It handles messages that are not part of MCP.
    Custom,
}

/// The methods of `ServerHandler`. `#[guarded_handler]` rejects any other, which a newer rmcp may add, because its
/// callers could not be authorized.
const METHODS: &[(&str, Role)] = &[
    ("complete", Role::Request("completion/complete", Subject::Completion)),
    ("set_level", Role::Request("logging/setLevel", Subject::Nothing)),
    ("get_prompt", Role::Request("prompts/get", Subject::Prompt)),
    ("list_prompts", Role::Request("prompts/list", Subject::Nothing)),
    ("read_resource", Role::Request("resources/read", Subject::Contents)),
    ("list_resources", Role::Request("resources/list", Subject::Nothing)),
    ("list_resource_templates", Role::Request("resources/templates/list", Subject::Nothing)),
    ("subscribe", Role::Request("resources/subscribe", Subject::Resource)),
    ("unsubscribe", Role::Request("resources/unsubscribe", Subject::Resource)),
    ("get_task", Role::Request("tasks/get", Subject::Task)),
    ("update_task", Role::Request("tasks/update", Subject::Task)),
    ("cancel_task", Role::Request("tasks/cancel", Subject::Task)),
    ("list_skills", Role::Request("skills/list", Subject::Nothing)),
    ("get_skill", Role::Request("skills/get", Subject::Nothing)),
    ("read_resource_directory", Role::Request("resources/directory/read", Subject::Nothing)),
    ("call_tool", Role::Generated),
    ("list_tools", Role::Generated),
    ("get_tool", Role::Generated),
    ("listen", Role::Request("subscriptions/listen", Subject::Subscriptions)),
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

/// Returns the role of a known method.
pub(crate) fn role(method: &str) -> Option<Role> {
    METHODS.iter().find(|(known, _)| *known == method).map(|(_, role)| *role)
}

/// Returns the method most similar to `typo`, if one is close enough.
pub(crate) fn nearest_method(typo: &str) -> Option<&'static str> {
    nearest_name(typo, METHODS.iter().map(|(known, _)| *known))
}
