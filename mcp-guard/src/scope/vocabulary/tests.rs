use super::*;
use crate::scope::Hierarchy;

enum TodoScope {
    Read,
    Write,
    Admin,
}

impl Scopes for TodoScope {
    const ALL: &'static [Self] = &[Self::Read, Self::Write, Self::Admin];
    const TEXTS: &'static [&'static str] = &["todo:read", "todo:write", "todo:admin"];

    fn scope(&self) -> Scope {
        Scope::from_static(match self {
            Self::Read => "todo:read",
            Self::Write => "todo:write",
            Self::Admin => "todo:admin",
        })
    }

    fn description(&self) -> Option<&'static str> {
        matches!(self, Self::Read).then_some("See your todos.")
    }

    fn implies(&self) -> &'static [Self] {
        match self {
            Self::Read => &[],
            Self::Write => &[Self::Read],
            Self::Admin => &[Self::Write],
        }
    }
}

#[test]
fn vocabulary_contains_the_declared_scopes() {
    let vocabulary = TodoScope::vocabulary();
    let [read, write, admin] = ["todo:read", "todo:write", "todo:admin"].map(Scope::from_static);
    assert!(vocabulary.scopes().eq([&read, &write, &admin]));
    assert_eq!(vocabulary.description(&read), Some("See your todos."));
    assert_eq!(vocabulary.description(&write), None);
    let implications: Vec<_> = vocabulary.implications().collect();
    assert_eq!(implications, [(write, read.clone()), (admin, Scope::from_static("todo:write"))]);
    assert!(vocabulary.contains(&read));
}

#[test]
fn unknown_scope_has_no_description() {
    let vocabulary = Vocabulary::of::<TodoScope>();
    for unknown in ["todo", "TODO:READ", "todo:read:all"].map(Scope::from_static) {
        assert!(!vocabulary.contains(&unknown), "{unknown}");
        assert_eq!(vocabulary.description(&unknown), None, "{unknown}");
    }
}

#[test]
fn implications_make_a_hierarchy() {
    let hierarchy = Hierarchy::new(TodoScope::vocabulary().implications()).unwrap();
    assert!(hierarchy.grants(&TodoScope::Admin.scope().into(), &TodoScope::Read.scope()));
    assert!(!hierarchy.grants(&TodoScope::Read.scope().into(), &TodoScope::Write.scope()));
}
