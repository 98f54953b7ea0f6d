//! Vocabularies: every scope that a server knows, declared once.
//!
//! A scope that is written as a text can be misspelled, and a misspelled scope is one that nobody holds. Beside a vocabulary it does not compile.

mod check;
mod nearest;

pub use check::KnownScopes;

use crate::scope::Scope;

/// An enum whose variants are scopes. [`#[derive(Scopes)]`](derive@crate::Scopes) implements it; there is no reason to implement it by hand.
///
/// ```
/// use mcp_guard::prelude::*;
///
/// #[derive(Scopes)]
/// enum TodoScope {
///     /// See your todos.
///     #[scope("todo:read")]
///     Read,
///     #[scope("todo:write", implies(Read))]
///     Write,
/// }
///
/// let texts: Vec<String> = TodoScope::ALL.iter().map(|scope| scope.scope().to_string()).collect();
/// assert_eq!(texts, ["todo:read", "todo:write"]);
/// assert_eq!(TodoScope::Read.description(), Some("See your todos."));
/// assert!(matches!(TodoScope::Write.implies(), [TodoScope::Read]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a vocabulary of scopes",
    label = "does not implement `Scopes`",
    note = "a vocabulary is an enum with `#[derive(Scopes)]`, and `#[scope(\"..\")]` on every variant"
)]
pub trait Scopes: Sized + 'static {
    /// Every variant, in the order of their declaration.
    const ALL: &'static [Self];

    /// The text of every variant, in the same order. None at all means that the derive has failed, and every text will do: one mistake is enough.
    const TEXTS: &'static [&'static str];

    /// The scope that the variant stands for.
    fn scope(&self) -> Scope;

    /// What the scope allows: the variant's doc comment.
    fn description(&self) -> Option<&'static str>;

    /// The scopes that whoever holds this one holds, too, as they were declared: without those that follow from them.
    fn implies(&self) -> &'static [Self];

    /// All of it, as plain data.
    #[must_use]
    fn vocabulary() -> Vocabulary {
        Vocabulary::of::<Self>()
    }
}

/// What an enum of scopes declares, as plain data.
///
/// ```
/// use mcp_guard::Vocabulary;
/// use mcp_guard::prelude::*;
///
/// #[derive(Scopes)]
/// enum TodoScope {
///     /// See your todos.
///     #[scope("todo:read")]
///     Read,
/// }
///
/// let vocabulary = Vocabulary::of::<TodoScope>();
/// assert_eq!(vocabulary.description(&TodoScope::Read.into()), Some("See your todos."));
/// assert!(!vocabulary.contains(&Scope::from_static("todo:raed")));
/// ```
#[derive(Clone, Debug)]
pub struct Vocabulary(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    scope: Scope,
    description: Option<&'static str>,
    implies: Vec<Scope>,
}

impl Vocabulary {
    /// The vocabulary that `E` declares.
    #[must_use]
    pub fn of<E: Scopes>() -> Self {
        let entry = |variant: &E| Entry {
            scope: variant.scope(),
            description: variant.description(),
            implies: variant.implies().iter().map(E::scope).collect(),
        };
        Self(E::ALL.iter().map(entry).collect())
    }

    /// Whether this is one of the scopes.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.entry(scope).is_some()
    }

    /// What a scope allows.
    #[must_use]
    pub fn description(&self, scope: &Scope) -> Option<&str> {
        self.entry(scope)?.description
    }

    /// The scopes, in the order of their declaration.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter().map(|entry| &entry.scope)
    }

    /// Which scope implies which, the broader one first: what [`Hierarchy::new`](crate::Hierarchy::new) takes.
    pub fn implications(&self) -> impl Iterator<Item = (Scope, Scope)> {
        self.0
            .iter()
            .flat_map(|Entry { scope, implies, .. }| implies.iter().map(|narrow| (scope.clone(), narrow.clone())))
    }

    fn entry(&self, scope: &Scope) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.scope == *scope)
    }
}

#[cfg(test)]
mod tests {
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
    fn a_vocabulary_says_what_the_enum_declares() {
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
    fn an_unknown_scope_has_no_description() {
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
}
