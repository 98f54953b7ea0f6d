#![doc = "placeholder"]

mod caller;
mod hierarchy;
mod policy;
mod requirement;
mod scope;
mod token;
mod tool;
mod validate;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use caller::Caller;
pub use hierarchy::Hierarchy;
pub use hierarchy::ScopeCycle;
pub use policy::Decision;
pub use policy::Policy;
pub use requirement::AnyOf;
pub use requirement::Requirement;
pub use scope::InvalidScope;
pub use scope::Scope;
pub use scope::ScopeSet;
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
}
