//! Issuers of access tokens: their settings, and their validators.
//!
//! The type parameter of an [`Issuer`] is its kind. Each kind has only the settings that it uses. Preparing an issuer
//! checks the settings and reports every mistake. Connecting it fetches the metadata and the keys.

mod any_kind;
mod attempt;
mod common;
mod connection;
mod introspection_kind;
#[expect(clippy::module_inception, reason = "the main type of the folder")]
mod issuer;
mod issuer_summary;
mod issuer_validator;
mod jwt_kind;
mod opaque_kind;
mod prepared;

pub use crate::validate::PrivateKeyJwt;
pub use any_kind::{Any, Custom};
pub use introspection_kind::Introspection;
pub use issuer::{Calling, Claimed, Issuer, Kind};
pub use issuer_validator::IssuerValidator;
pub use jwt_kind::Jwt;
pub use opaque_kind::Opaque;

pub use crate::provider::{GitHubProvider, GoogleProvider, IntrospectionProvider, JwtProvider, ScalekitProvider};
pub use crate::validate::{
    Algorithm, Cached, CachedBuilder, ClientAuthentication, Readiness, StaticTokens, TokenCacheHandle, TokenProfile,
};

pub(crate) use connection::IssuerStatus;
pub(crate) use issuer_summary::IssuerSummary;
pub(crate) use prepared::Prepared;
