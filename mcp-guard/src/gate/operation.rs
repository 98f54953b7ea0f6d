//! Which requirement guards which operation.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::message::Message;
use crate::requirement::Requirement;

/// The requirement of every operation of a server.
#[derive(Debug)]
pub(super) struct Operations {
    tools: BTreeMap<Cow<'static, str>, Arc<Requirement>>,
}

/// What guards a message.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Guard<'o> {
    Requires(&'o Requirement),
    /// A call of a tool that does not exist. rmcp never sees it: what is not in the table has no requirement.
    UnknownTool,
    /// A request that does not say which tool, prompt, resource or task it is about.
    NoSubject,
    /// A method that nobody knows. It is refused, once it is clear that the caller may know so much.
    UnknownMethod,
}

/// Requests that every caller who may connect at all may send: they show nothing but the server and its tools. Open to anonymous callers
/// where the server allows them, since they could not reach its public tools otherwise.
const HANDSHAKE: &[&str] = &["initialize", "ping", "server/discover", "tools/list"];

/// Requests that rmcp knows and that need the baseline. A server of guarded tools answers them with "method not found".
const KNOWN: &[&str] = &[
    "completion/complete",
    "logging/setLevel",
    "prompts/get",
    "prompts/list",
    "resources/directory/read",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "skills/get",
    "skills/list",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/update",
];

impl Operations {
    pub(super) const fn new(tools: BTreeMap<Cow<'static, str>, Arc<Requirement>>) -> Self {
        Self { tools }
    }

    pub(super) fn guard(&self, message: &Message<'_>) -> Guard<'_> {
        match message {
            Message::Request { method, params, .. } if params.subject(method) == Some(None) => Guard::NoSubject,
            Message::Request { method, params, .. } if method == "tools/call" => params
                .subject(method)
                .flatten()
                .and_then(|name| self.tools.get(name.as_ref()))
                .map_or(Guard::UnknownTool, |requirement| Guard::Requires(requirement)),
            Message::Request { method, .. } if HANDSHAKE.contains(&method.as_ref()) => {
                Guard::Requires(&Requirement::Public)
            }
            Message::Request { method, .. } if KNOWN.contains(&method.as_ref()) => {
                Guard::Requires(&Requirement::Authenticated)
            }
            Message::Notification { method } if method.starts_with("notifications/") => {
                Guard::Requires(&Requirement::Public)
            }
            Message::Response => Guard::Requires(&Requirement::Public),
            Message::Request { .. } | Message::Notification { .. } => Guard::UnknownMethod,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Scope;

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
