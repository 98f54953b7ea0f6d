//! Validation of access tokens.

mod binding;
mod cache;
mod cached;
mod claim;
mod client_check;
mod client_tokens;
mod clock;
mod dpop;
pub(crate) mod fetch;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod introspection;
mod issuers;
mod jwt;
mod keys;
mod rejection_log;
mod shared_validator;
mod static_tokens;
mod token_type;
mod unique;
mod usual_causes;
mod validator;

pub use cache::TokenCacheHandle;
pub use cached::{Cached, CachedBuilder};
pub(crate) use client_check::check_client;
pub(crate) use client_tokens::ClientTokens;
pub use dpop::Dpop;
pub(crate) use dpop::{DPOP, DpopVerifier, InvalidProof, Presented, Proof, ReplayError};
pub(crate) use fetch::{Egress, EgressProxy, ExtraRoots, Failure};
pub(crate) use introspection::{
    AnswerRules, CallLimits, CallSource, Endpoint, EndpointDiscovery, GitHub, Google, IntrospectionSettings,
    IntrospectionValidator, Rfc7662, endpoint_url,
};
pub use introspection::{ClientAuthentication, PrivateKeyJwt};
pub(crate) use issuers::{Issuers, NamedIssuer};
pub use jwt::TokenProfile;
pub(crate) use jwt::{ClaimRules, Grants, JwtSettings, JwtValidator, KeySource};
pub use keys::Algorithm;
pub(crate) use keys::{GivenKeys, KeyStore, KeyStoreSettings, MAX_KEY_AGE, MetadataForm, install_crypto};
pub(crate) use rejection_log::{Hint, RejectionLog};
pub(crate) use shared_validator::SharedValidator;
pub use static_tokens::StaticTokens;
pub use validator::{Readiness, TokenValidator};
