//! Seals what outlives a request, so that only the principal that received it can use it again.
//!
//! 1. A session id, a task id and the state of a multi round-trip request leave the server with a MAC over the server,
//!    the issuer, subject and client of the caller, and the value (MCP Security Best Practices, "Session Hijacking").
//!    Anonymous callers are one principal of their own. No table is required.
//! 2. Each kind of value has a key of its own, so a value of one kind is never valid as another. (`keys`)
//! 3. The MAC of a state also covers the operation and its arguments, and the state expires. (`state`)
//! 4. To other principals the value does not exist: a foreign, a forged and an unknown value are one error.

mod arguments;
mod bound;
mod keys;
#[expect(clippy::module_inception, reason = "the module lists its parts")]
mod seal;
mod state;

pub(crate) use seal::{Seal, SealedId};
pub(crate) use state::{StateBinding, StateOf};
