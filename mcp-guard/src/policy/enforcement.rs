//! Whether missing scopes are enforced.

use std::str::FromStr;

/// Whether requests with missing scopes are refused.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Enforcement {
    /// Requests with missing scopes are refused.
    #[default]
    Enforced,
    /// Requests with missing scopes are allowed and recorded, to find out whom a requirement would lock out.
    ///
    /// Everything else is enforced: a request needs a valid token, unless its operation is public, and the claims that
    /// its operation requires. [`ValidatedToken::require`](crate::ValidatedToken::require) returns `Ok`, and
    /// [`holds`](crate::ValidatedToken::holds) still returns whether the token has the scopes. Lists show all operations.
    ReportOnly,
}

impl FromStr for Enforcement {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "enforced" => Ok(Self::Enforced),
            "report-only" => Ok(Self::ReportOnly),
            _ => Err(()),
        }
    }
}
