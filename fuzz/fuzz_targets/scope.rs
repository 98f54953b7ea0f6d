//! Fuzzes scope strings. Parsing and printing a set must give the same set.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_guard::{Scope, ScopeSet};

/// RFC 6749 section 3.3.
fn is_scope_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte == 0x21 || (0x23..=0x5b).contains(&byte) || (0x5d..=0x7e).contains(&byte))
}

fuzz_target!(|text: &str| {
    assert_eq!(Scope::new(text.to_owned()).is_ok(), is_scope_token(text));
    let parts = || text.split(' ').filter(|part| !part.is_empty());
    let Ok(set) = text.parse::<ScopeSet>() else {
        assert!(!parts().all(is_scope_token));
        return;
    };
    assert!(parts().all(is_scope_token));
    assert!(set.iter().zip(set.iter().skip(1)).all(|(one, next)| one < next), "unsorted or repeated scopes");
    assert!(set.iter().all(|scope| parts().any(|part| part == scope.as_str())));
    assert!(parts().all(|part| set.contains(&Scope::new(part.to_owned()).expect("a scope"))));
    let printed = set.to_string();
    assert_eq!(printed.parse::<ScopeSet>().expect("a printed set can be parsed"), set);
    assert_eq!(ScopeSet::try_from(text).is_ok(), !set.is_empty());
    let json = serde_json::to_string(&set).expect("a set is JSON");
    assert_eq!(json, format!("{:?}", set.iter().map(Scope::as_str).collect::<Vec<_>>()).replace(", ", ","));
});
