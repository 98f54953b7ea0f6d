use serde_json::{Value, json};

use super::*;
use crate::Scopes;

fn document(baseline: &str) -> Value {
    spelt(baseline, &ScopeSpelling::default())
}

fn spelt(baseline: &str, spelling: &ScopeSpelling) -> Value {
    let resource = ResourceUrl::parse("https://h/mcp").unwrap();
    let servers = ["https://auth.example.com/".to_owned()];
    let document = MetadataDocument::new(&ServerDescription {
        resource: &resource,
        authorization_servers: &servers,
        baseline: &baseline.parse().unwrap(),
        spelling,
        vocabulary: None,
        name: Some("Todos"),
        documentation: None,
        dpop_algorithms: &[],
        dpop_required: false,
    });
    serde_json::from_slice(&document.0).unwrap()
}

#[test]
fn document_contains_the_configured_values() {
    assert_eq!(
        document("todo:read"),
        json!({
            "resource": "https://h/mcp",
            "authorization_servers": ["https://auth.example.com/"],
            "scopes_supported": ["todo:read"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Todos",
        })
    );
}

#[test]
fn only_supported_scopes_are_described() {
    #[derive(Scopes)]
    #[scopes(crate = crate)]
    enum TodoScope {
        /// See your todos.
        #[scope("todo:read")]
        Read,
        /// Administration.
        #[scope("todo:admin")]
        Admin,
    }

    let resource = ResourceUrl::parse("https://h/mcp").unwrap();
    let vocabulary = Vocabulary::of::<TodoScope>();
    let document = MetadataDocument::new(&ServerDescription {
        resource: &resource,
        authorization_servers: &[],
        baseline: &TodoScope::Read.into(),
        spelling: &ScopeSpelling::with_prefix("api://todo/").unwrap(),
        vocabulary: Some(&vocabulary),
        name: None,
        documentation: None,
        dpop_algorithms: &[],
        dpop_required: false,
    });
    let document: Value = serde_json::from_slice(&document.0).unwrap();
    assert_eq!(document["scope_descriptions"], json!({"api://todo/todo:read": "See your todos."}));
    assert!(vocabulary.contains(&TodoScope::Admin.into()));
}

#[test]
fn metadata_spells_scopes_with_the_prefix() {
    let spelling = ScopeSpelling::with_prefix("api://todo/").unwrap();
    assert_eq!(spelt("todo:read", &spelling)["scopes_supported"], json!(["api://todo/todo:read"]));
}

#[test]
fn empty_lists_are_omitted() {
    assert!(document("").get("scopes_supported").is_none());
}
