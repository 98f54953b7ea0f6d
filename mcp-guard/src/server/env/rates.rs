//! The environment variables of rates.

use std::num::NonZeroU32;

use super::EnvConfig;
use crate::config::{EnvError, Setting};
use crate::limit::{Rate, RateLimits};

impl EnvConfig {
    /// Returns the limits for the number of requests, if variables set one of them.
    pub(super) fn rate_limits(&self) -> Result<Option<RateLimits>, EnvError> {
        const EXPECTED: &str =
            "a number of requests and a window, like 300/minute (second, minute, hour or day), or off";
        let rate = |setting| {
            self.readable(setting)?;
            match self.get(setting) {
                None => Ok(None),
                Some("off") => Ok(Some(None)),
                Some(text) => {
                    text.parse::<Rate>().map(|rate| Some(Some(rate))).map_err(|_| self.invalid(setting, EXPECTED))
                }
            }
        };
        let failed = rate(Setting::FailedCredentials);
        let without_token = rate(Setting::WithoutToken);
        let per_caller = rate(Setting::PerCaller);
        let concurrent = self.parse::<NonZeroU32>(Setting::ConcurrentPerCaller, "a number of requests, at least 1");
        match (failed, without_token, per_caller, concurrent) {
            (Ok(None), Ok(None), Ok(None), Ok(None)) => Ok(None),
            (Ok(failed), Ok(without_token), Ok(per_caller), Ok(concurrent)) => {
                Ok(Some(RateLimits::of(failed, without_token.flatten(), per_caller.flatten(), concurrent)))
            }
            (failed, without_token, per_caller, concurrent) => {
                let errors = [failed.err(), without_token.err(), per_caller.err(), concurrent.err()];
                EnvError::all(errors.into_iter().flatten().collect()).map(|()| None)
            }
        }
    }
}
