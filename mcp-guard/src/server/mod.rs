//! Assembles the server: the only place that knows the order of the layers.
//!
//! ```text
//! Host and Origin -> CORS -> +- metadata, health, documentation page (open)
//!                            +- Auth -> Gate -> rmcp -> the tool's own lock -> tool
//! ```

mod assemble;
mod browsers;
mod build_policy;
mod catch_panic;
mod check;
mod client_layer;
#[cfg(feature = "docs-page")]
mod docs_page;
mod endpoint;
mod env;
mod health;
mod hosts;
mod lifespan;
mod local;
mod origins;
mod paths;
mod readiness;
mod recording;
mod revocation_route;
mod route_guard;
mod serve;
mod server_builder;
mod server_settings;
mod sessions;
mod setting_groups;
mod summary;
mod trust;

pub use client_layer::ClientService;
#[cfg(feature = "docs-page")]
pub use docs_page::DocsPage;
pub use env::EnvConfig;
pub use lifespan::{Lifespan, Started};
pub use local::{LocalServer, LocalServerBuilder};
pub use route_guard::{RouteGate, RouteGuard, RouteLayer};
pub use serve::{Connections, ResourceServer, ServeError};
pub use server_builder::{NoTools, ResourceServerBuilder};
pub use server_settings::Tools;
pub use setting_groups::{Disclosure, Limits, Network, Observation, ResourceMetadata, Sessions};
pub use summary::Summary;
