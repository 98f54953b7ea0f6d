//! What a message needs of its caller.

use std::fmt;

use rmcp::model::CompleteRequestParams;
use rmcp::model::Reference;
use rmcp::model::SubscriptionFilter;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::message::Message;
use crate::operation::Arguments;
use crate::operation::Entry;
use crate::operation::Needs;
use crate::operation::Operations;
use crate::requirement::Requirement;

/// Finds out what messages to one server need.
#[derive(Clone, Copy)]
pub(crate) struct Guards(&'static dyn Operations);

/// What guards a message.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Guard<'o> {
    Requires(Needs<'o>),
    /// A call of a tool that does not exist. rmcp never sees it: what is not in the table has no requirement.
    UnknownTool,
    /// A request that does not say which tool, prompt, resource or task it is about.
    NoSubject,
    /// A method that nobody knows. It is refused, once it is clear that the caller may know so much.
    UnknownMethod,
}

/// Requests that every caller who may connect at all may send: they show nothing but the server and what it offers. Open to anonymous callers
/// where the server allows them, since they could not reach its public operations otherwise.
const HANDSHAKE: &[&str] = &[
    "initialize",
    "ping",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "server/discover",
    "tools/list",
];

/// Requests that rmcp knows and that need the baseline, and what they are about.
const KNOWN: &[&str] = &[
    "completion/complete",
    "logging/setLevel",
    "prompts/get",
    "resources/directory/read",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "skills/get",
    "skills/list",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/update",
];

impl Guards {
    pub(crate) const fn new(operations: &'static dyn Operations) -> Self {
        Self(operations)
    }

    /// What guards the message in `body`.
    pub(super) fn guard(&self, message: &Message<'_>, body: &[u8]) -> Guard<'static> {
        match message {
            Message::Request { method, params, .. } => match params.subject(method) {
                Some(None) => Guard::NoSubject,
                Some(Some(subject)) => self.about(method, subject, body),
                None => self.by_method(method, body),
            },
            Message::Notification { method } if method.starts_with("notifications/") => {
                Guard::Requires(Needs::new(&Requirement::Public))
            }
            Message::Response => Guard::Requires(Needs::new(&Requirement::Public)),
            Message::Notification { .. } => Guard::UnknownMethod,
        }
    }

    /// A request about the tool, the prompt, the resource or the task `subject`.
    fn about(&self, method: &str, subject: &str, body: &[u8]) -> Guard<'static> {
        let Self(operations) = self;
        match method {
            "tools/call" => match operations.tool(subject) {
                Some(entry) => with_arguments(entry, body),
                None => Guard::UnknownTool,
            },
            // Written by hand, so what the server's author says of the method is what counts.
            "prompts/get" | "resources/read" if operations.method(method).is_some() => self.by_method(method, body),
            "prompts/get" => match operations.prompt(subject) {
                Some(entry) => with_arguments(entry, body),
                None => self.by_method(method, body),
            },
            "resources/read" => match self.resource(subject) {
                Some(needs) => Guard::Requires(needs),
                None => self.by_method(method, body),
            },
            // Whoever may not read a resource is not told when it changes.
            "resources/subscribe" | "resources/unsubscribe" => {
                Guard::Requires(self.method(method).and(self.resource(subject)))
            }
            _ => self.by_method(method, body),
        }
    }

    fn by_method(&self, method: &str, body: &[u8]) -> Guard<'static> {
        let Self(operations) = self;
        match method {
            "completion/complete" => {
                let Some(params) = params::<CompleteRequestParams>(body) else { return Guard::NoSubject };
                let about = match &params.r#ref {
                    Reference::Prompt(prompt) => operations.prompt(&prompt.name),
                    Reference::Resource(template) => operations.template(&template.uri),
                    _ => return Guard::NoSubject,
                };
                Guard::Requires(self.method(method).and(about.map(|entry| Needs::of(entry, None))))
            }
            "subscriptions/listen" => {
                let Some(Listen { notifications }) = params(body) else { return Guard::NoSubject };
                let uris = notifications.resource_subscriptions.unwrap_or_default();
                let needs = uris.iter().fold(self.method(method), |needs, uri| needs.and(self.resource(uri)));
                Guard::Requires(needs)
            }
            _ if HANDSHAKE.contains(&method) && operations.method(method).is_none() => {
                Guard::Requires(Needs::new(&Requirement::Public))
            }
            _ if HANDSHAKE.contains(&method) || KNOWN.contains(&method) => Guard::Requires(self.method(method)),
            _ => Guard::UnknownMethod,
        }
    }

    /// What the server's author says of a method, else the baseline.
    fn method(&self, method: &str) -> Needs<'static> {
        let Self(operations) = self;
        match operations.method(method) {
            Some(entry) => Needs::of(entry, None),
            None => Needs::new(&Requirement::Authenticated),
        }
    }

    fn resource(&self, uri: &str) -> Option<Needs<'static>> {
        let Self(operations) = self;
        operations.resource(uri).map(|(entry, variables)| Needs::of(entry, Some(&variables)))
    }
}

impl fmt::Debug for Guards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guards")
    }
}

/// What a tool or a prompt needs with the arguments in `body`, which are read only where they matter.
fn with_arguments(entry: &'static Entry, body: &[u8]) -> Guard<'static> {
    if !entry.depends_on_arguments() {
        return Guard::Requires(Needs::of(entry, None));
    }
    match params(body) {
        Some(Called { arguments }) => Guard::Requires(Needs::of(entry, Some(&arguments.unwrap_or_default()))),
        None => Guard::NoSubject,
    }
}

/// The params of `tools/call` and `prompts/get`, as rmcp reads them.
#[derive(Deserialize)]
struct Called {
    arguments: Option<Arguments>,
}

/// The params of `subscriptions/listen`, as rmcp reads them.
#[derive(Deserialize)]
struct Listen {
    notifications: SubscriptionFilter,
}

/// The params of a message that is known to be safe to parse.
fn params<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    #[derive(Deserialize)]
    struct Envelope<T> {
        params: T,
    }

    serde_json::from_slice::<Envelope<T>>(body).ok().map(|Envelope { params }| params)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::operation::ScopesFor;
    use crate::scope::Scope;
    use crate::scope::ScopeSet;

    #[test]
    fn every_method_has_a_guard() {
        let write = Requirement::scope(Scope::from_static("write"));
        let tools = [(Cow::Borrowed("add"), Arc::new(write.clone())), ("open".into(), Arc::new(Requirement::Public))];
        let operations = Operations::new(tools.into_iter().collect());
        for (message, guard) in [
            (r#""id":1,"method":"tools/call","params":{"name":"add"}"#, Guard::Requires(&write)),
            (r#""id":1,"method":"tools/call","params":{"name":"open"}"#, Guard::Requires(&Requirement::Public)),
            (r#""id":1,"method":"tools/call","params":{"name":"ADD"}"#, Guard::UnknownTool),
            (r#""id":1,"method":"tools/call","params":{"name":""}"#, Guard::UnknownTool),
            (r#""id":1,"method":"tools/call""#, Guard::NoSubject),
            (r#""id":1,"method":"tools/call","params":{"name":7}"#, Guard::NoSubject),
            (r#""id":1,"method":"resources/read","params":{"name":"add"}"#, Guard::NoSubject),
            (r#""id":1,"method":"tools/list""#, Guard::Requires(&Requirement::Public)),
            (r#""id":1,"method":"initialize""#, Guard::Requires(&Requirement::Public)),
            (r#""id":1,"method":"resources/read","params":{"uri":"x"}"#, Guard::Requires(&Requirement::Authenticated)),
            (r#""id":1,"method":"tasks/list","params":{}"#, Guard::UnknownMethod),
            (r#""id":1,"method":"prompts/list""#, Guard::Requires(&Requirement::Authenticated)),
            (r#""id":1,"method":"admin/everything""#, Guard::UnknownMethod),
            (r#""id":1,"method":"Tools/call","params":{"name":"add"}"#, Guard::UnknownMethod),
            (r#""id":1,"method":"notifications/initialized""#, Guard::UnknownMethod),
            (r#""method":"notifications/initialized""#, Guard::Requires(&Requirement::Public)),
            (r#""method":"tools/call","params":{"name":"open"}"#, Guard::UnknownMethod),
            (r#""id":1,"result":{}"#, Guard::Requires(&Requirement::Public)),
        ] {
            let body = format!("{{\"jsonrpc\":\"2.0\",{message}}}");
            assert_eq!(operations.guard(&Message::parse(body.as_bytes()).unwrap()), guard, "{message}");
        }
    }
}
