//! What lists show of operations that a caller may not use.

/// What `tools/list`, `prompts/list`, `resources/list` and `resources/templates/list` show. Whatever they show, every call is decided anew.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Visibility {
    /// Everything, to everybody who may list. A client can then call what it lacks the scopes for, is told which, and can ask for them.
    #[default]
    All,
    /// Only what the caller's token permits. An operation that a client never sees it never calls, so it never learns of the scopes to ask for: choose
    /// this where scopes are handed out in other ways. What arguments add to a requirement is not known to a list.
    Granted,
    /// Everything, with the requirement in `_meta.securitySchemes`, where ChatGPT reads it.
    Marked,
}
