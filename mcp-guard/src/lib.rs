#![doc = "placeholder"]

mod answer;
mod auth;
mod caller;
mod challenge;
mod gate;
mod hierarchy;
mod metadata;
mod policy;
mod requirement;
mod resource;
mod scope;
mod server;
mod token;
mod tool;
mod validate;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use auth::AuthLayer;
pub use auth::AuthService;
pub use caller::Caller;
pub use challenge::BearerError;
pub use challenge::Challenger;
pub use gate::GateLayer;
pub use gate::GateService;
pub use hierarchy::Hierarchy;
pub use hierarchy::ScopeCycle;
pub use mcp_guard_macros::guarded_tool;
pub use mcp_guard_macros::guarded_tools;
pub use policy::Decision;
pub use policy::Policy;
pub use requirement::AnyOf;
pub use requirement::Requirement;
pub use resource::InvalidResource;
pub use scope::InvalidScope;
pub use scope::Scope;
pub use scope::ScopeSet;
pub use server::BuildError;
pub use server::EnvConfig;
pub use server::EnvError;
pub use server::GuardedService;
pub use server::NoTools;
pub use server::ResourceServer;
pub use server::ResourceServerBuilder;
pub use server::ServeError;
pub use server::Tools;
pub use token::BearerToken;
pub use token::Claims;
pub use token::ClaimsError;
pub use token::InvalidToken;
pub use token::Principal;
pub use token::TokenError;
pub use token::TokenParts;
pub use token::ValidatedToken;
pub use tool::GuardedServer;
pub use tool::GuardedTool;
pub use tool::GuardedTools;
pub use tool::TokenRejection;
pub use validate::Algorithm;
pub use validate::DiscoveryError;
pub use validate::FetchError;
pub use validate::JwtValidator;
pub use validate::JwtValidatorBuilder;
pub use validate::Readiness;
pub use validate::TokenProfile;
pub use validate::TokenValidator;
pub use validate::ValidatorError;

/// What a server needs in its first ten minutes.
pub mod prelude {
    pub use rmcp::handler::server::wrapper::Json;
    pub use rmcp::handler::server::wrapper::Parameters;

    pub use crate::Claims;
    pub use crate::GuardedServer;
    pub use crate::Scope;
    pub use crate::ScopeSet;
    pub use crate::ValidatedToken;
    pub use crate::guarded_tool;
    pub use crate::guarded_tools;
}
