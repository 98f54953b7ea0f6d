//! What an operator said wrong of a provider.

use super::Provider;
use crate::validate::ValidatorError;

/// Why a provider cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// Something is not said.
    #[error("{provider} needs {setting}: {hint}")]
    Missing {
        /// The provider.
        provider: Provider,
        /// What is missing.
        setting: ProviderSetting,
        /// What belongs there.
        hint: &'static str,
    },
    /// Something is not what it should be.
    #[error("{provider} has no use for what {setting} says: it is {hint}")]
    Wrong {
        /// The provider.
        provider: Provider,
        /// What is wrong.
        setting: ProviderSetting,
        /// What belongs there.
        hint: &'static str,
    },
    /// Something has no meaning.
    #[error("{setting} has no effect with {provider}: take it away, or unset it")]
    Useless {
        /// The provider.
        provider: Provider,
        /// What has no meaning.
        setting: ProviderSetting,
    },
    /// This is not how the provider's authorization servers are called. It is not shown: there may be a password in it.
    #[error("this is no authorization server of {provider} for access tokens: it is called like {example}")]
    AuthorizationServer {
        /// The provider.
        provider: Provider,
        /// What it looks like.
        example: &'static str,
    },
    /// The provider does not confirm that there is this client with this secret.
    #[error("{provider} does not confirm the client id and its secret: compare both with its dashboard ({reason})")]
    Credentials {
        /// The provider.
        provider: Provider,
        /// What it answered.
        reason: String,
    },
    /// The validator cannot be built.
    #[error(transparent)]
    Validator(Box<ValidatorError>),
}

impl From<ValidatorError> for ProviderError {
    fn from(error: ValidatorError) -> Self {
        Self::Validator(error.into())
    }
}

impl From<Box<ValidatorError>> for ProviderError {
    fn from(error: Box<ValidatorError>) -> Self {
        Self::Validator(error)
    }
}

/// What a provider may need to be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ProviderSetting {
    /// `.authorization_server(..)`
    AuthorizationServer,
    /// `.audience(..)`
    Audience,
    /// `.client_id(..)`
    ClientId,
    /// `.client_secret(..)`
    ClientSecret,
    /// `.scope_prefix(..)`
    ScopePrefix,
}

impl std::fmt::Display for ProviderSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AuthorizationServer => "`.authorization_server(..)` or MCP_GUARD_ISSUER",
            Self::Audience => "`.audience(..)` or MCP_GUARD_AUDIENCE",
            Self::ClientId => "`.client_id(..)` or MCP_GUARD_CLIENT_ID",
            Self::ClientSecret => "`.client_secret(..)` or MCP_GUARD_CLIENT_SECRET",
            Self::ScopePrefix => "`.scope_prefix(..)` or MCP_GUARD_SCOPE_PREFIX",
        })
    }
}
