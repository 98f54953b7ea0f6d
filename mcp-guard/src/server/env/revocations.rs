//! The environment variables of revocations.

use std::str::FromStr;
use std::time::Duration;

use super::EnvConfig;
use crate::config::{EnvError, Setting};
use crate::revocation::Revocations;
use crate::scope::Scope;
use crate::server::{NoTools, ResourceServerBuilder};

/// The default path of the admin route.
const PATH: &str = "/admin/revocations";
/// The default of the longest lifetime of a token.
const LONGEST: Longest = Longest::Seconds(24 * 60 * 60);

/// The longest lifetime of an access token.
#[derive(Clone, Copy)]
enum Longest {
    Seconds(u64),
    Unlimited,
}

impl FromStr for Longest {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "unlimited" { Ok(Self::Unlimited) } else { text.parse().map(Self::Seconds) }
    }
}

impl EnvConfig {
    /// Adds revocations with their admin route, if the scope of the route is configured.
    pub(super) fn with_revocations(
        &self,
        mut builder: ResourceServerBuilder<NoTools>,
        errors: &mut Vec<EnvError>,
    ) -> ResourceServerBuilder<NoTools> {
        let scope = self.parse::<Scope>(Setting::RevocationScope, "one scope, such as revoke");
        let longest = self.parse::<Longest>(Setting::LongestToken, "a number of seconds, or unlimited");
        let max = self.parse::<usize>(Setting::MaxRevocations, "a number of revocations");
        match (scope, longest, max) {
            (Ok(Some(scope)), Ok(longest), Ok(max)) => {
                let revocations = match longest.unwrap_or(LONGEST) {
                    Longest::Seconds(seconds) => Revocations::new(Duration::from_secs(seconds)),
                    Longest::Unlimited => Revocations::without_expiry(),
                };
                let path = self.get(Setting::RevocationPath).unwrap_or(PATH);
                let revocations = revocations.admin_route(path, scope);
                builder.settings.revocations =
                    Some(if let Some(max) = max { revocations.max_entries(max) } else { revocations });
            }
            (Ok(None), Ok(_), Ok(_)) => {
                let unused = [Setting::RevocationPath, Setting::LongestToken, Setting::MaxRevocations].into_iter();
                let by = "a server without MCP_GUARD_REVOCATION_SCOPE";
                let unused = unused.filter(|setting| self.get(*setting).is_some());
                errors.extend(unused.map(|setting| self.unused(setting, by)));
            }
            (scope, longest, max) => {
                errors.extend([scope.err(), longest.err(), max.err()].into_iter().flatten());
            }
        }
        builder
    }
}
