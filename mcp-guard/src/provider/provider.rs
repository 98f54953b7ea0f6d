//! Identity providers as values.

use std::fmt;
use std::str::FromStr;

use super::preset::{Card, IntrospectionPreset, JwtPreset};
use super::table;
use crate::config::{ConfigError, Setting};

/// An identity provider whose access tokens are known: the location of its keys, the names of its claims, its audiences, and how it spells scopes.
///
/// Each constant has a method `issuer` that takes what the provider needs, and returns an [`Issuer`](crate::Issuer):
///
/// ```no_run
/// use mcp_guard::{Provider, ResourceServer};
///
/// ResourceServer::builder("https://todo.example.com/mcp")
///     .issuer(Provider::AUTH0.issuer("https://tenant.eu.auth0.com/").clients(["abc"]))
/// # ;
/// ```
///
/// The page `docs/providers.md` lists for each provider what must be configured, and the source of each fact.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Provider {
    /// One that issues JWTs.
    Jwt(JwtProvider),
    /// Scalekit.
    Scalekit(ScalekitProvider),
    /// One that answers introspection requests.
    Introspection(IntrospectionProvider),
    /// Google.
    Google(GoogleProvider),
    /// GitHub.
    GitHub(GitHubProvider),
}

/// A provider that issues JWTs.
#[derive(Clone, Copy)]
pub struct JwtProvider(pub(crate) &'static JwtPreset);

/// Scalekit, which issues JWTs and can confirm that the environment is the right one.
#[derive(Clone, Copy)]
pub struct ScalekitProvider(pub(crate) &'static JwtPreset);

/// A provider that answers introspection requests about its tokens.
#[derive(Clone, Copy)]
pub struct IntrospectionProvider(pub(crate) &'static IntrospectionPreset);

/// Google, whose opaque tokens are validated by its `tokeninfo` endpoint.
#[derive(Clone, Copy)]
pub struct GoogleProvider(pub(crate) &'static Card);

/// GitHub, whose opaque tokens are validated by its REST API.
#[derive(Clone, Copy)]
pub struct GitHubProvider(pub(crate) &'static Card);

impl Provider {
    /// Returns every provider.
    pub fn all() -> impl Iterator<Item = Self> {
        table::ALL.iter().copied()
    }

    const fn card(self) -> &'static Card {
        match self {
            Self::Jwt(JwtProvider(preset)) | Self::Scalekit(ScalekitProvider(preset)) => &preset.card,
            Self::Introspection(IntrospectionProvider(preset)) => &preset.card,
            Self::Google(GoogleProvider(card)) | Self::GitHub(GitHubProvider(card)) => card,
        }
    }

    /// Returns the name that `MCP_GUARD_PROVIDER` takes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.card().name
    }

    /// Returns the name that the provider has for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.card().title
    }

    /// Returns the texts that are logged when a token of this provider is rejected for one of its usual reasons.
    pub fn hints(self) -> impl Iterator<Item = &'static str> {
        self.card().hints.iter().map(|hint| hint.text)
    }
}

impl FromStr for Provider {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().find(|provider| provider.name() == name).ok_or_else(|| {
            let names = Self::all().map(Self::name).collect::<Vec<_>>().join(", ");
            ConfigError::invalid(Setting::Provider, name, format!("one of {names}"))
        })
    }
}

impl<P: Copy + Into<Self>> PartialEq<P> for Provider {
    fn eq(&self, other: &P) -> bool {
        self.name() == (*other).into().name()
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

macro_rules! kinds {
    ($($kind:ident($provider:ty);)*) => {
        $(
            impl From<$provider> for Provider {
                fn from(provider: $provider) -> Self {
                    Self::$kind(provider)
                }
            }

            impl fmt::Debug for $provider {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    Provider::from(*self).fmt(f)
                }
            }
        )*
    };
}

kinds! {
    Jwt(JwtProvider);
    Scalekit(ScalekitProvider);
    Introspection(IntrospectionProvider);
    Google(GoogleProvider);
    GitHub(GitHubProvider);
}
