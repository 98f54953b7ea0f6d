//! The visibility of operations in lists.

/// The operations that `tools/list`, `prompts/list`, `resources/list` and `resources/templates/list` show. It does not
/// affect authorization: every call is authorized separately.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Visibility {
    /// All operations. A client can call an operation without the required scopes, receives their names in the
    /// challenge, and can request them.
    #[default]
    All,
    /// Only operations that the caller's token allows. Clients never request the scopes of hidden operations, so use
    /// this if scopes are granted in other ways. Scopes that arguments add are not considered.
    Granted,
    /// All operations, with their requirements in `_meta.securitySchemes`, as ChatGPT requires.
    Marked,
}
