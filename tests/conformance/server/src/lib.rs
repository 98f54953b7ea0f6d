//! The server that the official conformance suite (`@modelcontextprotocol/conformance`) asks for, with every operation guarded.
//!
//! Tools, resources, prompts and their texts are those of the suite's server scenarios. Beside them stands the contract of its scope challenge scenario
//! (SEP-2350): two opaque [tokens], and four operations that only one of the two may use.
//!
//! ```text
//! cargo run -p conformance-server            # the contract: every request needs one of the two tokens
//! cargo run -p conformance-server -- --open  # the same, but a request without credentials comes with the full token
//! ```
//!
//! The suite's other scenarios present no token, so they need `--open`. What an operation requires is the same in both: only who the callers without
//! credentials are changes, see [open].

mod asking;
mod content;
mod logs;
pub mod open;
mod rounds;
mod scopes;
mod server;
mod tasks;
pub mod tokens;

pub use scopes::ConformanceScope;
pub use server::Conformance;
pub use server::guard;
