//! What is wrong with a server's operations, as far as only a running program can tell.

/// Stands in the place of an input schema that a tool cannot have, with the reason.
pub(crate) const INVALID_SCHEMA: &str = "mcp-guard: invalid input schema";

/// Why a server does not build. It is found while the operations are collected and reported by the builder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Problem {
    /// Two tools of one name.
    DuplicateTool(String),
    /// Two prompts of one name.
    DuplicatePrompt(String),
    /// Two resources of one URI.
    DuplicateResource(String),
    /// A URI that is no URI template.
    Template { template: String, reason: String },
    /// Two templates that describe the same URIs.
    AmbiguousTemplates(String, String),
    /// A plain rmcp tool was merged without a requirement.
    UnguardedTool(String),
    /// Two requirements were given for one tool of a merged router.
    RepeatedRequirement(String),
    /// A requirement was given for a tool that is not there.
    NoSuchTool(String),
}
