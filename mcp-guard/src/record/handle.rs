//! Access to the records of a running server.

use std::sync::Arc;

use super::ReportedCalls;
use super::recorder::Recorder;

/// A handle for the decision records of a running server, returned by
/// [`ResourceServer::decisions`](crate::ResourceServer::decisions) and
/// [`LocalServer::decisions`](crate::LocalServer::decisions).
#[derive(Clone, Debug)]
pub struct DecisionsHandle(Option<Arc<Recorder>>);

impl DecisionsHandle {
    pub(crate) const fn new(recorder: Option<Arc<Recorder>>) -> Self {
        Self(recorder)
    }

    /// Returns the calls that were allowed because their enforcement is report-only, since the start.
    ///
    /// The server logs them when it stops, and on SIGUSR1.
    #[must_use]
    pub fn report(&self) -> Vec<ReportedCalls> {
        self.0.as_ref().map(|recorder| recorder.report()).unwrap_or_default()
    }

    /// Writes all records and makes them durable, within ten seconds. Later requests are handled like those with a full
    /// queue ([`WhenFull`](super::WhenFull)); those that would wait are refused. `serve` and `run` do so when
    /// the server stops, and so does [`Started::stop`](crate::settings::Started::stop).
    pub async fn stop(&self) {
        if let Some(recorder) = &self.0 {
            recorder.stop().await;
        }
    }

    /// Lets the sinks open their files again, as on SIGHUP.
    pub fn reopen(&self) {
        if let Some(recorder) = &self.0 {
            recorder.reopen();
        }
    }
}
