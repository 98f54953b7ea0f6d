//! The limits of the target. The announcement contains them, so the attacker knows how long to wait.

use std::time::Duration;

use mcp_guard::ResourceServerBuilder;
use mcp_guard::settings::{Connections, NoTools, Sessions};
use mcp_guard_abuse::Bounds;

/// The defaults of mcp-guard, for the long form of the drill.
pub(crate) const LONG: Bounds = Bounds { request: 30, idle: 30, write: 30, revocation: 60, sessions: 1_000 };
/// Limits that are short enough for the short form to wait for.
pub(crate) const SHORT: Bounds = Bounds { request: 30, idle: 4, write: 4, revocation: 10, sessions: 1_000 };

/// Configures the limits of the target. The long form changes nothing, to test the defaults.
pub(crate) fn configure(builder: ResourceServerBuilder<NoTools>, bounds: Bounds) -> ResourceServerBuilder<NoTools> {
    let sessions = Sessions::new().legacy(true);
    if bounds.idle == LONG.idle {
        return builder.sessions(sessions);
    }
    let connections = Connections::new()
        .idle_timeout(Duration::from_secs(bounds.idle))
        .write_timeout(Duration::from_secs(bounds.write));
    builder
        .connections(connections)
        .sessions(sessions.stream_check_interval(Duration::from_secs(bounds.revocation / 5)))
}
