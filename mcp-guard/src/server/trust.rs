//! Whose tokens a server accepts, and where it sends clients for them.

use futures::future::try_join_all;

use super::BuildError;
use super::settings::Revoked;
use super::settings::Settings;
use crate::provider::Registration;
use crate::scope::ScopeSpelling;
use crate::urls::ResourceUrl;
use crate::urls::is_issuer;
use crate::validate::Cached;
use crate::validate::Issuers;
use crate::validate::IssuersBuilder;
use crate::validate::JwtValidator;
use crate::validate::JwtValidatorBuilder;
use crate::validate::SharedValidator;

pub(super) struct Trust {
    pub(super) validator: SharedValidator,
    /// For the metadata.
    pub(super) authorization_servers: Vec<String>,
    /// For the metadata and the challenges.
    pub(super) spelling: ScopeSpelling,
}

pub(super) async fn trust(resource: &ResourceUrl, settings: &Settings) -> Result<Trust, BuildError> {
    let servers = &settings.authorization_servers;
    if !servers.iter().all(|issuer| is_issuer(issuer)) {
        return Err(BuildError::AuthorizationServer);
    }
    let spelling = spelling(settings.scope_prefix.as_deref())?;
    if let Some(validator) = &settings.validator {
        settings.refuse_beside_validator()?;
        if servers.is_empty() {
            return Err(BuildError::NoAuthorizationServer);
        }
        let validator = settings.unless_revoked(validator.clone());
        return Ok(Trust { validator, authorization_servers: servers.clone(), spelling });
    }
    if let Some(provider) = settings.provider {
        settings.refuse_beside_provider()?;
        let registration = Registration {
            resource: resource.as_str(),
            authorization_server: match servers.as_slice() {
                [] => None,
                [server] => Some(server),
                _ => return Err(BuildError::SeveralAuthorizationServers(servers.clone())),
            },
            audiences: &settings.audiences,
            client_ids: &settings.client_ids,
            client_secret: settings.client_secret.as_ref().map(|secret| secret.0.as_str()),
            scope_prefix: settings.scope_prefix.as_deref(),
            private_network: settings.private_network,
            grants: &settings.grants,
        };
        let connected = provider.connect(&registration).await?;
        return Ok(Trust {
            validator: settings.unless_revoked(connected.validator),
            authorization_servers: vec![connected.authorization_server],
            spelling: self::spelling(connected.scope_prefix.as_deref())?,
        });
    }
    if settings.client_secret.is_some() {
        return Err(BuildError::Ineffective {
            setting: "client_secret",
            beside: "JWTs, which are validated without it",
        });
    }
    if servers.is_empty() {
        return Err(BuildError::NoAuthorizationServer);
    }
    let mut validators = try_join_all(servers.iter().map(|issuer| settings.jwt(resource, issuer).build())).await?;
    let validator = match (validators.pop(), validators.is_empty()) {
        (Some(only), true) => SharedValidator::new(only),
        (last, _) => {
            let issuers = validators.into_iter().chain(last).fold(Issuers::builder(), IssuersBuilder::jwt);
            SharedValidator::new(issuers.build()?)
        }
    };
    let validator = settings.unless_revoked(validator);
    Ok(Trust { validator, authorization_servers: servers.clone(), spelling })
}

fn spelling(scope_prefix: Option<&str>) -> Result<ScopeSpelling, BuildError> {
    let Some(prefix) = scope_prefix else { return Ok(ScopeSpelling::default()) };
    ScopeSpelling::with_prefix(prefix).map_err(|reason| BuildError::ScopePrefix { prefix: prefix.to_owned(), reason })
}

impl Settings {
    /// Asks the application about every token, if it wants that.
    fn unless_revoked(&self, validator: SharedValidator) -> SharedValidator {
        let Some(Revoked(revoked)) = self.revoked.clone() else { return validator };
        let builder = Cached::builder(validator).cached_tokens(0).revoked(move |token| revoked(token));
        SharedValidator::new(builder.build())
    }

    /// A validator of RFC 9068 tokens of one issuer.
    fn jwt(&self, resource: &ResourceUrl, issuer: &str) -> JwtValidatorBuilder {
        let mut builder =
            JwtValidator::builder(issuer).profile(self.profile.unwrap_or_default()).with_grants(self.grants.clone());
        if self.audiences.is_empty() {
            builder = builder.audience(resource.as_str());
        }
        if self.private_network {
            builder = builder.allow_private_network();
        }
        builder = self.audiences.iter().cloned().fold(builder, JwtValidatorBuilder::audience);
        self.client_ids.iter().cloned().fold(builder, JwtValidatorBuilder::allowed_client)
    }

    fn refuse_beside_validator(&self) -> Result<(), BuildError> {
        for (setting, is_set) in [
            ("audience", !self.audiences.is_empty()),
            ("token_profile", self.profile.is_some()),
            ("provider", self.provider.is_some()),
            ("client_id", !self.client_ids.is_empty()),
            ("client_secret", self.client_secret.is_some()),
            ("allow_private_network", self.private_network),
            ("grants", !self.grants.is_empty()),
        ] {
            if is_set {
                return Err(BuildError::Ineffective { setting, beside: "`.validator(..)`, which decides by itself" });
            }
        }
        Ok(())
    }

    fn refuse_beside_provider(&self) -> Result<(), BuildError> {
        match self.profile {
            Some(_) => {
                Err(BuildError::Ineffective { setting: "token_profile", beside: "`.provider(..)`, which knows it" })
            }
            None => Ok(()),
        }
    }
}
