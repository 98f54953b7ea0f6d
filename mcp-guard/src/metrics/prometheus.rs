//! Collects the metrics for Prometheus.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::on;

/// The upper bounds of the buckets of validation times, in seconds: a cached token takes microseconds, a fetch of keys
/// up to 15 seconds.
const VALIDATION_TIMES: [f64; 10] = [0.000_01, 0.000_1, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 15.0];

/// The recorder of the process. The facade accepts only one.
static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// The metrics of the process, and the address at which a server exports them.
#[derive(Clone)]
pub(crate) struct Exporter {
    pub(crate) address: SocketAddr,
    handle: PrometheusHandle,
}

/// The application has installed a recorder of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OtherRecorder;

impl Exporter {
    /// Installs the recorder of the process. The servers of a process share it.
    ///
    /// # Errors
    ///
    /// The application has installed another one.
    pub(crate) fn install(address: SocketAddr) -> Result<Self, OtherRecorder> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = match installed.as_ref() {
            Some(handle) => handle.clone(),
            None => {
                let recorder = PrometheusBuilder::new()
                    .set_buckets_for_metric(Matcher::Full(on::TOKEN_VALIDATION.to_owned()), &VALIDATION_TIMES)
                    .expect("there are buckets")
                    .build_recorder();
                let handle = recorder.handle();
                ::metrics::set_global_recorder(recorder).map_err(|_| OtherRecorder)?;
                on::describe();
                installed.insert(handle).clone()
            }
        };
        Ok(Self { address, handle })
    }

    /// Returns the metrics in the text format of Prometheus.
    pub(crate) fn text(&self) -> String {
        self.handle.render()
    }

    /// Frees the memory for samples that are summed up. To be called at intervals.
    pub(crate) fn clean_up(&self) {
        self.handle.run_upkeep();
    }
}

opaque_debug!(Exporter);
