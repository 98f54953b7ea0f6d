//! Revocation of access tokens before they expire.
//!
//! 1. A token is revoked by its id (`jti`), by its session (`sid`), or by its subject, client or issuer if its `iat` is at
//!    or before the revocation. A token without `iat` is rejected until the revocation expires.
//! 2. A revocation applies to cached tokens and to the next request. It ends open streams, calls, subscriptions, tasks
//!    and legacy sessions at once, without polling.
//! 3. Nothing is forgotten early: an entry expires when the last affected token has, by the monotonic and the system
//!    clock. Tokens that could live longer are rejected. A full table rejects the next revocation.
//! 4. The table contains keyed digests, and no text of a token.
//!
//! ```
//! use std::time::Duration;
//!
//! use mcp_guard::{ResourceServer, Scope};
//! use mcp_guard::revocation::{Revocation, Revocations};
//!
//! # fn example() -> Result<(), mcp_guard::error::ConfigError> {
//! // No access token is valid for more than 24 hours.
//! let revocations = Revocations::new(Duration::from_secs(24 * 60 * 60));
//! let builder = ResourceServer::builder("https://todo.example.com/mcp").revocations(
//!     revocations.clone().admin_route("/admin/revocations", Scope::from_static("revoke")),
//! );
//! // Later, when the account of alice is locked:
//! revocations.revoke(&Revocation::subject("https://auth.example.com", "alice"))?;
//! # drop(builder);
//! # Ok(())
//! # }
//! ```

mod clock;
#[expect(clippy::module_inception, reason = "the type that the module is named after")]
mod revocation;
mod revocations;
mod table;
mod waiting;

pub use revocation::Revocation;
pub use revocations::Revocations;

pub(crate) use revocations::{AdminRoute, Revocable};
