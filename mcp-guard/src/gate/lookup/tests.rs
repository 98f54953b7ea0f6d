use std::sync::{Arc, LazyLock};

use serde_json::json;

use super::*;
use crate::operation::{Definition, Problem, ScopesFor};
use crate::policy::Required;
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

    fn has_own_handler(&self) -> bool {
        false
    }

    fn definitions(&self) -> Box<dyn Iterator<Item = (Definition<'_>, &Entry)> + '_> {
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
    for Required { requirement, further, .. } in needs.iter() {
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
        (r#""id":1,"method":"tools/call","params":{"name":"add"}"#, Requirement::scope(Scope::from_static("write"))),
    ] {
        let body = format!("{{\"jsonrpc\":\"2.0\",{message}}}");
        let message = Message::parse(body.as_bytes()).unwrap();
        let needs = Lookup::new(&*FAKE).for_unauthenticated().needs(&message).unwrap();
        let needed: Vec<_> = needs.iter().map(|required| (required.requirement, required.further)).collect();
        assert_eq!(needed, [(&guard, &ScopeSet::new())], "{body}");
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
