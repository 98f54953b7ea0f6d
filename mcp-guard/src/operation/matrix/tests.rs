use rmcp::model::{Prompt, ResourceTemplate, Tool};

use super::*;
use crate::scope::Scope;

fn scope(text: &'static str) -> Scope {
    Scope::from_static(text)
}

fn tool(name: &'static str) -> Tool {
    Tool::new(name, "A tool.", rmcp::model::JsonObject::new())
}

/// A matrix with every form of a requirement.
fn matrix() -> ScopeMatrix {
    let by_arguments = crate::operation::ScopesFor::new(|_| Ok(ScopeSet::new()));
    let (zap, add) = (tool("zap"), tool("add"));
    let hi = Prompt::new("hi", None::<String>, None);
    let template = ResourceTemplate::new("todo://{id}", "todo");
    let entries = [
        (Definition::Method("completion/complete"), Entry::new(Requirement::Authenticated, None)),
        (Definition::Template(&template), Entry::new(Requirement::scope(scope("a")), Some(by_arguments))),
        (Definition::Tool(&zap), Entry::new(Requirement::any(scope("b"), [scope("a")]), None)),
        (Definition::Tool(&add), Entry::new(Requirement::all([scope("b"), scope("a")]), None)),
        (Definition::Prompt(&hi), Entry::new(Requirement::Public, None)),
    ];
    let hierarchy = Hierarchy::new([(scope("c"), scope("b")), (scope("b"), scope("a"))]).unwrap();
    let policy = Policy::new(scope("base").into(), hierarchy, true);
    ScopeMatrix::new(entries.iter().map(|(definition, entry)| (*definition, entry)), &policy)
}

#[test]
fn report_only_is_that_of_the_server_or_the_operation() {
    let add = tool("add");
    let entry = || Entry::new(Requirement::scope(scope("a")), None);
    for (entry, enforcement, expected) in [
        (entry(), Enforcement::Enforced, false),
        (entry().report_only(), Enforcement::Enforced, true),
        (entry(), Enforcement::ReportOnly, true),
    ] {
        let policy = Policy::default().with_enforcement(enforcement);
        let matrix = ScopeMatrix::new([(Definition::Tool(&add), &entry)].into_iter(), &policy);
        assert_eq!(matrix.entries()[0].is_report_only(), expected);
        assert_eq!(matrix.to_string().ends_with("a, report-only\n"), expected);
        assert!(matrix.to_json().contains(&format!("\"report_only\": {expected}")));
    }
}

#[test]
fn matrix_prints_as_a_table() {
    assert_eq!(
        matrix().to_string(),
        "tool      add                  a and b
tool      zap                  b or a
prompt    hi                   public
template  todo://{id}          a, more by its arguments
method    completion/complete  authenticated
"
    );
    assert_eq!(matrix().iter().count(), 5);
}

#[test]
fn json_is_stable_and_parses_to_the_same_matrix() {
    let text = matrix().to_json();
    let compact = serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let mut operations = compact["operations"].clone();
    for operation in operations.as_array_mut().unwrap() {
        for digest in ["schema", "description", "annotations"] {
            operation.as_object_mut().unwrap().remove(digest);
        }
    }
    assert_eq!(
        operations,
        serde_json::json!([
            {"kind": "tool", "name": "add", "requirement": {"all": ["a", "b"]}, "depends_on_arguments": false, "report_only": false},
            {"kind": "tool", "name": "zap", "requirement": {"any": ["b", "a"]}, "depends_on_arguments": false, "report_only": false},
            {"kind": "prompt", "name": "hi", "requirement": "public", "depends_on_arguments": false, "report_only": false},
            {"kind": "template", "name": "todo://{id}", "requirement": {"all": ["a"]}, "depends_on_arguments": true, "report_only": false},
            {"kind": "method", "name": "completion/complete", "requirement": "authenticated", "depends_on_arguments": false, "report_only": false},
        ])
    );
    assert!(
        text.starts_with("{\n  \"version\": 1,\n  \"report_only\": false,\n  \"baseline\": [\n    \"base\"\n  ],\n"),
        "{text}"
    );
    assert_eq!(compact["hierarchy"], serde_json::json!({"b": ["a"], "c": ["a", "b"]}));
    let again: ScopeMatrix = serde_json::from_str(&text).unwrap();
    assert_eq!(again, matrix());
    assert_eq!(again.to_json(), text);
}

#[test]
fn invalid_matrix_is_rejected() {
    let operation = |members: &str| {
        format!(
            r#"{{"kind":"tool","name":"a","depends_on_arguments":false,"report_only":false,"requirement":{members}}}"#
        )
    };
    let with =
        |operations: &str| format!(r#"{{"version":1,"baseline":[],"hierarchy":{{}},"operations":[{operations}]}}"#);
    let one = operation("\"public\"");
    assert!(serde_json::from_str::<ScopeMatrix>(&with(&one)).is_ok());
    for (text, expected) in [
        (with(&one).replace("\"version\":1", "\"version\":2,\"more\":1"), "unsupported version 2: expected 1"),
        (with(&one).replace("\"version\":1,", ""), "version"),
        (with(&one).replace("{}", r#"{"a":["b"],"b":["a"]}"#), "implies itself"),
        (with(&one).replace("{}", r#"{"a b":["b"]}"#), "not allowed in a scope"),
        (with(&format!("{one},{one}")), "the tool \"a\" is listed twice"),
        (with(&one.replace("\"name\"", "\"nam\"")), "nam"),
        (with(&one.replace("tool", "toll")), "toll"),
        (with(&operation(r#"{"all":[]}"#)), "empty list of scopes"),
        (with(&operation(r#"{"any":[]}"#)), "empty list of scopes"),
        (with(&operation(r#"{"some":["a"]}"#)), "some"),
        (with(&operation("null")), ""),
        ("[]".to_owned(), ""),
        (String::new(), ""),
    ] {
        let error = serde_json::from_str::<ScopeMatrix>(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn policy_decides_like_the_server() {
    let policy = matrix().policy();
    assert_eq!(policy.baseline(), &ScopeSet::from(scope("base")));
    assert!(policy.grants(&scope("c").into(), &scope("a")));
    assert!(policy.allows_anonymous());
    let mut closed = matrix();
    closed.entries.retain(|entry| *entry.requirement() != Requirement::Public);
    assert!(!closed.policy().allows_anonymous());
}

#[test]
fn requirement_is_that_of_the_gate() {
    let by_hand = |methods: &[&'static str]| {
        let entry = Entry::new(Requirement::scope(scope("hand")), None);
        let all = methods.iter().map(|method| (Definition::Method(method), &entry));
        ScopeMatrix::new(all, &Policy::default())
    };
    let (declared, own) = (matrix(), by_hand(&["prompts/get", "resources/read", "logging/setLevel", "tools/list"]));
    let of = |matrix: &ScopeMatrix, operation| {
        matrix.requirement(operation).map(|known| (known.requirement.to_string(), known.is_complete))
    };
    for (operation, expected, expected_by_hand) in [
        (Operation::Tool("add"), Some(("a and b", true)), None),
        (Operation::Tool("other"), None, None),
        (Operation::Prompt("hi"), Some(("public", true)), Some(("hand", true))),
        (Operation::Prompt("other"), None, Some(("hand", true))),
        (Operation::Resource("todo://1"), None, Some(("hand", true))),
        (Operation::Template("todo://{id}"), Some(("a", false)), Some(("hand", true))),
        (Operation::Method("initialize"), Some(("public", true)), Some(("public", true))),
        (Operation::Method("tools/list"), Some(("public", true)), Some(("hand", true))),
        (Operation::Method("tasks/get"), Some(("authenticated", true)), Some(("authenticated", true))),
        (Operation::Method("logging/setLevel"), Some(("authenticated", true)), Some(("hand", true))),
        (Operation::Method("completion/complete"), Some(("authenticated", false)), Some(("authenticated", false))),
        (Operation::Method("subscriptions/listen"), Some(("authenticated", false)), Some(("authenticated", false))),
        (Operation::Method("notifications/initialized"), Some(("public", true)), Some(("public", true))),
        (Operation::Method("tools/call"), None, None),
        (Operation::Method("unknown/method"), None, None),
    ] {
        let owned = |known: Option<(&str, bool)>| known.map(|(text, is_complete)| (text.to_owned(), is_complete));
        assert_eq!(of(&declared, operation), owned(expected), "{operation}");
        assert_eq!(of(&own, operation), owned(expected_by_hand), "{operation}, by hand");
    }
}
