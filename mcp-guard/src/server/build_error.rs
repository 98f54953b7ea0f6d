//! Why a server is not built.

use crate::hierarchy::ScopeCycle;
use crate::resource::InvalidResource;
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
    /// Several authorization servers and no validator that knows them all.
    #[error("{} authorization servers and no validator: call `.validator(..)` with one that accepts tokens of each", .0.len())]
    SeveralAuthorizationServers(Vec<String>),
    /// Audiences were named, and a validator that does not know of them.
    #[error(
        "`.audience({0:?})` has no effect on the validator given with `.validator(..)`: tell the validator instead"
    )]
    AudienceWithValidator(String),
    /// The validator cannot be built.
    #[error(transparent)]
    Validator(Box<ValidatorError>),
    /// A scope implies itself.
    #[error("{0}: take one of the `.scope_implies(..)` calls on the way away")]
    Hierarchy(#[from] ScopeCycle),
    /// No tool.
    #[error("the server has no tools: put `#[guarded_tool(..)]` on at least one method")]
    NoTools,
    /// Two tools of one name.
    #[error("two tools are called {0:?}: rename one with `name = \"..\"`")]
    DuplicateTool(String),
    /// A public tool on a server that lets nobody in without a token.
    #[error("the tools {} are `public`, but this server lets nobody in without a token: call `.allow_anonymous()`, or give them another requirement", quoted(.0))]
    PublicTools(Vec<String>),
    /// `.allow_anonymous()` on a server without a public tool.
    #[error("`.allow_anonymous()` opens nothing: no tool is `public`; take the call away")]
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
}

impl From<ValidatorError> for BuildError {
    fn from(error: ValidatorError) -> Self {
        Self::Validator(error.into())
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}
