//! From an entry of the table and what the operator says to a validator.

use url::Url;

use super::Provider;
use super::error::ProviderError;
use super::error::ProviderSetting;
use super::hint::Hinting;
use super::names::Names;
use super::preset::AudienceRule;
use super::preset::ClientRole;
use super::preset::Jwt;
use super::preset::ScopeNames;
use super::preset::Tokens;
use super::registration::Registration;
use crate::validate::ClientAuthentication;
use crate::validate::GitHubSettings;
use crate::validate::GoogleSettings;
use crate::validate::IntrospectionValidator;
use crate::validate::IntrospectionValidatorBuilder;
use crate::validate::JwtValidator;
use crate::validate::JwtValidatorBuilder;
use crate::validate::MetadataForm;
use crate::validate::Reach;
use crate::validate::SharedValidator;
use crate::validate::check_client;

/// What Entra ID calls an application, besides its id.
const APPLICATION: &str = "api://";

/// What comes of it.
pub(crate) struct Connected {
    pub(crate) validator: SharedValidator,
    /// Where clients get tokens.
    pub(crate) authorization_server: String,
    /// What stands in front of a scope where clients ask for it.
    pub(crate) scope_prefix: Option<String>,
}

impl Provider {
    /// A validator for this provider's tokens.
    pub(crate) async fn connect(self, registration: &Registration<'_>) -> Result<Connected, ProviderError> {
        let credentials = self.credentials(registration)?;
        let audiences = self.audiences(registration)?;
        let names = self.names(registration, &audiences)?;
        let (in_requests, in_tokens) = self.scope_prefixes(registration, &audiences)?;
        let validator = match &self.0.tokens {
            Tokens::Jwt(jwt) => {
                let mut builder = self.jwt(jwt, &names, audiences, self.clients(registration), in_tokens);
                builder = builder.with_grants(registration.grants.clone());
                if registration.private_network {
                    builder = builder.allow_private_network();
                }
                SharedValidator::new(Hinting::new(builder.build().await?, self.0))
            }
            Tokens::Introspected { metadata, only_jwts } => {
                let builder = self.introspection(metadata, &names, audiences, credentials);
                let builder = if *only_jwts { builder.only_jwts() } else { builder };
                let builder = if registration.private_network { builder.allow_private_network() } else { builder };
                let validator = builder.build().await?.with_grants(registration.grants.clone());
                SharedValidator::new(Hinting::new(validator, self.0))
            }
            Tokens::GoogleTokenInfo => {
                let mut settings = GoogleSettings::new(registration.client_ids.to_vec());
                settings.limits.private_network = registration.private_network;
                let validator = IntrospectionValidator::google(settings)?.with_grants(registration.grants.clone());
                SharedValidator::new(Hinting::new(validator, self.0))
            }
            Tokens::GitHubCheck => {
                let (client, secret) = credentials.unwrap_or_default();
                let mut settings = GitHubSettings::new(client.to_owned(), secret.to_owned());
                settings.limits.private_network = registration.private_network;
                let validator = IntrospectionValidator::github(settings)?.with_grants(registration.grants.clone());
                SharedValidator::new(Hinting::new(validator, self.0))
            }
        };
        // Only now: whoever publishes the keys is whom the secret is for.
        if let (ClientRole::Proved { token_endpoint }, Some((client, secret))) = (self.0.client, credentials) {
            let token_endpoint = format!("{}{token_endpoint}", names.base);
            self.prove(&token_endpoint, registration.private_network, client, secret).await?;
        }
        Ok(Connected { validator, authorization_server: names.authorization_server, scope_prefix: in_requests })
    }

    fn jwt(
        self,
        jwt: &Jwt,
        names: &Names,
        audiences: Vec<String>,
        client_ids: &[String],
        scope_prefix: Option<String>,
    ) -> JwtValidatorBuilder {
        let mut builder = JwtValidator::builder(names.issuer.clone())
            .profile(jwt.profile)
            .metadata_forms(jwt.metadata)
            .scope_claims(jwt.scope_claims.iter().copied())
            .subject_claims(jwt.subject_claims.iter().copied())
            .client_claims(jwt.client_claims.iter().copied())
            .foreign_claims(jwt.foreign_claims.iter().copied())
            .access_token_claims(jwt.access_token_claims.iter().copied());
        if let Some(alias) = &names.alias {
            builder = builder.issuer_alias(alias.clone());
        }
        if let Some(path) = jwt.keys {
            builder = builder.jwks_uri(format!("{}{path}", names.base));
        }
        if let Some(tenant) = &names.tenant {
            builder = builder.require_claim("tid", tenant.clone());
        }
        if let Some(prefix) = scope_prefix {
            builder = builder.scope_prefix(prefix);
        }
        for (claim, value) in jwt.required {
            builder = match value {
                Some(value) => builder.require_claim(*claim, *value),
                None => builder.require_any_claim(*claim),
            };
        }
        for client in client_ids {
            builder = builder.allowed_client(client.clone());
            if self.0.audience == AudienceRule::ResourceOrClient {
                builder = builder.client_without_audience(client.clone());
            }
        }
        audiences.into_iter().fold(builder, JwtValidatorBuilder::audience)
    }

    fn introspection(
        self,
        metadata: &'static [MetadataForm],
        names: &Names,
        audiences: Vec<String>,
        credentials: Option<(&str, &str)>,
    ) -> IntrospectionValidatorBuilder {
        let (client, secret) = credentials.unwrap_or_default();
        let authentication = ClientAuthentication::secret_basic(client, secret);
        let builder = IntrospectionValidator::builder(names.issuer.clone(), authentication).metadata_forms(metadata);
        audiences.into_iter().fold(builder, IntrospectionValidatorBuilder::audience)
    }

    fn audiences(self, registration: &Registration<'_>) -> Result<Vec<String>, ProviderError> {
        let named = registration.audiences.to_vec();
        match self.0.audience {
            AudienceRule::Resource | AudienceRule::ResourceOrClient if named.is_empty() => {
                Ok(vec![registration.resource.to_owned()])
            }
            AudienceRule::Resource | AudienceRule::ResourceOrClient => Ok(named),
            AudienceRule::Named { hint, .. } if named.is_empty() => {
                Err(ProviderError::Missing { provider: self, setting: ProviderSetting::Audience, hint })
            }
            AudienceRule::Named { prefix, hint } if named.iter().any(|audience| !audience.starts_with(prefix)) => {
                Err(ProviderError::Wrong { provider: self, setting: ProviderSetting::Audience, hint })
            }
            // An application is called by its id or by a URI, whichever version its tokens are.
            AudienceRule::Named { .. } if self.0.scopes == ScopeNames::LongInRequests => {
                let uris = named.iter().filter(|audience| !audience.contains("://"));
                let uris: Vec<String> = uris.map(|id| format!("{APPLICATION}{id}")).collect();
                let ids: Vec<String> =
                    named.iter().filter_map(|uri| uri.strip_prefix(APPLICATION)).map(str::to_owned).collect();
                // What was said comes first: it is what clients are told.
                Ok(named.into_iter().chain(uris).chain(ids).collect())
            }
            AudienceRule::Named { .. } => Ok(named),
            AudienceRule::Shared(audience) if named.is_empty() => {
                if registration.client_ids.is_empty() {
                    tracing::warn!(
                        provider = self.title(),
                        "tokens name the audience {audience:?} whatever they are for, so every client of the project can use this server: name those \
                         that may with `.client_id(..)` or MCP_GUARD_CLIENT_ID"
                    );
                }
                Ok(vec![audience.to_owned()])
            }
            AudienceRule::Client if named.is_empty() => Ok(registration.client_ids.to_vec()),
            AudienceRule::Shared(_) | AudienceRule::Client => Ok(named),
            AudienceRule::Inherent => {
                self.refuse(ProviderSetting::Audience, !named.is_empty())?;
                Ok(Vec::new())
            }
        }
    }

    async fn prove(
        self,
        token_endpoint: &str,
        private_network: bool,
        client: &str,
        secret: &str,
    ) -> Result<(), ProviderError> {
        let wrong = |reason| ProviderError::Credentials { provider: self, reason };
        let url = Url::parse(token_endpoint).map_err(|error| wrong(error.to_string()))?;
        let reach = Reach::of(&url);
        let reach = if private_network { reach.with_private_network() } else { reach };
        check_client(&url, reach, client, secret).await.map_err(|error| wrong(error.to_string()))
    }

    /// The client that this server is at the provider, with its secret.
    fn credentials<'r>(self, registration: &Registration<'r>) -> Result<Option<(&'r str, &'r str)>, ProviderError> {
        let missing = |setting, hint| ProviderError::Missing { provider: self, setting, hint };
        let wrong = |hint| ProviderError::Wrong { provider: self, setting: ProviderSetting::ClientId, hint };
        let secret = registration.client_secret;
        if registration.client_ids.iter().any(String::is_empty) {
            return Err(wrong("an id, and none of them empty: there is a comma too many"));
        }
        match (self.0.client, registration.client_ids, secret) {
            (ClientRole::Known, [], _) => {
                Err(missing(ProviderSetting::ClientId, "the ids of the clients that may use this server"))
            }
            (ClientRole::Allowed | ClientRole::Known, _, _) => {
                self.refuse(ProviderSetting::ClientSecret, secret.is_some())?;
                Ok(None)
            }
            (ClientRole::Proved { .. }, [], None) => Ok(None),
            (ClientRole::Server | ClientRole::Proved { .. }, [client], Some(secret)) => Ok(Some((client, secret))),
            (ClientRole::Server | ClientRole::Proved { .. }, [_], None) => {
                Err(missing(ProviderSetting::ClientSecret, "the secret of the client"))
            }
            (ClientRole::Server | ClientRole::Proved { .. }, [], _) => {
                Err(missing(ProviderSetting::ClientId, "the client id under which this server is registered there"))
            }
            (ClientRole::Server | ClientRole::Proved { .. }, _, _) => {
                Err(wrong("one client id, the one under which this server is registered there, and here are several"))
            }
        }
    }

    /// The clients whose tokens are accepted.
    const fn clients<'r>(self, registration: &Registration<'r>) -> &'r [String] {
        match self.0.client {
            ClientRole::Allowed | ClientRole::Known => registration.client_ids,
            ClientRole::Server | ClientRole::Proved { .. } => &[],
        }
    }

    /// What stands in front of scopes in requests, and what in tokens.
    fn scope_prefixes(
        self,
        registration: &Registration<'_>,
        audiences: &[String],
    ) -> Result<(Option<String>, Option<String>), ProviderError> {
        let said = registration.scope_prefix.map(str::to_owned);
        match self.0.scopes {
            ScopeNames::Same => {
                self.refuse(ProviderSetting::ScopePrefix, said.is_some())?;
                Ok((None, None))
            }
            ScopeNames::LongInRequests => {
                let application = audiences.iter().find(|audience| audience.contains("://"));
                Ok((said.or_else(|| application.map(|application| format!("{application}/"))), None))
            }
            ScopeNames::LongEverywhere => {
                let prefix = said.or_else(|| audiences.first().map(|server| format!("{server}/")));
                Ok((prefix.clone(), prefix))
            }
        }
    }

    pub(super) const fn refuse(self, setting: ProviderSetting, is_set: bool) -> Result<(), ProviderError> {
        if is_set { Err(ProviderError::Useless { provider: self, setting }) } else { Ok(()) }
    }
}
