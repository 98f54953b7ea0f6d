//! The environment variables of decision records.

use super::EnvConfig;
use crate::config::{ConfigError, EnvError, Setting};
use crate::record::{AuditKey, Decisions};

impl EnvConfig {
    /// Returns the settings of [decision records](crate::record): of the log file, if one is configured. For a
    /// [`LocalServer`](crate::LocalServer): the [`builder`](Self::builder) of an HTTP server has them.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names every variable of the log that is invalid or not used.
    pub fn decisions(&self) -> Result<Decisions, EnvError> {
        let when_full = self.parse(Setting::DecisionsWhenFull, "refuse, wait or drop");
        let key = self.readable(Setting::AuditKey).and_then(|()| self.audit_key());
        let (when_full, key) = match (when_full, key) {
            (Ok(when_full), Ok(key)) => (when_full, key),
            (when_full, key) => {
                return EnvError::all([when_full.err(), key.err()].into_iter().flatten().collect())
                    .map(|()| Decisions::new());
            }
        };
        let Some(log) = self.get(Setting::DecisionLog) else {
            let unused = [Setting::AuditKey, Setting::DecisionsWhenFull].into_iter();
            let unused = unused.filter(|setting| self.get(*setting).is_some());
            let by = "a server without MCP_GUARD_DECISION_LOG";
            return EnvError::all(unused.map(|setting| self.unused(setting, by)).collect()).map(|()| Decisions::new());
        };
        let mut decisions = Decisions::new().when_full(when_full.unwrap_or_default());
        if let Some(key) = key {
            decisions = decisions.audit_key(key);
        }
        Ok(if self.opens_files { decisions.log_file(log) } else { decisions })
    }

    fn audit_key(&self) -> Result<Option<AuditKey>, EnvError> {
        let expected =
            "at least 32 random bytes as base64 or hexadecimal, like the output of `openssl rand -base64 32`";
        let key = self.get(Setting::AuditKey).map(AuditKey::parse).transpose();
        key.map_err(|_| ConfigError::hidden(Setting::AuditKey, expected).named_by_environment().into())
    }
}
