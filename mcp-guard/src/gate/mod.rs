//! Authorization of MCP requests over HTTP: the outer lock.
//!
//! The gate runs before rmcp, while the HTTP status can still be chosen, and sends the response that MCP requires
//! ("Runtime Insufficient Scope Errors"):
//!
//! 1. The body is authoritative. It is read once, with the same limit as rmcp's, and passed on unchanged. A body that
//!    rmcp could interpret differently is rejected: arrays, repeated names, invalid UTF-8, and anything else that is
//!    not one JSON-RPC message. (`message`)
//! 2. Since 2026-07-28, the `Mcp-Method` and `Mcp-Name` headers must match the body. Before, they are ignored.
//!    (`headers`)
//! 3. Every operation has a requirement. An unknown method is rejected. (`operation`)
//! 4. A legacy session belongs to the principal that opened it. For other callers it is not found. (`admission`)
//! 5. A rejection is sent before the tool runs: a rejected call never ran.
//! 6. A stream ends when the token that opened it is no longer valid. (`service`)
//! 7. The inner lock decides again, on the operation that rmcp dispatches.

mod accept;
mod admission;
mod body;
mod budget;
mod config;
mod description;
mod direct;
mod headers;
mod layer;
mod lookup;
mod message;
mod opening;
mod rejection;
mod request_span;
mod requests_in_progress;
mod service;
mod session_table;
mod unauthenticated;

pub use layer::GateLayer;
pub use service::Gate;

pub(crate) use config::GateLimits;
pub(crate) use opening::Opening;
pub(crate) use session_table::SessionTable;
pub(crate) use unauthenticated::MAX_UNAUTHENTICATED_BODY;

pub use message::peek;
