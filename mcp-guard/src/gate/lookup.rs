//! Looks up the requirement of a message.

use rmcp::model::{CompleteRequestParams, SubscriptionFilter};
use serde::Deserialize;

use super::message::{Message, Params};
use crate::operation::{Access, Arguments, Entry, Method, Needs, Operations, completion_subject};
use crate::policy::Requirement;

/// The largest number of resources in one subscription. Each is looked up, and the challenge names its scopes.
const MAX_SUBSCRIPTIONS: usize = 100;

/// Looks up the requirements of messages to one server.
#[derive(Clone, Copy)]
pub(crate) struct Lookup {
    operations: &'static dyn Operations,
    /// Whether the application may compute scopes from arguments.
    computes_scopes: bool,
}

/// The reason why a message has no requirement. The message is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LookupError {
    /// The tool does not exist. rmcp does not receive the call, because an operation outside of the table has no
    /// requirement.
    UnknownTool,
    /// The request does not name its tool, prompt, resource or task.
    MissingSubject,
    /// The subscription contains too many resources.
    TooManyResources,
    /// MCP does not define the method or the notification.
    UnknownMethod,
}

impl Lookup {
    pub(crate) const fn new(operations: &'static dyn Operations) -> Self {
        Self { operations, computes_scopes: true }
    }

    /// Returns a lookup for unauthenticated requests. It runs no code of the application.
    pub(super) const fn for_unauthenticated(self) -> Self {
        Self { operations: self.operations, computes_scopes: false }
    }

    /// Returns the requirements of a message.
    ///
    /// # Errors
    ///
    /// The message has no requirement.
    pub(super) fn needs(&self, message: &Message<'_>) -> Result<Needs<'static>, LookupError> {
        match message {
            Message::Request { method, params, .. } => {
                let method = Method::of_request(method).ok_or(LookupError::UnknownMethod)?;
                match params.subject(method.name) {
                    Some(None) => Err(LookupError::MissingSubject),
                    Some(Some(subject)) => self.needs_of_subject(method, subject, params),
                    None => self.needs_of_method(method, params),
                }
            }
            Message::Notification { method } if !Method::is_notification(method) => Err(LookupError::UnknownMethod),
            Message::Notification { .. } | Message::Response => Ok(Needs::new(&Requirement::Public)),
        }
    }

    fn needs_of_subject(
        &self,
        method: &Method,
        subject: &str,
        params: &Params<'_>,
    ) -> Result<Needs<'static>, LookupError> {
        let Self { operations, .. } = self;
        match method.name {
            "tools/call" => {
                let entry = operations.tool(subject).ok_or(LookupError::UnknownTool)?;
                self.needs_with_arguments(entry, params)
            }
            // The server implements the method itself, with a declared requirement.
            "prompts/get" | "resources/read" if operations.method(method.name).is_some() => {
                self.needs_of_method(method, params)
            }
            "prompts/get" => match operations.prompt(subject) {
                Some(entry) => self.needs_with_arguments(entry, params),
                None => self.needs_of_method(method, params),
            },
            "resources/read" => match self.needs_of_resource(subject) {
                Some(needs) => Ok(needs),
                None => self.needs_of_method(method, params),
            },
            // Subscribing to a resource requires the same as reading it.
            "resources/subscribe" | "resources/unsubscribe" => {
                Ok(self.declared(method).and(self.needs_of_resource(subject)))
            }
            _ => self.needs_of_method(method, params),
        }
    }

    fn needs_of_method(&self, method: &Method, params: &Params<'_>) -> Result<Needs<'static>, LookupError> {
        let Self { operations, .. } = self;
        match method.name {
            "completion/complete" => {
                let params = params.read::<CompleteRequestParams>().ok_or(LookupError::MissingSubject)?;
                let subject = completion_subject(*operations, &params).ok_or(LookupError::MissingSubject)?;
                Ok(self.declared(method).and(subject.map(|(entry, given)| self.needs_of_entry(entry, given.as_ref()))))
            }
            "subscriptions/listen" => {
                let ListenParams { notifications } = params.read().ok_or(LookupError::MissingSubject)?;
                let uris = notifications.resource_subscriptions.unwrap_or_default();
                if uris.len() > MAX_SUBSCRIPTIONS {
                    return Err(LookupError::TooManyResources);
                }
                Ok(uris.iter().fold(self.declared(method), |needs, uri| needs.and(self.needs_of_resource(uri))))
            }
            _ => match method.access {
                Access::Handshake if operations.method(method.name).is_none() => Ok(Needs::new(&Requirement::Public)),
                Access::Handshake | Access::Baseline => Ok(self.declared(method)),
                // A call always has a subject, and a notification is not a request.
                Access::Tool | Access::Notification => Err(LookupError::UnknownMethod),
            },
        }
    }

    /// Returns the requirement that the server declares for a method, or the baseline.
    fn declared(&self, method: &Method) -> Needs<'static> {
        let Self { operations, .. } = self;
        match operations.method(method.name) {
            Some(entry) => Needs::of(entry, None),
            None => Needs::new(&Requirement::Authenticated),
        }
    }

    fn needs_of_resource(&self, uri: &str) -> Option<Needs<'static>> {
        let Self { operations, .. } = self;
        operations.resource(uri).map(|(entry, variables)| self.needs_of_entry(entry, Some(&variables)))
    }

    fn needs_of_entry(&self, entry: &'static Entry, arguments: Option<&Arguments>) -> Needs<'static> {
        Needs::of(entry, arguments.filter(|_| self.computes_scopes))
    }

    /// Returns the requirements of a tool or a prompt. The arguments are read only if the requirements depend on them.
    fn needs_with_arguments(&self, entry: &'static Entry, params: &Params<'_>) -> Result<Needs<'static>, LookupError> {
        if !entry.depends_on_arguments() {
            return Ok(Needs::of(entry, None));
        }
        let CallParams { arguments } = params.read().ok_or(LookupError::MissingSubject)?;
        Ok(self.needs_of_entry(entry, Some(&arguments.unwrap_or_default())))
    }
}

opaque_debug!(Lookup);

/// The params of `tools/call` and `prompts/get`, parsed like rmcp does.
#[derive(Deserialize)]
struct CallParams {
    arguments: Option<Arguments>,
}

/// The params of `subscriptions/listen`, parsed like rmcp does.
#[derive(Deserialize)]
struct ListenParams {
    notifications: SubscriptionFilter,
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, LazyLock};

    use serde_json::json;

    use super::*;
    use crate::operation::{Operation, Problem, ScopesFor};
    use crate::scope::{Scope, ScopeSet, Vocabulary};

    /// A server with one operation of each kind. The value of an argument or variable named `scope` is also required.
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

    /// Returns the scopes that a challenge for the message names, `-` for any token, or `public`.
    fn needs(message: &str) -> String {
        let body = format!("{{\"jsonrpc\":\"2.0\",{message}}}");
        let needs = match Lookup::new(&*FAKE).needs(&Message::parse(body.as_bytes()).unwrap()) {
            Ok(needs) => needs,
            Err(error) => return format!("{error:?}"),
        };
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
    fn every_method_has_a_requirement() {
        for (message, guard) in [
            (r#""id":1,"method":"tools/call","params":{"name":"add"}"#, "write"),
            (r#""id":1,"method":"tools/call","params":{"name":"open"}"#, "public"),
            (r#""id":1,"method":"tools/call","params":{"name":"ADD"}"#, "UnknownTool"),
            (r#""id":1,"method":"tools/call","params":{"name":""}"#, "UnknownTool"),
            (r#""id":1,"method":"tools/call""#, "MissingSubject"),
            (r#""id":1,"method":"tools/call","params":{"name":7}"#, "MissingSubject"),
            (r#""id":1,"method":"resources/read","params":{"name":"add"}"#, "MissingSubject"),
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
    fn unauthenticated_requests_run_no_application_code() {
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
            let needs = Lookup::new(&*FAKE).for_unauthenticated().needs(&message).unwrap();
            assert!(needs.iter().eq([(&guard, &ScopeSet::new())]), "{body}");
        }
    }

    #[test]
    fn subscription_has_a_limited_number_of_resources() {
        for (uris, guard) in [(100, "-"), (101, "TooManyResources")] {
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
            (r#"{"name":"some","arguments":["a"]}"#, "MissingSubject"),
            (r#"{"name":"add","arguments":{"scope":"a"}}"#, "write"),
        ] {
            for method in ["tools/call", "prompts/get"] {
                let message = format!(r#""id":1,"method":"{method}","params":{params}"#);
                assert_eq!(needs(&message), guard, "{message}");
            }
        }
    }

    #[test]
    fn request_requires_the_scopes_of_all_its_subjects() {
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
                "MissingSubject",
            ),
            (
                r#""method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"other"},"argument":{"name":"a","value":""}}"#,
                "MissingSubject",
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
                "MissingSubject",
            ),
            (r#""method":"completion/complete","params":{}"#, "MissingSubject"),
            (r#""method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true}}"#, "-"),
            (
                r#""method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["test://add","test://x","other"]}}"#,
                "write x",
            ),
            (r#""method":"subscriptions/listen","params":{}"#, "MissingSubject"),
        ] {
            assert_eq!(needs(&format!("\"id\":1,{message}")), guard, "{message}");
        }
    }
}
