//! The identity providers.

use std::fmt;
use std::str::FromStr;

use super::preset::{Card, IntrospectionPreset, JwtPreset};
use super::table;
use crate::config::{ConfigError, Setting};

/// An identity provider with known access tokens: the URL of its keys, its claims, its audiences and its spelling of
/// scopes.
///
/// Each constant has a method `issuer`, which returns an [`Issuer`](crate::Issuer). Its parameters are the settings
/// that the provider requires:
///
/// ```no_run
/// use mcp_guard::{Provider, ResourceServer};
///
/// ResourceServer::builder("https://todo.example.com/mcp")
///     .issuer(Provider::AUTH0.issuer("https://tenant.eu.auth0.com/").clients(["abc"]))
/// # ;
/// ```
///
/// `docs/providers.md` lists the required settings of each provider, and the source of each fact.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Provider {
    /// A provider that issues JWTs.
    Jwt(JwtProvider),
    /// Scalekit.
    Scalekit(ScalekitProvider),
    /// A provider with an introspection endpoint.
    Introspection(IntrospectionProvider),
    /// Google.
    Google(GoogleProvider),
    /// GitHub.
    GitHub(GitHubProvider),
}

/// A provider that issues JWTs.
#[derive(Clone, Copy)]
pub struct JwtProvider(pub(crate) &'static JwtPreset);

/// Scalekit, which issues JWTs and can confirm the client credentials of an environment.
#[derive(Clone, Copy)]
pub struct ScalekitProvider(pub(crate) &'static JwtPreset);

/// A provider that validates its tokens at an introspection endpoint (RFC 7662).
#[derive(Clone, Copy)]
pub struct IntrospectionProvider(pub(crate) &'static IntrospectionPreset);

/// Google, whose opaque tokens are validated by its `tokeninfo` endpoint.
#[derive(Clone, Copy)]
pub struct GoogleProvider(pub(crate) &'static Card);

/// GitHub, whose opaque tokens are validated by its REST API.
#[derive(Clone, Copy)]
pub struct GitHubProvider(pub(crate) &'static Card);

impl Provider {
    /// Returns all providers.
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

    /// Returns the name of the provider in `MCP_GUARD_PROVIDER`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.card().name
    }

    /// Returns the human-readable name of the provider.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.card().title
    }

    /// Returns the texts for the log when a token of this provider is rejected for one of the usual reasons.
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
