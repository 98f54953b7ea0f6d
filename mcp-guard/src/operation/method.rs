//! The MCP methods that clients send, in one table.

/// A method that clients send, with its rules.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) access: Access,
    pub(crate) subject: Subject,
    /// Whether 2026-07-28 removed the method (MCP, "Key Changes"). rmcp does not reject every form of such a request.
    pub(crate) is_removed: bool,
}

/// The requirement of a method that the server does not guard itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    /// The requirement of the called tool.
    Tool,
    /// No requirement: it returns only the server's description and lists. Anonymous callers need it to reach public
    /// operations, if the server allows these callers.
    Handshake,
    /// The baseline.
    Baseline,
    /// No requirement: it is a notification.
    Notification,
}

/// The member of `params` that names the subject of a request. The `Mcp-Name` header repeats it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Subject {
    None,
    Name,
    Uri,
    TaskId,
}

const fn row(name: &'static str, access: Access, subject: Subject) -> Method {
    Method { name, access, subject, is_removed: false }
}

const fn removed(name: &'static str, subject: Subject) -> Method {
    Method { name, access: Access::Baseline, subject, is_removed: true }
}

const METHODS: &[Method] = &[
    row("tools/call", Access::Tool, Subject::Name),
    row("tools/list", Access::Handshake, Subject::None),
    row("prompts/get", Access::Baseline, Subject::Name),
    row("prompts/list", Access::Handshake, Subject::None),
    row("resources/read", Access::Baseline, Subject::Uri),
    row("resources/list", Access::Handshake, Subject::None),
    row("resources/templates/list", Access::Handshake, Subject::None),
    row("resources/directory/read", Access::Baseline, Subject::None),
    row("initialize", Access::Handshake, Subject::None),
    row("ping", Access::Handshake, Subject::None),
    row("server/discover", Access::Handshake, Subject::None),
    row("completion/complete", Access::Baseline, Subject::None),
    row("subscriptions/listen", Access::Baseline, Subject::None),
    row("skills/get", Access::Baseline, Subject::None),
    row("skills/list", Access::Baseline, Subject::None),
    row("tasks/cancel", Access::Baseline, Subject::TaskId),
    row("tasks/get", Access::Baseline, Subject::TaskId),
    row("tasks/update", Access::Baseline, Subject::TaskId),
    removed("logging/setLevel", Subject::None),
    removed("resources/subscribe", Subject::Uri),
    removed("resources/unsubscribe", Subject::Uri),
    row("notifications/cancelled", Access::Notification, Subject::None),
    row("notifications/initialized", Access::Notification, Subject::None),
    row("notifications/progress", Access::Notification, Subject::None),
    row("notifications/roots/list_changed", Access::Notification, Subject::None),
];

impl Method {
    /// Returns the method of a request.
    pub(crate) fn of_request(name: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| method.name == name && method.access != Access::Notification)
    }

    /// Returns whether a request also requires what its subjects require: the prompt or resource of a completion, and the
    /// resources of a subscription.
    pub(crate) fn has_requirements_of_subjects(&self) -> bool {
        matches!(
            self.name,
            "completion/complete" | "subscriptions/listen" | "resources/subscribe" | "resources/unsubscribe"
        )
    }

    /// Returns whether clients send this notification.
    pub(crate) fn is_notification(name: &str) -> bool {
        METHODS.iter().any(|method| method.name == name && method.access == Access::Notification)
    }
}

#[cfg(test)]
mod tests;
