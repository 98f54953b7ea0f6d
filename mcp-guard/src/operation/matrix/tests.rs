use super::*;
use crate::scope::{Scope, ScopeSet};

#[test]
fn matrix_prints_as_a_table() {
    let scope = Scope::from_static;
    let by_arguments = crate::operation::ScopesFor::new(|_| Ok(ScopeSet::new()));
    let entries = [
        (Operation::Method("completion/complete"), Entry::new(Requirement::Authenticated, None)),
        (Operation::Template("todo://{id}"), Entry::new(Requirement::scope(scope("a")), Some(by_arguments))),
        (Operation::Tool("zap"), Entry::new(Requirement::any(scope("b"), [scope("a")]), None)),
        (Operation::Tool("add"), Entry::new(Requirement::all([scope("b"), scope("a")]), None)),
        (Operation::Prompt("hi"), Entry::new(Requirement::Public, None)),
    ];
    let matrix = ScopeMatrix::new(entries.iter().map(|(operation, entry)| (*operation, entry)));
    assert_eq!(
        matrix.to_string(),
        "tool      add                  a and b
tool      zap                  b or a
prompt    hi                   public
template  todo://{id}          a, more by its arguments
method    completion/complete  authenticated
"
    );
    assert_eq!(matrix.iter().count(), 5);
}
