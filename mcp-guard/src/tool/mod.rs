//! The rmcp side: guarded tools, the inner lock, and the extractors.
//!
//! The outer lock (the [gate](crate::GateLayer)) gives the protocol's answer; the inner lock is the security boundary. It decides on what rmcp
//! really dispatches, on every transport, before the arguments are parsed:
//!
//! 1. No [`Caller`](crate::Caller) in the request's context (the layer is missing, another transport) means denied.
//! 2. The decision is the one of [`Policy::decide`](crate::Policy::decide), the same as the outer lock's.
//! 3. A route carries its lock with it: it stays locked in whatever router it ends up.

mod extract;
mod guarded;
mod handler;
mod lock;
mod once;

pub use extract::TokenRejection;
pub use guarded::GuardedServer;
pub use guarded::GuardedTool;
pub use guarded::GuardedTools;

pub use extract::extract;
pub use extract::extract_optional_token;
pub use handler::call_tool;
pub use handler::get_tool;
pub use handler::list_tools;
pub use handler::server_info;
pub use once::built_once;
