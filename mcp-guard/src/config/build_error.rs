//! Why a server or a validator is not built.

use super::ConfigError;
use crate::scope::Scope;

/// Why a server or a validator is not built. The text names every mistake that was found, and how to correct it.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting has a value that cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There are several mistakes.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Self>),
    /// The server offers no tool, no prompt and no resource.
    #[error("the server offers no operation: put `#[guarded_tool(..)]` on at least one method")]
    NoOperations,
    /// Two tools have one name.
    #[error("two tools are called {0:?}: rename one with `name = \"..\"`")]
    DuplicateTool(String),
    /// The parameters of a tool are not an object.
    #[error("the parameters of the tool {tool:?} have no usable schema: {reason}")]
    InputSchema {
        /// The tool.
        tool: String,
        /// The reason.
        reason: String,
    },
    /// Two prompts have one name.
    #[error("two prompts are called {0:?}: rename one with `name = \"..\"`")]
    DuplicatePrompt(String),
    /// Two resources have one URI.
    #[error("two resources have the URI {0:?}: change or remove one of them")]
    DuplicateResource(String),
    /// A URI template cannot be matched.
    #[error("the URI template {template:?} cannot be matched: {reason}")]
    UriTemplate {
        /// The template.
        template: String,
        /// The reason.
        reason: String,
    },
    /// Two templates match the same URI.
    #[error(
        "the URI templates {0:?} and {1:?} match the same URI, so its requirement is ambiguous: add a literal part to one of them"
    )]
    AmbiguousTemplates(String, String),
    /// A plain rmcp tool has no requirement.
    #[error(
        "the tool {0:?} of a merged router has no requirement: name one in `merge_each`, or one for all tools in `merge`"
    )]
    UnguardedTool(String),
    /// A tool has two requirements.
    #[error("`merge_each` has two requirements for the tool {0:?}: keep one of them")]
    RepeatedRequirement(String),
    /// A requirement is for a tool that does not exist.
    #[error(
        "`merge_each` has a requirement for {0:?}, but the router has no such tool: correct the name, or remove it"
    )]
    NoSuchTool(String),
    /// A prompt or resource is never served.
    #[error("{operation} is never served, because `{method}` is implemented by hand: remove one of them")]
    Unserved {
        /// The prompt or resource.
        operation: String,
        /// The method.
        method: &'static str,
    },
    /// A scope is not in the server's vocabulary.
    #[error(
        "{place} requires the scope \"{scope}\", which is not in the server's vocabulary: add a variant for it, or correct it"
    )]
    UnknownScope {
        /// The scope.
        scope: Scope,
        /// The operation or setting that requires it.
        place: String,
    },
    /// An operation is public, and the server requires a token of every caller.
    #[error("{} may be used without a token, but this server requires one of every caller: call `.allow_anonymous()`, or change the requirement `public`", .0.join(", "))]
    Public(Vec<String>),
    /// Anonymous callers are allowed, and no operation is public.
    #[error("`.allow_anonymous()` has no effect, because no operation is `public`: remove the call")]
    NothingPublic,
    /// `offline_access` is required, which only clients may ask for.
    #[error(
        "`offline_access` is required by {place}: a resource server must not require it (MCP, \"Refresh Tokens\"); remove it"
    )]
    OfflineAccess {
        /// The operation or setting that requires it.
        place: String,
    },
}

debug_as_display!(BuildError);

impl BuildError {
    /// All of these mistakes.
    pub(crate) fn all(errors: impl IntoIterator<Item = Self>) -> Self {
        let flat = |error| if let Self::Several(errors) = error { errors } else { vec![error] };
        let mut errors: Vec<Self> = errors.into_iter().flat_map(flat).collect();
        match errors.pop() {
            Some(only) if errors.is_empty() => only,
            last => Self::Several(errors.into_iter().chain(last).collect()),
        }
    }

    /// Returns the one setting that cannot be used.
    #[cfg(test)]
    pub(crate) fn setting(&self) -> super::Setting {
        let settings: Vec<_> = self.settings().map(ConfigError::setting).collect();
        assert_eq!(settings.len(), 1, "{self}");
        settings[0]
    }

    /// Returns the settings whose values cannot be used.
    pub fn settings(&self) -> impl Iterator<Item = &ConfigError> {
        let several: &[Self] = if let Self::Several(errors) = self { errors } else { std::slice::from_ref(self) };
        several.iter().filter_map(|error| if let Self::Config(error) = error { Some(error) } else { None })
    }
}
