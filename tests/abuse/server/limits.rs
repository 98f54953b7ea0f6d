//! The limits of the target, in one place: the attacker learns the bounds from the announcement and waits as long.

use mcp_guard::NoTools;
use mcp_guard::ResourceServerBuilder;
use mcp_guard_abuse::Bounds;

/// The bounds that [`configure`] sets, with times in seconds. The short form of the drill waits only for bounds of at most ten seconds.
pub(crate) const BOUNDS: Bounds = Bounds { request: 30, idle: 30, write: 30, revocation: 60, sessions: 1_000 };

/// Configures the limits of the target.
///
/// This is the place for `ResourceServerBuilder::connections(..)` with idle and write time-outs that are shorter than the defaults: call it here, and change
/// [`BOUNDS`] with it.
pub(crate) fn configure(builder: ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools> {
    builder.max_sessions(BOUNDS.sessions)
}
