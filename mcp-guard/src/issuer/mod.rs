//! Issuers of access tokens as values: what an operator configures about each, and how it becomes a validator.
//!
//! An [`Issuer`] has a type for its kind, so that only settings that the kind uses can be called. Preparing it checks the settings and finds every mistake;
//! connecting it fetches the metadata and the keys.

mod any_kind;
mod common;
mod introspection_kind;
#[expect(clippy::module_inception, reason = "the type that the folder is about")]
mod issuer;
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

pub(crate) use prepared::Prepared;
