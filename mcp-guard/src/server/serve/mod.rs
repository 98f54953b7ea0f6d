//! Serves a built server. `accept` accepts connections within their limits, `connection_task` serves one connection,
//! and `requests` handles its requests.

mod accept;
mod activity;
mod addresses;
mod body;
#[cfg(feature = "tls")]
mod certificate;
mod connection;
mod connection_task;
mod exporter;
mod forwarded;
mod in_progress;
mod io;
mod life;
mod limits;
mod orders;
mod proxies;
mod registry;
#[cfg(feature = "tls")]
mod reload;
mod requests;
mod resource_server;
mod serve_error;
mod server;
mod signals;
mod streams;
mod tls;

use resource_server::BUFFER;

pub use limits::Connections;
pub use resource_server::ResourceServer;
pub use serve_error::ServeError;

pub(super) use forwarded::client_of;
pub(super) use in_progress::Refusal as RequestRefusal;
pub(super) use proxies::TrustedProxies;
pub(super) use resource_server::{Authorization, ServerRoutes, Serving};
