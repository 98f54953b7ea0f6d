//! An OAuth 2.1 resource server for MCP on rmcp and axum: declare the scopes of each tool next to the tool.
//!
//! [`#[guarded_tools]`](macro@guarded_tools) on an impl block and [`#[guarded_tool(scope = "..")]`](macro@guarded_tool) on
//! its methods declare the operations and their requirements. A [`ResourceServer`] serves them: it validates the access
//! token (`401`), authorizes the operation (`403` with the missing scope), publishes the protected resource metadata, and
//! handles CORS and sessions.
//!
//! One [`Policy`](policy::Policy) decides twice. The [`GateLayer`](layer::GateLayer) in front of rmcp chooses the HTTP
//! status. A lock in front of each operation is the security boundary: it denies every request that no
//! [`AuthLayer`](layer::AuthLayer) has authenticated.
//!
//! # Deployment
//!
//! - The resource URL is the URL that clients use, and the audience of their tokens. Behind a proxy it is the URL of the
//!   proxy. [`Network::allowed_hosts`](settings::Network::allowed_hosts) lists other host names of the server.
//! - Tokens require TLS: configure a certificate with [`tls`](ResourceServerBuilder::tls), or let a proxy terminate TLS.
//! - A scope limits a client. Whether the *user* may access an *object* is up to the tool: key your data by
//!   [`issuer`](ValidatedToken::issuer) and [`subject`](ValidatedToken::subject).
//!
//! # Features
//!
//! | feature | meaning |
//! |---|---|
//! | `aws-lc-rs` (default) | signatures and TLS with aws-lc-rs; requires a C compiler |
//! | `docs-page` | the documentation page, `Observation::docs` |
//! | `rust-crypto` | signatures in pure Rust, slower |
//! | `rustls-no-provider` | HTTPS to authorization servers with a rustls `CryptoProvider` of the application |
//! | `tls` (default) | the server can terminate TLS |
//! | `metrics` | [metrics](settings::Observation) through the facade of the crate `metrics` |
//! | `prometheus` | the server exports its metrics for Prometheus |
//! | `otel` | the spans of requests continue the traces of their clients |

#[macro_use]
mod opaque_debug;

mod auth;
mod config;
mod direct;
pub mod error;
mod gate;
mod guarded;
pub mod issuer;
mod json;
pub mod layer;
mod limit;
mod metrics;
mod operation;
mod panics;
pub mod policy;
mod provider;
pub mod record;
mod request;
pub mod revocation;
mod rule;
mod scope;
mod seal;
mod server;
pub mod settings;
mod since;
mod take_ready;
mod throttle;
pub mod token;
mod trace;
mod urls;
mod validate;
mod wire;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use config::BuildError;
pub use guarded::{ClientInput, GuardedServer, ResourceContext, ResourceUri};
pub use issuer::Issuer;
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
pub use provider::Provider;
pub use scope::{Scope, ScopeSet, Scopes};
pub use server::{EnvConfig, LocalServer, LocalServerBuilder, ResourceServer, ResourceServerBuilder};
pub use token::{Claims, InsufficientScope, ValidatedToken};
pub use validate::TokenValidator;

/// The names that most servers use.
pub mod prelude {
    pub use rmcp::handler::server::wrapper::{Json, Parameters};

    pub use crate::{
        Claims, GuardedServer, Issuer, Provider, ResourceServer, Scope, ScopeSet, Scopes, ValidatedToken,
        guarded_handler, guarded_prompt, guarded_resource, guarded_tool, guarded_tools,
    };
}

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
