//! Replaces the certificate when its files change.
//!
//! Connections keep the certificate of their handshake, so none is dropped. An unusable replacement is logged, and the
//! current certificate stays in use.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::time::MissedTickBehavior;

use super::certificate::{Fingerprint, PemFiles};
use super::tls::Tls;

/// The time between two checks of the files.
const INTERVAL: Duration = Duration::from_secs(2);

/// Checks the files at intervals, and after every item of `hangups`. Never ends.
pub(super) async fn watch(tls: Arc<Tls>, mut hangups: BoxStream<'static, ()>) {
    let mut seen = Some(tls.loaded());
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_requested = tokio::select! {
            Some(()) = hangups.next() => true,
            _ = ticks.tick() => false,
        };
        seen = check(&tls, seen, is_requested).await;
    }
}

/// Loads the files if they differ from `seen`, or if loading is requested. Returns their fingerprint, or `None` if they
/// cannot be read, so that each problem is logged once.
async fn check(tls: &Arc<Tls>, seen: Option<Fingerprint>, is_requested: bool) -> Option<Fingerprint> {
    let reader = Arc::clone(tls);
    // A failed read, for example while the runtime stops, is repeated at the next check.
    let Ok(files) = tokio::task::spawn_blocking(move || PemFiles::read(reader.files())).await else { return seen };
    let found = files.as_ref().ok().map(PemFiles::fingerprint);
    if found == seen && !is_requested {
        return seen;
    }
    match files.and_then(|files| tls.replace(&files)) {
        Ok(()) => tracing::info!(certificate = %tls.files().certificate.display(), "loaded the TLS certificate again"),
        Err(source) => tracing::error!(error = %tls.error(source), "keeping the current TLS certificate"),
    }
    found
}
