//! Scopes beside your MCP tools: an OAuth 2.1 resource server on rmcp and axum that cannot be left open by accident.
//!
//! Put [`#[guarded_tools]`](macro@guarded_tools) on an impl block, [`#[guarded_tool(scope = "..")]`](macro@guarded_tool) on the tools in it, and give the
//! server to a [`ResourceServer`]. What follows from the scopes is done: who is calling (`401`), whether they may (`403` with the scope to ask for), the
//! protected resource metadata that clients read, CORS, sessions that belong to their owner.
//!
//! Two locks ask one [`Policy`]. The [`GateLayer`] stands before rmcp, where the HTTP status can still be chosen, and gives the protocol's answer; the inner
//! lock sits in every tool's route and is the security boundary: it denies every call that no [`AuthLayer`] has seen.
//!
//! # Deployment
//!
//! - The resource URL is what clients type, and what `aud` must say. Behind a proxy it is the proxy's URL; list other host names that reach the server with
//!   [`allowed_hosts`](Network::allowed_hosts).
//! - Tokens need TLS: give the server a certificate with [`tls`](ResourceServerBuilder::tls), or let a proxy in front of it terminate TLS.
//! - A scope says what a client was granted. Whether this *user* may touch this *object* is still the tool's business: key your data by
//!   [`issuer`](ValidatedToken::issuer) and [`subject`](ValidatedToken::subject).
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `aws-lc-rs` (default) | signatures and TLS with aws-lc-rs; needs a C compiler |
//! | `rust-crypto` | signatures in pure Rust, slower; for machines that cannot build C |
//! | `rustls-no-provider` | HTTPS to the authorization server with a rustls `CryptoProvider` that the application installs |
//! | `tls` (default) | the server can terminate TLS itself |

#[macro_use]
mod opaque_debug;

mod auth;
mod config;
pub mod error;
mod gate;
mod guarded;
pub mod issuer;
mod json;
pub mod layer;
mod operation;
mod panics;
pub mod policy;
mod provider;
mod request;
mod scope;
mod server;
mod throttle;
pub mod token;
mod urls;
mod validate;
mod wire;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use auth::AuthLayer;
pub use auth::AuthService;
pub use auth::ClientCertificate;
pub use config::BuildError;
pub use config::ConfigError;
pub use config::ConfigErrorKind;
pub use config::Setting;
pub use gate::GateLayer;
pub use gate::GateService;
pub use guarded::ClientInput;
pub use guarded::Guarded;
pub use guarded::GuardedPrompt;
pub use guarded::GuardedPrompts;
pub use guarded::GuardedResource;
pub use guarded::GuardedResources;
pub use guarded::GuardedServer;
pub use guarded::GuardedTool;
pub use guarded::GuardedTools;
pub use guarded::ResourceContext;
pub use guarded::ResourceUri;
pub use guarded::TokenRejection;
pub use guarded::ToolFunction;
pub use issuer::Issuer;
pub use issuer::IssuerValidator;
#[doc = include_str!("docs/scopes.md")]
pub use mcp_guard_macros::Scopes;
#[doc = include_str!("docs/guarded_handler.md")]
pub use mcp_guard_macros::guarded_handler;
#[doc = include_str!("docs/guarded_prompt.md")]
pub use mcp_guard_macros::guarded_prompt;
#[doc = include_str!("docs/guarded_resource.md")]
pub use mcp_guard_macros::guarded_resource;
#[doc = include_str!("docs/guarded_tool.md")]
pub use mcp_guard_macros::guarded_tool;
#[doc = include_str!("docs/guarded_tools.md")]
pub use mcp_guard_macros::guarded_tools;
pub use operation::Operation;
pub use operation::ScopeMatrix;
pub use operation::ScopesFor;
pub use policy::AnyOf;
pub use policy::Client;
pub use policy::Decision;
pub use policy::Denial;
pub use policy::Policy;
pub use policy::Requirement;
pub use policy::Visibility;
pub use provider::GitHubProvider;
pub use provider::GoogleProvider;
pub use provider::IntrospectionProvider;
pub use provider::JwtProvider;
pub use provider::Provider;
pub use provider::ScalekitProvider;
pub use request::Caller;
pub use scope::Hierarchy;
pub use scope::InvalidScope;
pub use scope::Scope;
pub use scope::ScopeSet;
pub use scope::Scopes;
pub use scope::Vocabulary;
pub use server::Connections;
pub use server::Disclosure;
pub use server::EnvConfig;
pub use server::EnvError;
pub use server::Limits;
pub use server::LocalServer;
pub use server::LocalServerBuilder;
pub use server::Network;
pub use server::NoTools;
pub use server::Observation;
pub use server::ResourceMetadata;
pub use server::ResourceServer;
pub use server::ResourceServerBuilder;
pub use server::ServeError;
pub use server::Sessions;
pub use server::Tools;
pub use token::BearerToken;
pub use token::Claims;
pub use token::ClaimsError;
pub use token::InsufficientScope;
pub use token::InvalidToken;
pub use token::Principal;
pub use token::TokenError;
pub use token::TokenParts;
pub use token::ValidatedToken;
pub use validate::Algorithm;
pub use validate::Cached;
pub use validate::CachedBuilder;
pub use validate::ClientAuthentication;
pub use validate::Dpop;
pub use validate::Readiness;
pub use validate::StaticTokens;
pub use validate::TokenCacheHandle;
pub use validate::TokenProfile;
pub use validate::TokenValidator;
pub use wire::ChallengeError;
pub use wire::Challenger;

/// What a server needs in its first ten minutes.
pub mod prelude {
    pub use rmcp::handler::server::wrapper::Json;
    pub use rmcp::handler::server::wrapper::Parameters;

    pub use crate::Claims;
    pub use crate::GuardedServer;
    pub use crate::Scope;
    pub use crate::ScopeSet;
    pub use crate::Scopes;
    pub use crate::ValidatedToken;
    pub use crate::guarded_handler;
    pub use crate::guarded_prompt;
    pub use crate::guarded_resource;
    pub use crate::guarded_tool;
    pub use crate::guarded_tools;
}

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
