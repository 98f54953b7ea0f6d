use std::thread::sleep;

use serde_json::json;

use super::*;
use crate::seal::seal::tests::{seal_with, token};

fn arguments(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

#[test]
fn state_is_valid_for_its_request_only() {
    let seal = seal_with(1, "https://todo.example.com/mcp");
    let (alice, one, two) = (token("https://a", "alice", Some("c")), json!({"id": 1}), json!({"id": 2}));
    let request = StateOf::Tool("delete", Some(arguments(&one)));
    let binding = seal.binding(request, Some(alice.principal()));
    let sealed = seal.seal_state("asked", &binding);
    for _ in 0..2 {
        assert_eq!(seal.open_state(&sealed, &binding).as_deref(), Some("asked"), "its owner may repeat the request");
    }
    for (other, what) in [
        (StateOf::Tool("delete", Some(arguments(&two))), "edited arguments"),
        (StateOf::Tool("delete", None), "no arguments"),
        (StateOf::Tool("share", Some(arguments(&one))), "another tool"),
        (StateOf::Prompt("delete", Some(arguments(&one))), "another kind of operation"),
        (StateOf::Resource("delete"), "a resource"),
    ] {
        assert_eq!(seal.open_state(&sealed, &seal.binding(other, Some(alice.principal()))), None, "{what}");
    }
    for (other, what) in [
        (token("https://a", "bob", Some("c")), "subject"),
        (token("https://b", "alice", Some("c")), "issuer"),
        (token("https://a", "alice", Some("d")), "client"),
        (token("https://a", "alice", None), "no client"),
    ] {
        assert_eq!(seal.open_state(&sealed, &seal.binding(request, Some(other.principal()))), None, "{what}");
    }
    assert_eq!(seal.open_state(&sealed, &seal.binding(request, None)), None, "anonymous");
    for (other, what) in [
        (seal_with(2, "https://todo.example.com/mcp"), "another secret"),
        (seal_with(1, "https://other.example.com/mcp"), "another server"),
    ] {
        assert_eq!(other.open_state(&sealed, &other.binding(request, Some(alice.principal()))), None, "{what}");
    }
}

#[test]
fn absent_and_empty_arguments_have_one_state() {
    let (seal, empty) = (seal_with(1, "https://todo.example.com/mcp"), json!({}));
    let sealed = seal.seal_state("asked", &seal.binding(StateOf::Tool("delete", None), None));
    let repeated = seal.binding(StateOf::Tool("delete", Some(arguments(&empty))), None);
    assert_eq!(seal.open_state(&sealed, &repeated).as_deref(), Some("asked"));
}

#[test]
fn expired_state_is_rejected() {
    let seal = seal_with(1, "https://todo.example.com/mcp");
    let binding = seal.binding(StateOf::Resource("todo://1"), None);
    let sealed = seal.seal_state_for(Duration::ZERO, "asked", &binding);
    sleep(Duration::from_millis(5));
    assert_eq!(seal.open_state(&sealed, &binding), None);
}

#[test]
fn forged_states_are_rejected() {
    let seal = seal_with(1, "https://todo.example.com/mcp");
    let binding = seal.binding(StateOf::Resource("todo://1"), None);
    let sealed = seal.seal_state("asked", &binding);
    for at in 0..sealed.len() {
        let mut forged = sealed.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(seal.open_state(&String::from_utf8(forged).unwrap(), &binding), None, "byte {at}");
    }
    for forged in ["", "asked", "rs1..", "rs1.YXNrZWQ.", &sealed[..sealed.len() - 1], &format!("{sealed}A")] {
        assert_eq!(seal.open_state(forged, &binding), None, "{forged}");
    }
}
