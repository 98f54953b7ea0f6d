//! Mistakes in a server's operations that only a running program can detect.

/// The placeholder for the input schema of a tool that cannot have one. It contains the reason.
pub(crate) const INVALID_SCHEMA: &str = "mcp-guard: invalid input schema";

/// The reason why a server does not build. It is found while the operations are collected, and reported by the builder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Problem {
    /// Two tools with the same name.
    DuplicateTool(String),
    /// Two prompts with the same name.
    DuplicatePrompt(String),
    /// Two resources with the same URI.
    DuplicateResource(String),
    /// An invalid URI template.
    Template { template: String, reason: String },
    /// Two templates that match the same URIs.
    AmbiguousTemplates(String, String),
    /// A plain rmcp tool that was merged without a requirement.
    UnguardedTool(String),
    /// Two requirements for one tool of a merged router.
    RepeatedRequirement(String),
    /// A requirement for a tool that does not exist.
    NoSuchTool(String),
}
