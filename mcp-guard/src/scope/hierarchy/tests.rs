use super::*;

fn hierarchy(pairs: &[(&'static str, &'static str)]) -> Result<Hierarchy, ConfigError> {
    Hierarchy::new(pairs.iter().map(|(a, b)| (Scope::from_static(a), Scope::from_static(b))))
}

fn grants(hierarchy: &Hierarchy, granted: &str, needed: &'static str) -> bool {
    hierarchy.grants(&granted.parse().unwrap(), &Scope::from_static(needed))
}

#[test]
fn implication_is_transitive_and_one_way() {
    let h = hierarchy(&[("admin", "write"), ("write", "read")]).unwrap();
    assert!(grants(&h, "admin", "read"));
    assert!(grants(&h, "admin", "write"));
    assert!(grants(&h, "write", "read"));
    assert!(!grants(&h, "read", "write"));
    assert!(!grants(&h, "write", "admin"));
}

#[test]
fn implication_is_not_inferred_from_spelling() {
    let h = hierarchy(&[]).unwrap();
    for (granted, needed) in
        [("todo", "todo:read"), ("todo:*", "todo:read"), ("*", "todo:read"), ("todo:", "todo:read")]
    {
        assert!(!grants(&h, granted, needed), "{granted} must not grant {needed}");
    }
}

#[test]
fn cycle_is_rejected_and_diamond_is_accepted() {
    assert!(hierarchy(&[("a", "a")]).is_err());
    assert!(hierarchy(&[("a", "b"), ("b", "c"), ("c", "a")]).is_err());
    assert!(hierarchy(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]).is_ok());
}

#[test]
fn implied_scopes_are_closed_and_sorted() {
    let one = hierarchy(&[("admin", "write"), ("write", "read"), ("audit", "read")]).unwrap();
    let texts: Vec<String> = one.implied().iter().map(|(broad, narrow)| format!("{broad}: {narrow}")).collect();
    assert_eq!(texts, ["admin: read write", "audit: read", "write: read"]);
    let again = Hierarchy::new(
        one.implied()
            .into_iter()
            .flat_map(|(broad, narrow)| narrow.into_iter().map(move |narrow| (broad.clone(), narrow))),
    );
    assert_eq!(again.unwrap(), one);
}
