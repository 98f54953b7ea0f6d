//! What a message needs of its caller.

use std::fmt;

use rmcp::model::CompleteRequestParams;
use rmcp::model::SubscriptionFilter;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::message::Message;
use crate::operation::Arguments;
use crate::operation::Entry;
use crate::operation::Needs;
use crate::operation::Operations;
use crate::operation::referred;
use crate::policy::Requirement;

/// Finds out what messages to one server need.
#[derive(Clone, Copy)]
pub(crate) struct Guards {
    operations: &'static dyn Operations,
    /// Whether the application computes scopes from arguments.
    computes: bool,
}

/// How many resources one subscription may be about. Each is looked up, and its scopes are in the challenge.
const MAX_SUBSCRIPTIONS: usize = 100;

/// The notifications of MCP that clients send.
const NOTIFICATIONS: &[&str] = &[
    "notifications/cancelled",
    "notifications/initialized",
    "notifications/progress",
    "notifications/roots/list_changed",
];

/// What guards a message.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Guard<'o> {
    Requires(Needs<'o>),
    /// A call of a tool that does not exist. rmcp never sees it: what is not in the table has no requirement.
    UnknownTool,
    /// A request that does not say which tool, prompt, resource or task it is about.
    NoSubject,
    /// A subscription to more resources than anybody may ask for at once.
    TooMany,
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
        Self { operations, computes: true }
    }

    /// The same for callers of whom nothing is known: nothing of the application runs for them.
    pub(super) const fn for_strangers(self) -> Self {
        Self { operations: self.operations, computes: false }
    }

    /// What guards the message in `body`.
    pub(super) fn guard(&self, message: &Message<'_>, body: &[u8]) -> Guard<'static> {
        match message {
            Message::Request { method, params, .. } => match params.subject(method) {
                Some(None) => Guard::NoSubject,
                Some(Some(subject)) => self.about(method, subject, body),
                None => self.by_method(method, body),
            },
            Message::Notification { method } if NOTIFICATIONS.contains(&method.as_ref()) => {
                Guard::Requires(Needs::new(&Requirement::Public))
            }
            Message::Response => Guard::Requires(Needs::new(&Requirement::Public)),
            Message::Notification { .. } => Guard::UnknownMethod,
        }
    }

    /// A request about the tool, the prompt, the resource or the task `subject`.
    fn about(&self, method: &str, subject: &str, body: &[u8]) -> Guard<'static> {
        let Self { operations, .. } = self;
        match method {
            "tools/call" => match operations.tool(subject) {
                Some(entry) => self.with_arguments(entry, body),
                None => Guard::UnknownTool,
            },
            // Written by hand, so what the server's author says of the method is what counts.
            "prompts/get" | "resources/read" if operations.method(method).is_some() => self.by_method(method, body),
            "prompts/get" => match operations.prompt(subject) {
                Some(entry) => self.with_arguments(entry, body),
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
        let Self { operations, .. } = self;
        match method {
            "completion/complete" => {
                let Some(params) = params::<CompleteRequestParams>(body) else { return Guard::NoSubject };
                let Some(about) = referred(*operations, &params) else { return Guard::NoSubject };
                Guard::Requires(self.method(method).and(about.map(|(entry, given)| self.needs(entry, given.as_ref()))))
            }
            "subscriptions/listen" => {
                let Some(Listen { notifications }) = params(body) else { return Guard::NoSubject };
                let uris = notifications.resource_subscriptions.unwrap_or_default();
                if uris.len() > MAX_SUBSCRIPTIONS {
                    return Guard::TooMany;
                }
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
        let Self { operations, .. } = self;
        match operations.method(method) {
            Some(entry) => Needs::of(entry, None),
            None => Needs::new(&Requirement::Authenticated),
        }
    }

    fn resource(&self, uri: &str) -> Option<Needs<'static>> {
        let Self { operations, .. } = self;
        operations.resource(uri).map(|(entry, variables)| self.needs(entry, Some(&variables)))
    }

    fn needs(&self, entry: &'static Entry, arguments: Option<&Arguments>) -> Needs<'static> {
        Needs::of(entry, arguments.filter(|_| self.computes))
    }

    /// What a tool or a prompt needs with the arguments in `body`, which are read only where they matter.
    fn with_arguments(&self, entry: &'static Entry, body: &[u8]) -> Guard<'static> {
        if !entry.depends_on_arguments() {
            return Guard::Requires(Needs::of(entry, None));
        }
        match params(body) {
            Some(Called { arguments }) => Guard::Requires(self.needs(entry, Some(&arguments.unwrap_or_default()))),
            None => Guard::NoSubject,
        }
    }
}

impl fmt::Debug for Guards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guards")
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
    use std::sync::LazyLock;

    use serde_json::json;

    use super::*;
    use crate::operation::Operation;
    use crate::operation::Problem;
    use crate::operation::ScopesFor;
    use crate::scope::Scope;
    use crate::scope::ScopeSet;
    use crate::scope::Vocabulary;

    /// A server with one of each kind. Arguments and variables named `scope` are scopes that are needed, too.
    struct Fake {
        write: Arc<Entry>,
        open: Arc<Entry>,
        by_arguments: Arc<Entry>,
        by_hand: Arc<Entry>,
    }

    static FAKE: LazyLock<Fake> = LazyLock::new(|| {
        let entry = |requirement| Arc::new(Entry::new(requirement, None));
        let compute = ScopesFor::new(|arguments| match arguments.get("scope") {
            Some(scope) => Ok(scope.as_str().unwrap_or_default().parse().unwrap_or_default()),
            None => Err(rmcp::ErrorData::invalid_params("no scope", None)),
        });
        Fake {
            write: entry(Requirement::scope(Scope::from_static("write"))),
            open: entry(Requirement::Public),
            by_arguments: Arc::new(Entry::new(Requirement::Authenticated, Some(compute))),
            by_hand: entry(Requirement::scope(Scope::from_static("hand"))),
        }
    });

    impl Operations for Fake {
        fn tool(&self, name: &str) -> Option<&Arc<Entry>> {
            match name {
                "add" => Some(&self.write),
                "open" => Some(&self.open),
                "some" => Some(&self.by_arguments),
                _ => None,
            }
        }

        fn prompt(&self, name: &str) -> Option<&Arc<Entry>> {
            self.tool(name)
        }

        fn resource(&self, uri: &str) -> Option<(&Arc<Entry>, Arguments)> {
            let variables = |scope: &str| json!({ "scope": scope }).as_object().cloned().unwrap_or_default();
            match uri.strip_prefix("test://")? {
                "add" => Some((&self.write, Arguments::new())),
                scope => Some((&self.by_arguments, variables(scope))),
            }
        }

        fn template(&self, template: &str) -> Option<&Arc<Entry>> {
            (template == "test://{scope}").then_some(&self.write)
        }

        fn method(&self, method: &str) -> Option<&Arc<Entry>> {
            matches!(method, "logging/setLevel" | "completion/complete").then_some(&self.by_hand)
        }

        fn entries(&self) -> Box<dyn Iterator<Item = (Operation<'_>, &Entry)> + '_> {
            Box::new(std::iter::empty())
        }

        fn problems(&self) -> Box<dyn Iterator<Item = &Problem> + '_> {
            Box::new(std::iter::empty())
        }

        fn vocabulary(&self) -> Option<&Vocabulary> {
            None
        }
    }

    /// What a message needs, as a challenge names it; `-`: nothing but a token, `public`: not even that.
    fn needs(message: &str) -> String {
        let body = format!("{{\"jsonrpc\":\"2.0\",{message}}}");
        let guard = Guards::new(&*FAKE).guard(&Message::parse(body.as_bytes()).unwrap(), body.as_bytes());
        let Guard::Requires(needs) = guard else { return format!("{guard:?}") };
        let mut scopes = ScopeSet::new();
        let mut public = true;
        for (requirement, further) in needs.iter() {
            public &= *requirement == Requirement::Public;
            if let Requirement::All(all) = requirement {
                scopes = scopes.union(all);
            }
            scopes = scopes.union(further);
        }
        match (public, scopes.is_empty()) {
            (true, true) => "public".to_owned(),
            (false, true) => "-".to_owned(),
            _ => scopes.to_string(),
        }
    }

    #[test]
    fn every_method_has_a_guard() {
        for (message, guard) in [
            (r#""id":1,"method":"tools/call","params":{"name":"add"}"#, "write"),
            (r#""id":1,"method":"tools/call","params":{"name":"open"}"#, "public"),
            (r#""id":1,"method":"tools/call","params":{"name":"ADD"}"#, "UnknownTool"),
            (r#""id":1,"method":"tools/call","params":{"name":""}"#, "UnknownTool"),
            (r#""id":1,"method":"tools/call""#, "NoSubject"),
            (r#""id":1,"method":"tools/call","params":{"name":7}"#, "NoSubject"),
            (r#""id":1,"method":"resources/read","params":{"name":"add"}"#, "NoSubject"),
            (r#""id":1,"method":"tools/list""#, "public"),
            (r#""id":1,"method":"initialize""#, "public"),
            (r#""id":1,"method":"prompts/list""#, "public"),
            (r#""id":1,"method":"resources/list""#, "public"),
            (r#""id":1,"method":"resources/templates/list""#, "public"),
            (r#""id":1,"method":"prompts/get","params":{"name":"add"}"#, "write"),
            (r#""id":1,"method":"prompts/get","params":{"name":"other"}"#, "-"),
            (r#""id":1,"method":"resources/read","params":{"uri":"test://add"}"#, "write"),
            (r#""id":1,"method":"resources/read","params":{"uri":"test://x"}"#, "x"),
            (r#""id":1,"method":"resources/read","params":{"uri":"x"}"#, "-"),
            (r#""id":1,"method":"resources/subscribe","params":{"uri":"test://add"}"#, "write"),
            (r#""id":1,"method":"resources/unsubscribe","params":{"uri":"test://x"}"#, "x"),
            (r#""id":1,"method":"logging/setLevel","params":{"level":"info"}"#, "hand"),
            (r#""id":1,"method":"tasks/get","params":{"taskId":"1"}"#, "-"),
            (r#""id":1,"method":"tasks/list","params":{}"#, "UnknownMethod"),
            (r#""id":1,"method":"admin/everything""#, "UnknownMethod"),
            (r#""id":1,"method":"Tools/call","params":{"name":"add"}"#, "UnknownMethod"),
            (r#""id":1,"method":"notifications/initialized""#, "UnknownMethod"),
            (r#""method":"notifications/initialized""#, "public"),
            (r#""method":"tools/call","params":{"name":"open"}"#, "UnknownMethod"),
            (r#""method":"notifications/delete_all""#, "UnknownMethod"),
            (r#""id":1,"result":{}"#, "public"),
        ] {
            assert_eq!(needs(message), guard, "{message}");
        }
    }

    #[test]
    fn nothing_of_the_application_runs_for_strangers() {
        for (message, guard) in [
            (
                r#""id":1,"method":"tools/call","params":{"name":"some","arguments":{"scope":"a"}}"#,
                Requirement::Authenticated,
            ),
            (r#""id":1,"method":"resources/read","params":{"uri":"test://x"}"#, Requirement::Authenticated),
            (
                r#""id":1,"method":"tools/call","params":{"name":"add"}"#,
                Requirement::scope(Scope::from_static("write")),
            ),
        ] {
            let body = format!("{{\"jsonrpc\":\"2.0\",{message}}}");
            let message = Message::parse(body.as_bytes()).unwrap();
            let found = Guards::new(&*FAKE).for_strangers().guard(&message, body.as_bytes());
            let Guard::Requires(needs) = found else { panic!("{found:?}") };
            assert!(needs.iter().eq([(&guard, &ScopeSet::new())]), "{body}");
        }
    }

    #[test]
    fn a_subscription_has_an_end() {
        for (uris, guard) in [(100, "-"), (101, "TooMany")] {
            let uris = vec![r#""other""#; uris].join(",");
            let message = format!(
                r#""id":1,"method":"subscriptions/listen","params":{{"notifications":{{"resourceSubscriptions":[{uris}]}}}}"#
            );
            assert_eq!(needs(&message), guard);
        }
    }

    #[test]
    fn arguments_are_read_as_rmcp_reads_them() {
        for (params, guard) in [
            (r#"{"name":"some","arguments":{"scope":"a"}}"#, "a"),
            (r#"{"arguments":{"scope":"a b"},"name":"some"}"#, "a b"),
            (r#"{"name":"some","\u0061rguments":{"sc\u006fpe":"\u0061"}}"#, "a"),
            (r#"{"name":"some","arguments":{"scope":"a","scope":"b"}}"#, "b"),
            (r#"{"name":"some","Arguments":{"scope":"a"}}"#, "-"),
            (r#"{"name":"some","arguments":null}"#, "-"),
            (r#"{"name":"some"}"#, "-"),
            (r#"{"name":"some","arguments":["a"]}"#, "NoSubject"),
            (r#"{"name":"add","arguments":{"scope":"a"}}"#, "write"),
        ] {
            for method in ["tools/call", "prompts/get"] {
                let message = format!(r#""id":1,"method":"{method}","params":{params}"#);
                assert_eq!(needs(&message), guard, "{message}");
            }
        }
    }

    #[test]
    fn a_request_about_several_things_needs_all_that_they_need() {
        for (message, guard) in [
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"add"},"argument":{"name":"a","value":""}}"#,
                "hand write",
            ),
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"test://{scope}"},"argument":{"name":"a","value":""}}"#,
                "hand write",
            ),
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"other"},"argument":{"name":"a","value":""}}"#,
                "NoSubject",
            ),
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"other"},"argument":{"name":"a","value":""}}"#,
                "NoSubject",
            ),
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"test://add"},"argument":{"name":"a","value":""}}"#,
                "hand write",
            ),
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"some"},"argument":{"name":"scope","value":"x"}}"#,
                "hand x",
            ),
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"some"},"argument":{"name":"a","value":""},"context":{"arguments":{"scope":"y"}}}"#,
                "hand y",
            ),
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/other"},"argument":{"name":"a","value":""}}"#,
                "NoSubject",
            ),
            (r#""method":"completion/complete","params":{}"#, "NoSubject"),
            (r#""method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true}}"#, "-"),
            (
                r#""method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["test://add","test://x","other"]}}"#,
                "write x",
            ),
            (r#""method":"subscriptions/listen","params":{}"#, "NoSubject"),
        ] {
            assert_eq!(needs(&format!("\"id\":1,{message}")), guard, "{message}");
        }
    }
}
