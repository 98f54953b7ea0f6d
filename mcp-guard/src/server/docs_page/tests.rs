use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template as _;
use rmcp::model::{JsonObject, Prompt, PromptArgument, Resource, ResourceTemplate, Tool};
use serde_json::{Value, json};

use super::matrix::{Cell, Columns};
use super::operations;
use super::page::Page;
use super::*;
use crate::operation::{Definition, Entry, ScopesFor};
use crate::policy::{Hierarchy, Policy, Requirement};
use crate::scope::{Scope, ScopeSet, ScopeSpelling};

/// Ends elements and attributes, and would add an element and attributes.
const HOSTILE: &str = r#"</textarea></script></style></option><x-hostile>"x-hostile="'x-hostile='"#;

fn object(value: &Value) -> JsonObject {
    value.as_object().cloned().unwrap_or_default()
}

fn scope(name: &'static str) -> Scope {
    Scope::from_static(name)
}

fn policy() -> Policy {
    let hierarchy = Hierarchy::new([(scope("write"), scope("read")), (scope("admin"), scope("write"))]);
    Policy::new(scope("read").into(), hierarchy.unwrap_or_default(), true)
}

fn page(title: &str, definitions: &[(Definition<'_>, &Entry)]) -> String {
    let policy = policy();
    let columns = Columns::of(&policy, definitions.iter().map(|(_, entry)| entry.requirement()));
    let groups = operations::groups(definitions, &policy, &columns);
    let page = Page {
        title,
        resource: "https://h.example/mcp",
        origin: "https://h.example",
        endpoint: title,
        metadata_url: title,
        documentation: Some(title),
        authorization_servers: &[title.to_owned()],
        dpop_required: true,
        is_filtered: true,
        has_baseline: true,
        clients: clients::snippets(title, title),
        scopes: columns.rows(&policy, None, &ScopeSpelling::default()),
        lists: operations::lists(&groups),
        groups,
        style: STYLE,
        script: SCRIPT,
    };
    page.render().expect("texts can be written to a text")
}

fn hostile_tool() -> Tool {
    let property =
        |default: &str| json!({"type": [HOSTILE], "description": HOSTILE, "default": default, "x-mcp-header": HOSTILE});
    let schema =
        json!({"properties": {HOSTILE: property(HOSTILE), "b": {"enum": [HOSTILE]}}, "required": [HOSTILE, "b"]});
    let tool = Tool::new(HOSTILE, HOSTILE, Arc::new(object(&schema))).with_title(HOSTILE);
    tool.with_raw_output_schema(Arc::new(object(&schema)))
}

#[test]
fn application_texts_are_escaped() {
    let entry = Entry::new(Requirement::Public, None);
    let tool = hostile_tool();
    let argument = PromptArgument::new(HOSTILE).with_description(HOSTILE).with_required(true);
    let prompt = Prompt::new(HOSTILE, Some(HOSTILE), Some(vec![argument]));
    let resource = Resource::new(HOSTILE, HOSTILE).with_description(HOSTILE).with_mime_type(HOSTILE);
    let template = ResourceTemplate::new(HOSTILE, HOSTILE).with_description(HOSTILE);
    let definitions = [
        Definition::Tool(&tool),
        Definition::Prompt(&prompt),
        Definition::Resource(&resource),
        Definition::Template(&template),
        Definition::Method(HOSTILE),
    ];
    let html = page(HOSTILE, &definitions.map(|definition| (definition, &entry)));
    for raw in ["<x-hostile", "\"x-hostile", "'x-hostile"] {
        assert!(!html.contains(raw), "{raw}: {html}");
    }
    assert_eq!(html.matches("</textarea>").count(), 1, "the one of the form");
    assert!(html.matches("&#60;x-hostile&#62;").count() > 50, "the texts are on the page: {html}");
}

#[test]
fn identifiers_of_elements_are_unique() {
    let entry = Entry::new(Requirement::Public, None);
    let names = ["heading", "x", "heading:tools/x", "x-heading", "", "a b", "a  b", "tools/x", "1", "tools:1"];
    let tools = names.map(|name| Tool::new(name, "", Arc::new(JsonObject::new())));
    let prompt = Prompt::new("x", None::<&str>, None);
    let mut definitions: Vec<_> = tools.iter().map(|tool| (Definition::Tool(tool), &entry)).collect();
    definitions.push((Definition::Prompt(&prompt), &entry));
    let html = page("x", &definitions);
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let different: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), different.len(), "{ids:?}");
    assert!(ids.len() > 3 * names.len() && ids.iter().all(|id| !id.contains(' ')), "{ids:?}");
}

#[test]
fn security_policy_allows_only_the_own_style_and_script() {
    let html = page("x", &[]);
    let policy = security_policy();
    let policy = policy.to_str().expect("ASCII");
    for (directive, element) in [("style-src", "style"), ("script-src", "script")] {
        let (start, end) = (format!("<{element}>"), format!("</{element}>"));
        let content = html.split(&start).nth(1).and_then(|rest| rest.split(&end).next()).expect("the element");
        let digest = STANDARD.encode(Sha256::digest(content));
        assert!(policy.contains(&format!("{directive} 'sha256-{digest}';")), "{policy}");
        assert_eq!(html.matches(&format!("<{element}")).count(), 1, "{element}");
    }
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
    let attributes = html.split("<script>").next().expect("the page");
    for inline in [" style=", " onclick=", " onload=", " src=", "javascript:"] {
        assert!(!attributes.contains(inline), "{inline}");
    }
    // A script that writes HTML, or keeps the token, must not be added.
    for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Storage", "cookie", "<!--"]
    {
        assert!(!SCRIPT.contains(sink), "{sink}");
    }
}

#[test]
fn matrix_shows_requirements_and_hierarchy() {
    use Cell::{Implies, OneOf, Required};

    let policy = policy();
    let any = Requirement::any(scope("audit"), [scope("write")]);
    let columns = Columns::of(&policy, [&any].into_iter()).with_broader_scopes(&policy);
    let rows = columns.rows(&policy, None, &ScopeSpelling::with_prefix("api://x/").unwrap_or_default());
    let rows: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.implies.join(" "), row.is_baseline)).collect();
    let expected = [("audit", "", false), ("read", "", true), ("write", "read", false), ("admin", "read write", false)];
    assert_eq!(rows, expected.map(|(name, implies, is_baseline)| (name, implies.to_owned(), is_baseline)));
    for (requirement, cells) in [
        (Requirement::Public, [None; 4]),
        (Requirement::Authenticated, [None, Some(Required), Some(Implies), Some(Implies)]),
        (Requirement::scope(scope("write")), [None, Some(Required), Some(Required), Some(Implies)]),
        (any.clone(), [Some(OneOf), Some(Required), Some(OneOf), Some(Implies)]),
    ] {
        assert_eq!(columns.cells(&policy, &requirement), cells, "{requirement}");
    }
    // Without anonymous callers, a public operation requires the baseline.
    let closed = Policy::new(scope("read").into(), Hierarchy::default(), false);
    assert_eq!(columns.cells(&closed, &Requirement::Public), [None, Some(Required), None, None]);
}

#[test]
fn requirement_is_written_in_words() {
    let policy = policy();
    let tool = Tool::new("x", "", Arc::new(JsonObject::new()));
    let open = Policy::default();
    let by_arguments = || Some(ScopesFor::new(|_| Ok(ScopeSet::new())));
    for (policy, requirement, scopes_for, expected) in [
        (&policy, Requirement::Public, None, ("no token", "", "public: no token")),
        (&policy, Requirement::Authenticated, None, ("", "read", "")),
        (&policy, Requirement::scope(scope("write")), by_arguments(), ("", "read write", "more for some arguments")),
        (&policy, Requirement::any(scope("b"), [scope("a")]), None, ("one of", "b a", "")),
        (&open, Requirement::Authenticated, None, ("a valid token", "", "any valid token")),
    ] {
        let entry = Entry::new(requirement, scopes_for);
        let shown = [(Definition::Tool(&tool), &entry)];
        let columns = Columns::of(policy, std::iter::once(entry.requirement()));
        let groups = operations::groups(&shown, policy, &columns);
        let operation = &groups[0].operations[0];
        assert_eq!((operation.requires, operation.needed.join(" ").as_str(), operation.also), expected, "{entry:?}");
    }
}
