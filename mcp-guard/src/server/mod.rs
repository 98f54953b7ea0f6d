//! The assembly: the only place that knows the order of the layers.
//!
//! ```text
//! Host and Origin -> CORS -> +- metadata, health (open)
//!                            +- Auth -> Gate -> rmcp -> the tool's own lock -> tool
//! ```

mod assemble;
mod browsers;
mod build_error;
mod builder;
mod check;
mod endpoint;
mod env;
mod health;
mod hosts;
mod local;
mod origins;
mod policy;
mod resource_server;
mod serve;
mod sessions;
mod settings;
mod trust;
mod variable;

pub use build_error::BuildError;
pub use builder::NoTools;
pub use builder::ResourceServerBuilder;
pub use env::EnvConfig;
pub use env::EnvError;
pub use local::LocalServer;
pub use local::LocalServerBuilder;
pub use resource_server::ResourceServer;
pub use serve::Connections;
pub use serve::GuardedService;
pub use serve::ServeError;
pub use settings::Tools;
