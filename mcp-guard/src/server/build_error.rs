//! Why a server is not built.

use crate::provider::ProviderError;
use crate::scope::InvalidScopePrefix;
use crate::scope::Scope;
use crate::scope::ScopeCycle;
use crate::urls::InvalidResource;
use crate::validate::InvalidDpop;
use crate::validate::IssuersError;
use crate::validate::ValidatorError;

/// Why a server is not built. Each names the value that is wrong and the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The resource URL cannot be one.
    #[error("the resource {resource:?} cannot identify this server: {reason}")]
    Resource {
        /// The configured URL.
        resource: String,
        /// What is wrong with it.
        reason: InvalidResource,
    },
    /// There is nobody to get a token from.
    #[error(
        "no authorization server: call `.authorization_server(\"https://..\")` with the issuer of the access tokens"
    )]
    NoAuthorizationServer,
    /// An issuer that cannot be one. It is not shown: there may be a password in it.
    #[error(
        "an authorization server is neither an https URL nor an http URL on loopback, or it has a user name, a query or a fragment: write the issuer exactly as it writes itself"
    )]
    AuthorizationServer,
    /// The endpoint and the health routes are in each other's way.
    #[error(
        "the resource's path {0:?} is taken by the health routes: call `.without_health()`, or choose another path"
    )]
    HealthPath(String),
    /// Several authorization servers, and one provider.
    #[error("{} authorization servers and one provider: call `.validator(..)` with one that accepts tokens of each", .0.len())]
    SeveralAuthorizationServers(Vec<String>),
    /// A setting that nothing would ask.
    #[error("`.{setting}(..)` has no effect beside {beside}: take it away")]
    Ineffective {
        /// The builder's method.
        setting: &'static str,
        /// What makes it useless.
        beside: &'static str,
    },
    /// The identity provider cannot be used as it is configured.
    #[error(transparent)]
    Provider(Box<ProviderError>),
    /// No scope can begin like this.
    #[error("{prefix:?} cannot stand in front of a scope: {reason}")]
    ScopePrefix {
        /// The configured text.
        prefix: String,
        /// What is wrong with it.
        reason: InvalidScopePrefix,
    },
    /// The authorization servers cannot be told apart.
    #[error(transparent)]
    Issuers(#[from] IssuersError),
    /// The validator cannot be built.
    #[error(transparent)]
    Validator(Box<ValidatorError>),
    /// Proofs of possession cannot be asked for in this way.
    #[error("`.dpop(..)`: {0}")]
    Dpop(#[from] InvalidDpop),
    /// A scope implies itself.
    #[error("{0}: take one of the `.scope_implies(..)` calls on the way away")]
    Hierarchy(#[from] ScopeCycle),
    /// No tool, no prompt and no resource.
    #[error("the server offers nothing: put `#[guarded_tool(..)]` on at least one method")]
    NoOperations,
    /// Two tools of one name.
    #[error("two tools are called {0:?}: rename one with `name = \"..\"`")]
    DuplicateTool(String),
    /// Two prompts of one name.
    #[error("two prompts are called {0:?}: rename one with `name = \"..\"`")]
    DuplicatePrompt(String),
    /// Two resources of one URI.
    #[error("two resources have the URI {0:?}: change one, or remove it")]
    DuplicateResource(String),
    /// A URI template that cannot be matched.
    #[error("the URI template {template:?} cannot be matched: {reason}")]
    UriTemplate {
        /// The template.
        template: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Two templates for the same URIs.
    #[error(
        "the URI templates {0:?} and {1:?} can describe the same URI, so nobody could say which requirement counts: tell them apart by a literal part"
    )]
    AmbiguousTemplates(String, String),
    /// A plain rmcp tool that nobody gave a requirement.
    #[error(
        "the tool {0:?} of a merged router has no requirement: name one in `merge_each`, or one for all in `merge`"
    )]
    UnguardedTool(String),
    /// Two requirements for one tool.
    #[error("`merge_each` was given two requirements for the tool {0:?}: keep one of them")]
    RepeatedRequirement(String),
    /// A requirement for a tool that does not exist.
    #[error(
        "`merge_each` was given a requirement for {0:?}, but the router has no such tool: correct the name, or take it away"
    )]
    NoSuchTool(String),
    /// A prompt or resource that is never asked.
    #[error("{operation} is never served, because `{method}` is implemented by hand: take one of them away")]
    Unserved {
        /// The prompt or resource.
        operation: String,
        /// The method.
        method: &'static str,
    },
    /// A scope that the server's vocabulary does not know.
    #[error(
        "{place} requires the scope \"{scope}\", which is not in the server's vocabulary: add a variant for it, or correct it"
    )]
    UnknownScope {
        /// The scope.
        scope: Scope,
        /// What requires it.
        place: String,
    },
    /// A public operation on a server that lets nobody in without a token.
    #[error("{} may be used without a token, but this server lets nobody in without one: call `.allow_anonymous()`, or give it another requirement than `public`", .0.join(", "))]
    Public(Vec<String>),
    /// `.allow_anonymous()` on a server without a public operation.
    #[error("`.allow_anonymous()` opens nothing: no operation is `public`; take the call away")]
    NothingPublic,
    /// `offline_access` is the client's business.
    #[error(
        "`offline_access` is required by {place}: a resource server must not ask for it (MCP, \"Refresh Tokens\"); take it away"
    )]
    OfflineAccess {
        /// The baseline, or a tool.
        place: String,
    },
    /// An origin that no browser sends.
    #[error(
        "{origin:?} is no origin: write it like \"https://app.example.com\" or \"http://localhost:6274\", without a path"
    )]
    Origin {
        /// The configured origin.
        origin: String,
    },
    /// A host that no client sends.
    #[error(
        "{host:?} is no host: write it like \"todo.example.com\" or \"todo.example.com:8443\", without a scheme and a path"
    )]
    Host {
        /// The configured host.
        host: String,
    },
    /// A trusted proxy is neither an address nor a network.
    #[error("invalid trusted proxy {proxy:?}: expected an IP address, or a network like \"10.0.0.0/8\"")]
    TrustedProxy {
        /// The configured proxy.
        proxy: String,
    },
    /// A limit of [`Connections`](crate::Connections) that nothing could meet.
    #[error("invalid `Connections::{setting}`: expected {expected}")]
    Connections {
        /// The setting.
        setting: &'static str,
        /// The values that it takes.
        expected: &'static str,
    },
    /// A value from the environment is wrong.
    #[error("{variable}: {source}")]
    Environment {
        /// The variable.
        variable: &'static str,
        /// What is wrong with its value.
        source: Box<Self>,
    },
    /// No body would be small enough.
    #[error("`.max_body_bytes(0)` would refuse every request: name a limit, or leave the call away for 4 MiB")]
    NoBody,
    /// A budget for bodies has no room for one body.
    #[error(
        "`.{setting}({bytes})` has no room for the largest request body and its message: expected at least {least} bytes"
    )]
    BodyBudget {
        /// The method of the builder.
        setting: &'static str,
        /// Its value.
        bytes: usize,
        /// The smallest value that is accepted.
        least: usize,
    },
    /// The interval of checks is zero.
    #[error("`.stream_check_interval(..)` is zero: expected a positive duration, such as 30 seconds")]
    StreamCheckInterval,
}

impl From<ProviderError> for BuildError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Validator(error) => Self::Validator(error),
            error => Self::Provider(error.into()),
        }
    }
}

impl From<ValidatorError> for BuildError {
    fn from(error: ValidatorError) -> Self {
        Self::Validator(error.into())
    }
}
