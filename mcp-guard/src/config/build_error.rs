//! The error of building a server or a validator.

use super::ConfigError;

/// The reason why a server or a validator cannot be built. The text names every mistake and its correction.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting is missing or invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An environment variable is missing, invalid or unknown.
    #[error(transparent)]
    Environment(#[from] super::EnvError),
    /// Several errors, one line for each.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Self>),
    /// The server has no tools, prompts or resources.
    #[error("the server has no operations: add `#[guarded_tool(..)]` to at least one method")]
    NoOperations,
    /// Two tools have the same name.
    #[error("two tools have the name {0:?}: rename one with `name = \"..\"`")]
    DuplicateTool(String),
    /// The parameters of a tool are not an object.
    #[error("invalid parameter schema of the tool {tool:?}: {reason}")]
    InputSchema {
        /// The tool.
        tool: String,
        /// The reason.
        reason: String,
    },
    /// Two prompts have the same name.
    #[error("two prompts have the name {0:?}: rename one with `name = \"..\"`")]
    DuplicatePrompt(String),
    /// Two resources have the same URI.
    #[error("two resources have the URI {0:?}: change or remove one of them")]
    DuplicateResource(String),
    /// A URI template is invalid.
    #[error("invalid URI template {template:?}: {reason}")]
    UriTemplate {
        /// The template.
        template: String,
        /// The reason.
        reason: String,
    },
    /// Two templates can match the same URI.
    #[error(
        "the URI templates {0:?} and {1:?} can match the same URI, so its requirement is ambiguous: add a literal part to one of them"
    )]
    AmbiguousTemplates(String, String),
    /// A plain rmcp tool has no requirement.
    #[error(
        "the tool {0:?} of a merged router has no requirement: add one in `merge_each`, or one for all tools in `merge`"
    )]
    UnguardedTool(String),
    /// A tool has two requirements.
    #[error("`merge_each` has two requirements for the tool {0:?}: keep one of them")]
    RepeatedRequirement(String),
    /// A requirement names an unknown tool.
    #[error(
        "`merge_each` has a requirement for {0:?}, but the router has no such tool: correct the name, or remove it"
    )]
    NoSuchTool(String),
    /// A prompt or resource is never served, because its method is implemented by hand.
    #[error("{operation} is never served, because `{method}` is implemented by hand: remove one of them")]
    Unserved {
        /// The prompt or resource.
        operation: String,
        /// The method.
        method: &'static str,
    },
    /// A scope is not in the server's vocabulary.
    #[error(
        "{place} requires the scope \"{scope}\", which is not in the server's vocabulary: add a variant for it, or correct the scope"
    )]
    UnknownScope {
        /// The scope.
        scope: String,
        /// The operation or setting that requires it.
        place: String,
    },
    /// An operation is public, but the server requires a token from every caller.
    #[error("{} can be used without a token, but this server requires one from every caller: call `.allow_anonymous()`, or change the requirement `public`", .0.join(", "))]
    Public(Vec<String>),
    /// Anonymous callers are allowed, but no operation is public.
    #[error("`.allow_anonymous()` has no effect, because no operation is `public`: remove the call")]
    NothingPublic,
    /// An operation or setting requires `offline_access`, which only clients may request (MCP, "Refresh Tokens").
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
    /// Returns all of these errors as one.
    pub(crate) fn all(errors: impl IntoIterator<Item = Self>) -> Self {
        let flat = |error| if let Self::Several(errors) = error { errors } else { vec![error] };
        let mut errors: Vec<Self> = errors.into_iter().flat_map(flat).collect();
        match errors.pop() {
            Some(only) if errors.is_empty() => only,
            last => Self::Several(errors.into_iter().chain(last).collect()),
        }
    }

    /// Returns the only invalid setting.
    #[cfg(test)]
    pub(crate) fn setting(&self) -> super::Setting {
        let settings: Vec<_> = self.settings().map(ConfigError::setting).collect();
        assert_eq!(settings.len(), 1, "{self}");
        settings[0]
    }

    /// Returns the errors about settings.
    pub fn settings(&self) -> impl Iterator<Item = &ConfigError> {
        let several: &[Self] = if let Self::Several(errors) = self { errors } else { std::slice::from_ref(self) };
        several.iter().filter_map(|error| if let Self::Config(error) = error { Some(error) } else { None })
    }
}
