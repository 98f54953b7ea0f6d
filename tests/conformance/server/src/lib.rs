//! The server that the official conformance suite (`@modelcontextprotocol/conformance`) requires, with every operation
//! guarded.
//!
//! The tools, resources, prompts and their texts are defined by the server scenarios of the suite. In addition, the
//! server implements the contract of the scope challenge scenario (SEP-2350): two opaque [tokens], and four operations
//! that only one of the two tokens may use.
//!
//! ```text
//! cargo run -p conformance-server            # the contract: every request requires one of the two tokens
//! cargo run -p conformance-server -- --open  # requests without credentials get the full token
//! ```
//!
//! The other scenarios of the suite present no token, so they require `--open`. The requirements of all operations are
//! the same in both modes. See [open].

mod client_requests;
mod content;
mod logs;
mod multi_round;
pub mod open;
mod scopes;
mod server;
mod tasks;
pub mod tokens;

pub use scopes::ConformanceScope;
pub use server::{Conformance, guard};
