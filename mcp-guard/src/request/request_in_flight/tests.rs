use super::*;
use crate::record::{Decisions, Recorder};
use crate::scope::Hierarchy;

fn request() -> RequestInFlight {
    RequestInFlight::new(Arc::new(Policy::new(ScopeSet::new(), Hierarchy::default(), false)))
}

fn scopes(text: &str) -> ScopeSet {
    text.parse().unwrap()
}

/// A message that a client shows must stay short. A challenge has its own limit.
#[test]
fn late_message_names_at_most_512_bytes_of_scopes() {
    // Each scope counts with the space behind it.
    for (length, is_named) in [(511, true), (512, false), (5_000, false)] {
        let scope = scopes(&"s".repeat(length));
        let request = request();
        let error = request.require(&scope, &ScopeSet::new()).unwrap_err();
        let named = if is_named { scope.clone() } else { ScopeSet::new() };
        assert_eq!(error, InsufficientScope::new(scope.clone(), named.clone()), "{length}");
        let expected = Refusal::InsufficientScope { needed: scope, missing: named };
        assert_eq!(request.fail(), Some(&expected), "{length}");
    }
}

/// A token can outlive the record of its request: nothing is let through after it.
#[test]
fn nothing_is_report_only_after_the_record() {
    let recorder = Recorder::start(Decisions::new(), true).unwrap().unwrap();
    let policy = Policy::new(ScopeSet::new(), Hierarchy::default(), false).with_enforcement(Enforcement::ReportOnly);
    let draft = Draft::local(Some(&recorder));
    let request = RequestInFlight::new(Arc::new(policy)).recorded_by(&draft);
    let require = || request.require(&scopes("share"), &ScopeSet::new());
    assert!(request.may_report() && require().is_ok());
    draft.refuse(Rule::Scope);
    drop(draft);
    assert!(!request.may_report() && request.draft().is_none());
    assert_eq!(require(), Err(InsufficientScope::new(scopes("share"), scopes("share"))));
    // Records nothing, and does not panic.
    request.refuse(Rule::Scope);
    assert!(request.fail().is_some());
}
