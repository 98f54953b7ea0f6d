//! Identity providers: what each writes in its own way, as data.
//!
//! 1. [`table`] holds one entry for each provider, with the facts and where they come from.
//! 2. [`connect`] makes a validator of an entry and of what the operator says.
//! 3. [`hint`] tells the operator the usual reason when a provider's tokens are refused.

mod connect;
mod error;
mod hint;
mod names;
mod preset;
mod registration;
mod table;

use std::fmt;
use std::str::FromStr;

pub use error::ProviderError;
pub use error::ProviderSetting;
use preset::Preset;
pub(crate) use registration::Registration;

/// An identity provider whose access tokens are known: where its keys are, what its claims are called, whom its tokens name as the audience, and how it
/// spells scopes.
///
/// ```no_run
/// use mcp_guard::{Provider, ResourceServer};
///
/// ResourceServer::builder("https://todo.example.com/mcp")
///     .provider(Provider::AUTH0)
///     .authorization_server("https://tenant.eu.auth0.com/")
/// # ;
/// ```
///
/// Without one, an authorization server is expected to issue JWTs that are RFC 9068 to the letter. The page `docs/providers.md` says of each what is
/// configured, and which facts were seen where.
#[derive(Clone, Copy)]
pub struct Provider(&'static Preset);

impl Provider {
    /// Every provider.
    pub fn all() -> impl Iterator<Item = Self> {
        table::ALL.iter().copied()
    }

    /// As `MCP_GUARD_PROVIDER` names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// As it calls itself.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.0.title
    }

    /// What the operator is told when a token of this provider is refused for one of its usual reasons.
    pub fn hints(self) -> impl Iterator<Item = &'static str> {
        self.0.hints.iter().map(|hint| hint.text)
    }
}

/// No provider has this name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the name of no provider; there are {}", names())]
#[non_exhaustive]
pub struct UnknownProvider;

fn names() -> String {
    Provider::all().map(Provider::name).collect::<Vec<_>>().join(", ")
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().find(|provider| provider.name() == name).ok_or(UnknownProvider)
    }
}

impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Provider {}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.name()).finish()
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

#[cfg(test)]
mod tests;
