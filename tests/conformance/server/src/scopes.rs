//! The scopes of the contract.

use mcp_guard::error::InvalidScope;
use mcp_guard::prelude::*;

/// The permissions that a caller can be granted.
#[derive(Clone, Copy, Debug, Scopes)]
#[non_exhaustive]
pub enum ConformanceScope {
    /// Connect.
    #[scope("mcp:conformance:baseline")]
    Baseline,
    /// Call tools.
    #[scope("mcp:conformance:tools:call")]
    CallTools,
    /// Call `test_simple_text`.
    #[scope("mcp:conformance:tools:test_simple_text")]
    SimpleText,
    /// Read resources.
    #[scope("mcp:conformance:resources:read")]
    ReadResources,
    /// Read the resources that have a fixed URI.
    #[scope("mcp:conformance:resources:static")]
    StaticResources,
    /// Get prompts.
    #[scope("mcp:conformance:prompts:get")]
    GetPrompts,
    /// Get `test_simple_prompt`.
    #[scope("mcp:conformance:prompts:test_simple_prompt")]
    SimplePrompt,
}

/// Returns the scope for a resource of the template. An ID that is not valid in a scope has none, so it cannot be read.
pub(crate) fn template(id: &str) -> Result<Scope, InvalidScope> {
    Scope::new(format!("mcp:conformance:resources:template:{id}"))
}
