//! The names of the environment's variables.

use super::BuildError;
use crate::provider::ProviderError;
use crate::provider::ProviderSetting;
use crate::validate::ValidatorError;

pub(super) const PREFIX: &str = "MCP_GUARD_";
/// Variables of the development authorization server: not for this crate to read.
pub(super) const DEV_PREFIX: &str = "MCP_GUARD_DEV_";

pub(super) const RESOURCE: &str = "MCP_GUARD_RESOURCE";
pub(super) const ISSUER: &str = "MCP_GUARD_ISSUER";
pub(super) const AUDIENCE: &str = "MCP_GUARD_AUDIENCE";
pub(super) const PROVIDER: &str = "MCP_GUARD_PROVIDER";
pub(super) const SCOPE_PREFIX: &str = "MCP_GUARD_SCOPE_PREFIX";
pub(super) const CLIENT_ID: &str = "MCP_GUARD_CLIENT_ID";
pub(super) const CLIENT_SECRET: &str = "MCP_GUARD_CLIENT_SECRET";
pub(super) const PRIVATE_NETWORK: &str = "MCP_GUARD_ALLOW_PRIVATE_NETWORK";
pub(super) const LISTEN: &str = "MCP_GUARD_LISTEN";
pub(super) const ALLOWED_ORIGINS: &str = "MCP_GUARD_ALLOWED_ORIGINS";
pub(super) const ALLOWED_HOSTS: &str = "MCP_GUARD_ALLOWED_HOSTS";
pub(super) const TLS_CERT: &str = "MCP_GUARD_TLS_CERT";
pub(super) const TLS_KEY: &str = "MCP_GUARD_TLS_KEY";
pub(super) const TRUSTED_PROXIES: &str = "MCP_GUARD_TRUSTED_PROXIES";
pub(super) const SUBJECT: &str = "MCP_GUARD_SUBJECT";
pub(super) const SCOPES: &str = "MCP_GUARD_SCOPES";

pub(super) const KNOWN: &[&str] = &[
    RESOURCE,
    ISSUER,
    AUDIENCE,
    PROVIDER,
    SCOPE_PREFIX,
    CLIENT_ID,
    CLIENT_SECRET,
    PRIVATE_NETWORK,
    LISTEN,
    ALLOWED_ORIGINS,
    ALLOWED_HOSTS,
    TLS_CERT,
    TLS_KEY,
    TRUSTED_PROXIES,
    SUBJECT,
    SCOPES,
];

/// All of them, for an error.
pub(super) fn known() -> String {
    KNOWN.join(", ")
}

/// Names the variable whose value a server could not be built from.
pub(super) fn explain(error: BuildError) -> BuildError {
    let variable = match &error {
        BuildError::Resource { .. } | BuildError::HealthPath(_) => RESOURCE,
        BuildError::AuthorizationServer => ISSUER,
        BuildError::Validator(error) => match error.as_ref() {
            ValidatorError::NoAudience { .. } | ValidatorError::EmptyAudience { .. } => AUDIENCE,
            ValidatorError::Nothing { setting: "allowed_client" } => CLIENT_ID,
            _ => ISSUER,
        },
        BuildError::Provider(error) => match error.as_ref() {
            ProviderError::Missing { setting, .. }
            | ProviderError::Wrong { setting, .. }
            | ProviderError::Useless { setting, .. } => match setting {
                ProviderSetting::AuthorizationServer => ISSUER,
                ProviderSetting::Audience => AUDIENCE,
                ProviderSetting::ClientId => CLIENT_ID,
                ProviderSetting::ClientSecret => CLIENT_SECRET,
                ProviderSetting::ScopePrefix => SCOPE_PREFIX,
            },
            ProviderError::Credentials { .. } => CLIENT_SECRET,
            ProviderError::AuthorizationServer { .. } | ProviderError::Validator(_) => ISSUER,
        },
        BuildError::Ineffective { setting: "client_secret", .. } => CLIENT_SECRET,
        BuildError::ScopePrefix { .. } => SCOPE_PREFIX,
        BuildError::Origin { .. } => ALLOWED_ORIGINS,
        BuildError::Host { .. } => ALLOWED_HOSTS,
        BuildError::TrustedProxy { .. } => TRUSTED_PROXIES,
        _ => return error,
    };
    BuildError::Environment { variable, source: error.into() }
}
