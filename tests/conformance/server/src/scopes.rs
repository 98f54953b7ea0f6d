//! The scopes of the contract.

use mcp_guard::InvalidScope;
use mcp_guard::prelude::*;

/// What a caller may be allowed to do.
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

/// The scope for one resource of the template. An id that no scope can spell has none, so nobody reads it.
pub(crate) fn template(id: &str) -> Result<Scope, InvalidScope> {
    Scope::new(format!("mcp:conformance:resources:template:{id}"))
}
