//! The outer lock: may they call this operation?
//!
//! It stands before rmcp, where the HTTP status can still be chosen, and gives the protocol's answer (MCP, "Runtime Insufficient Scope Errors"):
//!
//! 1. The body is the truth. It is read once, bounded by the same limit as rmcp's, and the same bytes go on. What rmcp could read differently is
//!    refused: arrays, repeated names, invalid UTF-8, anything that is not one JSON-RPC message. (`message`)
//! 2. From 2026-07-28 on, the `Mcp-Method` and `Mcp-Name` headers must say what the body says; before that they mean nothing. (`headers`)
//! 3. Every operation has a requirement, and a method that nobody knows is refused. (`operation`)
//! 4. A legacy session belongs to whom it was opened for; to anybody else it does not exist. (`session`)
//! 5. The answer comes before the tool: a refused call never ran.
//! 6. A stream ends when the token does that opened it. (`service`)
//! 7. The inner lock decides again, on what rmcp dispatches.

mod body;
mod budget;
mod config;
mod headers;
mod layer;
mod message;
mod opening;
mod operation;
mod service;
mod session;
mod session_table;

pub use layer::GateLayer;
pub use service::Gate;

pub(crate) use config::GateLimits;
pub(crate) use layer::MAX_UNAUTHENTICATED_BODY;
pub(crate) use opening::Opening;
pub(crate) use session_table::SessionTable;

pub use message::peek;
