//! Starts the recorder of a server.

use std::sync::Arc;

use crate::config::{ConfigError, Setting};
use crate::operation::Operations;
use crate::policy::Enforcement;
use crate::record::{Decisions, Recorder, StartError};

/// Starts the recorder. `None` if the server records nothing. Logs which requirements are not enforced.
pub(super) fn start(
    decisions: Decisions,
    enforcement: Enforcement,
    operations: &dyn Operations,
) -> Result<Option<Arc<Recorder>>, ConfigError> {
    let report_only: Vec<_> =
        operations.entries().filter(|(_, entry)| entry.is_report_only()).map(|(operation, _)| operation).collect();
    if enforcement == Enforcement::ReportOnly {
        tracing::warn!("report-only: missing scopes are recorded, and not enforced for any operation");
    } else {
        for operation in &report_only {
            tracing::warn!(%operation, "report-only: missing scopes of this operation are recorded, and not enforced");
        }
    }
    let has_sinks = decisions.has_sinks();
    let reports = enforcement == Enforcement::ReportOnly || !report_only.is_empty();
    if reports && !has_sinks {
        tracing::warn!("report-only: no sink is configured, so only a summary of the requests is kept");
    }
    Recorder::start(decisions, reports).map_err(|error| {
        // The errors name the file.
        let (setting, reason) = match error {
            StartError::Key(error) => (Setting::AuditKey, error.to_string()),
            StartError::Log(error) => (Setting::DecisionLog, error.to_string()),
            StartError::Thread(error) => (Setting::Decisions, format!("cannot start a thread for each sink: {error}")),
        };
        ConfigError::unusable(setting, &reason)
    })
}
