//! Checks the settings of an issuer of JWTs.

use url::Url;

use super::{ConfiguredKeys, Jwt};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::issuer::Issuer;
use crate::issuer::attempt::{ClientProof, FETCH_LIMIT};
use crate::issuer::common::{
    Common, ENDPOINT_FORM, check_at_most, check_names, check_prefix, check_resource, check_wait, invalid_issuer,
    invalid_url,
};
use crate::issuer::prepared::{Prepared, Setup, rejected};
use crate::provider::{AudienceRule, IssuerNames, ScopeNames};
use crate::urls::{is_endpoint, with_equivalent};
use crate::validate::{
    ClaimRules, ClientTokens, GivenKeys, JwtSettings, KeySource, KeyStoreSettings, MAX_KEY_AGE, RejectionLog,
    TokenProfile, install_crypto,
};

/// The prefix of application ids in Entra ID.
const APPLICATION: &str = "api://";
/// The path of Scalekit's token endpoint, relative to the environment URL. It confirms client credentials.
const SCALEKIT_TOKEN_ENDPOINT: &str = "/oauth/token";

impl Issuer<Jwt> {
    /// Checks the settings.
    pub(in crate::issuer) fn prepare(self, resource: &str) -> Result<Prepared, Mistakes> {
        let Self { common, kind } = self;
        let preset = kind.preset;
        let from_environment = common.from_environment;
        let mut mistakes = Mistakes::default();
        common.check(&mut mistakes);
        check_resource(&mut mistakes, resource);
        let audiences = kind.audiences(&common, resource, &mut mistakes);
        let names = preset.issuer.names(&common.name, &audiences).map_err(|example| {
            mistakes.push(invalid_issuer(&common.name, &preset.card, example));
        });
        let prepared = names.ok().and_then(|names| kind.settings(common, &names, audiences, &mut mistakes));
        match (prepared, mistakes.into_result()) {
            (Some(prepared), Ok(())) => Ok(prepared),
            (_, Err(mistakes)) => Err(mistakes.named(|_| from_environment)),
            (None, Ok(())) => Err(rejected()),
        }
    }
}

impl Jwt {
    /// Returns the audiences of valid tokens.
    fn audiences(&self, common: &Common, resource: &str, mistakes: &mut Mistakes) -> Vec<String> {
        let named = common.audiences.clone();
        match self.preset.audience {
            AudienceRule::Resource | AudienceRule::ResourceOrClient if named.is_empty() => vec![resource.to_owned()],
            AudienceRule::Shared(audience) if named.is_empty() => {
                if common.clients.is_none() {
                    tracing::warn!(
                        provider = self.preset.card.title,
                        audience,
                        "all tokens of the project have the same audience, so every client of the project can use this server: \
                         restrict the clients with {} or {:#}",
                        Setting::Clients,
                        Setting::Clients,
                    );
                }
                vec![audience.to_owned()]
            }
            AudienceRule::Named { hint, .. } if named.is_empty() => {
                mistakes.push(ConfigError::missing(Setting::Audience, hint));
                named
            }
            AudienceRule::Named { prefix, hint } => {
                if let Some(wrong) = named.iter().find(|audience| !audience.starts_with(prefix)) {
                    mistakes.push(ConfigError::invalid(Setting::Audience, wrong, hint));
                }
                if self.preset.scopes != ScopeNames::LongInRequests {
                    return named;
                }
                // An application has an id and a URI. Tokens of version 1 and 2 name one of them.
                let uris = named.iter().filter(|audience| !audience.contains("://"));
                let uris: Vec<String> = uris.map(|id| format!("{APPLICATION}{id}")).collect();
                let ids: Vec<String> =
                    named.iter().filter_map(|uri| uri.strip_prefix(APPLICATION)).map(str::to_owned).collect();
                // The configured values come first, because the scope prefix is derived from them.
                named.into_iter().chain(uris).chain(ids).collect()
            }
            AudienceRule::Resource | AudienceRule::ResourceOrClient | AudienceRule::Shared(_) => named,
        }
    }

    /// Returns the prefixes of scopes in authorization requests and in tokens.
    fn scope_prefixes(&self, common: &Common, audiences: &[String]) -> (Option<String>, Option<String>) {
        let configured = common.scope_prefix.clone();
        let in_tokens = self.token_scope_prefix.clone();
        match self.preset.scopes {
            ScopeNames::Same => (configured, in_tokens),
            ScopeNames::LongInRequests => {
                let application = audiences.iter().find(|audience| audience.contains("://"));
                (configured.or_else(|| application.map(|application| format!("{application}/"))), in_tokens)
            }
            ScopeNames::LongEverywhere => {
                let prefix = configured.or_else(|| audiences.first().map(|server| format!("{server}/")));
                (prefix.clone(), in_tokens.or(prefix))
            }
        }
    }

    fn settings(
        self,
        common: Common,
        names: &IssuerNames,
        audiences: Vec<String>,
        mistakes: &mut Mistakes,
    ) -> Option<Prepared> {
        let egress = common.egress(mistakes);
        let (in_requests, in_tokens) = self.scope_prefixes(&common, &audiences);
        let preset = self.preset;
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
        let profile = self.profile.unwrap_or(preset.profile);
        check_names(mistakes, Setting::SubjectClaims, self.subject_claims.as_deref());
        check_names(mistakes, Setting::ClientClaims, self.client_claims.as_deref());
        for (setting, values) in
            [(Setting::Alias, &self.aliases), (Setting::ClientsWithoutAudience, &self.clients_without_audience)]
        {
            mistakes
                .check(!values.iter().any(String::is_empty), || ConfigError::invalid(setting, "", "a non-empty value"));
        }
        let is_empty = |(name, value): &(String, Option<String>)| name.is_empty() || value.as_deref() == Some("");
        mistakes.check(!self.required.iter().any(is_empty), || {
            ConfigError::hidden(Setting::RequireClaim, "a non-empty name and a non-empty value")
        });
        mistakes
            .check(!self.algorithms.is_empty(), || ConfigError::hidden(Setting::Algorithms, "at least one algorithm"));
        check_prefix(mistakes, Setting::TokenScopePrefix, self.token_scope_prefix.as_deref());
        check_at_most(mistakes, Setting::RefreshKeysAfter, self.refresh_after, MAX_KEY_AGE);
        check_wait(mistakes, Setting::OutageGrace, self.outage_grace);
        check_wait(mistakes, Setting::RefreshCoolDown, self.cool_down);
        let jwks_uri = match (&self.keys, preset.keys) {
            (ConfiguredKeys::Uri(url), _) => Some(url.clone()),
            (ConfiguredKeys::Default, Some(path)) => Some(format!("{}{path}", names.base)),
            (ConfiguredKeys::Default, None) | (ConfiguredKeys::Given(_), _) => None,
        };
        let parse = |text: String| match Url::parse(&text).ok().filter(is_endpoint) {
            Some(url) => Ok(url),
            None => Err(invalid_url(Setting::JwksUri, &text, ENDPOINT_FORM)),
        };
        let jwks_uri = mistakes.take(jwks_uri.map(parse).transpose())?;
        let keys = if let ConfiguredKeys::Given(document) = &self.keys {
            install_crypto();
            let Some(keys) = GivenKeys::parse(document, &self.algorithms) else {
                mistakes.push(ConfigError::hidden(
                    Setting::Jwks,
                    "a JWKS with a public key for an allowed signature algorithm",
                ));
                return None;
            };
            KeySource::Given(keys)
        } else {
            KeySource::Fetched(KeyStoreSettings {
                issuer: names.issuer.clone(),
                metadata_forms: preset.metadata,
                jwks_uri,
                algorithms: self.algorithms.clone(),
                refresh_after: self.refresh_after,
                outage_grace: self.outage_grace,
                fetch_limit: FETCH_LIMIT,
                cool_down: self.cool_down,
            })
        };
        let configured = match &self.keys {
            ConfiguredKeys::Default => None,
            ConfiguredKeys::Uri(_) => Some(Setting::JwksUri),
            ConfiguredKeys::Given(_) => Some(Setting::Jwks),
        };
        if let (Some(setting), true) = (configured, self.proof.is_some()) {
            let reason = "client credentials are sent only to a server that publishes the keys: remove the setting, or the credentials";
            mistakes.push(ConfigError::conflict(setting, reason.to_owned()));
            return None;
        }
        let proof = match self.proof {
            None => None,
            Some((id, secret)) => {
                let url = Url::parse(&format!("{}{SCALEKIT_TOKEN_ENDPOINT}", names.base)).ok();
                match url.filter(|_| !id.is_empty() && !secret.is_empty()) {
                    Some(token_endpoint) => {
                        Some(Box::new(ClientProof { token_endpoint, egress: egress.clone(), client_id: id, secret }))
                    }
                    None => {
                        mistakes.push(ConfigError::hidden(Setting::ClientSecret, "a non-empty client id and secret"));
                        return None;
                    }
                }
            }
        };
        let (client_claims, clients) = (preset.client_claims, common.clients.unwrap_or_default());
        let mut clients_without_audience = self.clients_without_audience;
        if preset.audience == AudienceRule::ResourceOrClient {
            clients_without_audience.extend(clients.iter().cloned());
        }
        let fixed = preset.required.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
        let tenant = names.tenant.clone().map(|tenant| ("tid".to_owned(), Some(tenant)));
        let rules = ClaimRules {
            issuer: names.issuer.clone(),
            aliases: self.aliases.into_iter().chain(names.alias.clone()).collect(),
            audiences: with_equivalent(audiences),
            clients_without_audience,
            leeway: common.leeway.as_secs(),
            max_age: common.max_token_age.map(|age| age.as_secs()),
            profile,
            scope_claims: common.scope_claims.unwrap_or_else(|| owned(preset.scope_claims)),
            scope_prefix: in_tokens,
            allowed_clients: clients,
            subject_claims: self.subject_claims.unwrap_or_else(|| owned(preset.subject_claims)),
            client_claims: self.client_claims.unwrap_or_else(|| match (client_claims, profile) {
                (Some(names), _) => owned(names),
                (None, TokenProfile::Rfc9068) => owned(&["client_id"]),
                (None, TokenProfile::Jwt) => owned(&["client_id", "azp"]),
            }),
            client_tokens: ClientTokens::new(common.allow_client_tokens),
            access_token_claims: preset.access_token_claims.map(owned),
            foreign_claims: owned(preset.foreign_claims),
            required: self.required.into_iter().chain(fixed).chain(tenant).collect(),
            grants: common.grants,
        };
        let log = RejectionLog::new(&rules.issuer).expecting(rules.audiences.clone()).with_verified_audience();
        let settings = JwtSettings {
            max_length: common.max_token_bytes,
            algorithms: self.algorithms,
            rules,
            keys,
            egress,
            cached_tokens: common.cached_tokens,
        };
        Some(Prepared {
            from_environment: common.from_environment,
            fail_fast: common.fail_fast,
            authorization_servers: vec![names.authorization_server.clone()],
            names: settings.rules.names().cloned().collect(),
            issuers: vec![names.issuer.clone()],
            max_token_bytes: common.max_token_bytes,
            takes_opaque: false,
            scope_prefix: Some(in_requests.unwrap_or_default()),
            log: log.hinting(preset.card.hints),
            revoked: common.revoked,
            setup: Setup::Jwt(Box::new(settings), proof),
        })
    }
}
