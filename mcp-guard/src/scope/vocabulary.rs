//! Scope vocabularies: all scopes of a server, declared once.
//!
//! A misspelled scope is a scope that no token contains. With a vocabulary, it does not compile.

mod check;
mod nearest;

pub use check::KnownScopes;

use crate::scope::Scope;

/// An enum whose variants are scopes. [`#[derive(Scopes)]`](derive@crate::Scopes) implements this trait; do not
/// implement it by hand.
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
    note = "write `#[derive(Scopes)]` on the enum, and `#[scope(\"..\")]` on every variant"
)]
pub trait Scopes: Sized + 'static {
    /// All variants, in the order of declaration.
    const ALL: &'static [Self];

    /// The scope text of each variant, in the same order. Empty if the derive failed: every text is then accepted, so
    /// that the mistake is reported once.
    const TEXTS: &'static [&'static str];

    /// Returns the scope of the variant.
    fn scope(&self) -> Scope;

    /// Returns the description of the scope, from the variant's doc comment.
    fn description(&self) -> Option<&'static str>;

    /// Returns the directly implied scopes, as declared.
    fn implies(&self) -> &'static [Self];

    /// Returns the vocabulary as plain data.
    #[must_use]
    fn vocabulary() -> Vocabulary {
        Vocabulary::of::<Self>()
    }
}

/// The scopes of an enum, as plain data.
///
/// ```
/// use mcp_guard::policy::Vocabulary;
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
    /// Returns the vocabulary that `E` declares.
    #[must_use]
    pub fn of<E: Scopes>() -> Self {
        let entry = |variant: &E| Entry {
            scope: variant.scope(),
            description: variant.description(),
            implies: variant.implies().iter().map(E::scope).collect(),
        };
        Self(E::ALL.iter().map(entry).collect())
    }

    /// Returns whether the vocabulary contains this scope.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.entry(scope).is_some()
    }

    /// Returns the description of a scope.
    #[must_use]
    pub fn description(&self, scope: &Scope) -> Option<&str> {
        self.entry(scope)?.description
    }

    /// Returns the scopes, in the order of declaration.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter().map(|entry| &entry.scope)
    }

    /// Returns the pairs (`broad`, `narrow`) for [`Hierarchy::new`](crate::policy::Hierarchy::new).
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
mod tests;
