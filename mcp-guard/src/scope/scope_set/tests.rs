use proptest::prelude::*;

use super::*;

#[test]
fn comparison_is_exact_and_case_sensitive() {
    let set: ScopeSet = "Todo:read".parse().unwrap();
    assert!(!set.contains(&Scope::from_static("todo:read")));
    assert!(!set.contains(&Scope::from_static("Todo")));
}

#[test]
fn set_prints_sorted_without_duplicates() {
    let set: ScopeSet = "b a  b ".parse().unwrap();
    assert_eq!(set.to_string(), "a b");
    assert_eq!(serde_json::to_string(&set).unwrap(), r#"["a","b"]"#);
    assert!(serde_json::from_str::<Scope>(r#""a b""#).is_err());
    assert_eq!(serde_json::from_str::<Scope>(r#""a""#).unwrap(), Scope::from_static("a"));
}

#[test]
fn set_converts_from_scopes_and_collections() {
    struct Write;

    impl From<Write> for Scope {
        fn from(_: Write) -> Self {
            Self::from_static("todo:write")
        }
    }

    let read = || Scope::from_static("todo:read");
    let write: ScopeSet = "todo:write".parse().unwrap();
    assert_eq!(ScopeSet::from([Write, Write]), write);
    assert_eq!(ScopeSet::from(vec![Write]), write);
    assert_eq!(ScopeSet::from(Some(Write)), write);
    assert_eq!(ScopeSet::from([Write.into(), read()]).to_string(), "todo:read todo:write");
    assert_eq!(<ScopeSet as From<[Scope; 0]>>::from([]), ScopeSet::new());
    assert_eq!(ScopeSet::from(Vec::<Scope>::new()), ScopeSet::new());
    assert_eq!(ScopeSet::from(None::<Scope>), ScopeSet::new());
}

proptest! {
    #[test]
    fn parsed_set_prints_back_the_same_scopes(text in ".{0,64}") {
        if let Ok(set) = text.parse::<ScopeSet>() {
            prop_assert_eq!(&set.to_string().parse::<ScopeSet>().unwrap(), &set);
            prop_assert!(set.iter().all(|s| s.as_str().bytes().all(|byte| byte.is_ascii_graphic())));
        }
    }
}
