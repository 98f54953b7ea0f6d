use super::*;

fn scopes(text: &str) -> ScopeSet {
    text.parse().unwrap()
}

fn scope(text: &'static str) -> Scope {
    Scope::from_static(text)
}

fn forbid(needed: &str) -> Decision {
    Decision::Forbid { needed: scopes(needed), missing: ScopeSet::new() }
}

fn without_missing(decision: Decision) -> Decision {
    match decision {
        Decision::Forbid { needed, .. } => Decision::Forbid { needed, missing: ScopeSet::new() },
        other => other,
    }
}

fn policy(baseline: &str, allow_anonymous: bool) -> Policy {
    let hierarchy = Hierarchy::new([(scope("todo:write"), scope("todo:read"))]).unwrap();
    Policy::new(scopes(baseline), hierarchy, allow_anonymous)
}

#[test]
fn decision_depends_on_requirement_and_granted_scopes() {
    let read = || Requirement::scope(scope("todo:read"));
    let write = || Requirement::scope(scope("todo:write"));
    let both = || Requirement::all([scope("todo:write"), scope("todo:delete")]);
    let any = || Requirement::any(scope("b"), [scope("a")]);
    // requirement, granted (`None`: no token), scopes in the challenge (`None`: allowed)
    let table: &[(Requirement, Option<&str>, Option<&str>)] = &[
        (read(), Some("todo:read"), None),
        (read(), Some("todo:write"), None),
        (read(), Some(""), Some("todo:read")),
        (read(), Some("TODO:READ"), Some("todo:read")),
        (read(), None, Some("todo:read")),
        (write(), Some("todo:read"), Some("todo:read todo:write")),
        (write(), Some("todo:write"), None),
        (both(), Some("todo:write"), Some("todo:delete todo:read todo:write")),
        (both(), Some("todo:delete"), Some("todo:delete todo:read todo:write")),
        (both(), Some("todo:delete todo:write"), None),
        (any(), Some("todo:read a"), None),
        (any(), Some("todo:read b"), None),
        (any(), Some("todo:read"), Some("b todo:read")),
        (any(), Some("a"), Some("b todo:read")),
        (any(), None, Some("b todo:read")),
        (Requirement::Authenticated, Some("todo:read"), None),
        (Requirement::Authenticated, Some("other"), Some("todo:read")),
        (Requirement::Authenticated, None, Some("todo:read")),
        (Requirement::Public, None, Some("todo:read")),
    ];
    let policy = policy("todo:read", false);
    for (requirement, granted, challenge) in table {
        let granted = granted.map(scopes);
        let expected = match (challenge, &granted) {
            (None, _) => Decision::Allow,
            (Some(needed), None) => Decision::Authenticate { needed: scopes(needed) },
            (Some(needed), Some(_)) => forbid(needed),
        };
        let decision = without_missing(policy.decide(requirement, granted.as_ref()));
        assert_eq!(decision, expected, "{requirement:?} with {granted:?}");
    }
}

#[test]
fn public_requires_a_server_with_anonymous_callers() {
    assert_eq!(policy("", true).decide(&Requirement::Public, None), Decision::Allow);
    assert!(matches!(policy("", false).decide(&Requirement::Public, None), Decision::Authenticate { .. }));
    assert!(matches!(policy("", true).decide(&Requirement::Authenticated, None), Decision::Authenticate { .. }));
}

#[test]
fn scopes_of_arguments_are_required_in_addition() {
    let policy = policy("todo:read", true);
    let write = Requirement::scope(scope("todo:write"));
    let any = Requirement::any(scope("b"), [scope("a")]);
    for (requirement, further, granted, challenge) in [
        (&write, "todo:share", "todo:write", Some("todo:read todo:share todo:write")),
        (&write, "todo:share", "todo:read todo:share", Some("todo:read todo:share todo:write")),
        (&write, "todo:share", "todo:write todo:share", None),
        (&write, "todo:read", "todo:write", None),
        (&any, "c", "todo:read a", Some("b c todo:read")),
        (&any, "c", "todo:read a c", None),
        (&Requirement::Authenticated, "c", "todo:read", Some("c todo:read")),
        (&Requirement::Public, "c", "todo:read", Some("c todo:read")),
    ] {
        let expected = challenge.map_or(Decision::Allow, forbid);
        let decision = without_missing(policy.decide_with(requirement, &scopes(further), Some(&scopes(granted))));
        assert_eq!(decision, expected, "{requirement:?} and {further} with {granted}");
    }
    let anonymous = policy.decide_with(&Requirement::Public, &scopes("c"), None);
    assert_eq!(anonymous, Decision::Authenticate { needed: scopes("c todo:read") });
}

#[test]
fn challenge_names_granted_scopes_only_if_configured() {
    let write = Requirement::scope(scope("todo:write"));
    let needed = |policy: &Policy, granted: &str| match policy.decide(&write, Some(&scopes(granted))) {
        Decision::Forbid { needed, .. } => needed.to_string(),
        other => panic!("{other:?}"),
    };
    let usual = policy("todo:read", false);
    assert_eq!(needed(&usual, "other"), "todo:read todo:write");
    let naming = usual.name_granted_scopes();
    assert_eq!(needed(&naming, "offline_access other"), "other todo:read todo:write");
    let many: Vec<String> = (0..300).map(|i| format!("scope:{i}")).collect();
    assert_eq!(needed(&naming, &many.join(" ")), "todo:read todo:write", "headers are limited");
}

#[test]
fn challenge_has_a_limited_length() {
    let policy = policy("todo:read", false);
    let write = Requirement::scope(scope("todo:write"));
    let many: Vec<String> = (0..1000).map(|i| format!("scope:{i}")).collect();
    let decision = policy.decide_with(&write, &scopes(&many.join(" ")), Some(&scopes("")));
    assert_eq!(without_missing(decision), forbid("todo:read todo:write"));
    assert_eq!(policy.bounded(many.iter().map(|one| scopes(one))), scopes("todo:read"));
    assert_eq!(policy.bounded([scopes("b a"), scopes("a")].into_iter()), scopes("a b"));
}

#[test]
fn offline_access_is_never_requested() {
    let policy = policy("todo:read", false);
    let decision = policy.decide_with(&Requirement::Authenticated, &scopes("offline_access a"), Some(&scopes("")));
    assert_eq!(without_missing(decision), forbid("a todo:read"));
}

#[test]
fn missing_scopes_are_those_that_are_not_granted() {
    let policy = policy("todo:read", false);
    let any = Requirement::any(scope("b"), [scope("a")]);
    let both = Requirement::all([scope("todo:write"), scope("todo:delete")]);
    for (requirement, further, granted, missing) in [
        (&both, "", "", "todo:delete todo:read todo:write"),
        (&both, "", "todo:write", "todo:delete"),
        (&both, "c", "todo:write", "c todo:delete"),
        (&any, "", "", "b todo:read"),
        (&any, "", "a", "todo:read"),
        (&any, "c", "a todo:read", "c"),
    ] {
        match policy.decide_with(requirement, &scopes(further), Some(&scopes(granted))) {
            Decision::Forbid { missing: found, .. } => {
                assert_eq!(found, scopes(missing), "{requirement:?} with {granted}")
            }
            other => panic!("{other:?}"),
        }
    }
    let many: Vec<String> = (0..200).map(|i| format!("scope:{i}")).collect();
    let decision = policy.decide_with(&any, &scopes(&many.join(" ")), Some(&scopes("a todo:read")));
    assert!(matches!(decision, Decision::Forbid { missing, .. } if missing.is_empty()), "messages are limited");
}

#[test]
fn empty_scope_list_requires_a_token() {
    assert!(matches!(policy("", true).decide(&Requirement::all([]), None), Decision::Authenticate { .. }));
    assert_eq!(policy("", true).decide(&Requirement::all([]), Some(&scopes(""))), Decision::Allow);
}
