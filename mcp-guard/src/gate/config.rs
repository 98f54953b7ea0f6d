//! What the layer and its services share.

use super::operation::Guards;
use super::session::SessionLimit;
use super::session::SessionSeal;

#[derive(Debug)]
pub(super) struct GateConfig {
    pub(super) guards: Guards,
    pub(super) max_body: usize,
    pub(super) sessions: SessionSeal,
    pub(super) session_limit: Option<SessionLimit>,
}
