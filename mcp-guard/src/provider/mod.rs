//! Identity providers as data.
//!
//! 1. `table` holds one entry for each provider. The source of each fact is in `docs/providers.md`.
//! 2. `issuer_names` parses the configured issuer in the form of the provider.

mod issuer_names;
mod preset;
#[expect(clippy::module_inception, reason = "the main type of the folder")]
mod provider;
mod table;

pub(crate) use issuer_names::IssuerNames;
pub(crate) use preset::{AudienceRule, Card, IntrospectionPreset, JwtPreset, ScopeNames};
pub use provider::{GitHubProvider, GoogleProvider, IntrospectionProvider, JwtProvider, Provider, ScalekitProvider};
pub(crate) use table::{RFC7662, RFC9068};

#[cfg(test)]
mod tests;
