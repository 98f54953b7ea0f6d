//! Issuers of JWTs.

use std::time::Duration;

use url::Url;

use super::Issuer;
use super::common::{Common, ENDPOINT_FORM, check_at_most, check_names, check_prefix, check_resource, check_wait};
use super::prepared::{Prepared, Setup, rejected};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::provider::{AudienceRule, Hints, JwtPreset, JwtProvider, RFC9068, ScalekitProvider, ScopeNames};
use crate::urls::is_endpoint;
use crate::validate::{
    Algorithm, ClaimRules, ClientTokens, GivenKeys, JwtSettings, JwtValidator, KeySource, KeyStoreSettings,
    MAX_KEY_AGE, NetworkPolicy, TokenProfile, check_client, install_crypto,
};

/// The maximum time for fetching the issuer's metadata and keys together.
const FETCH_LIMIT: Duration = Duration::from_secs(15);
/// The prefix of application ids in Entra ID.
const APPLICATION: &str = "api://";
/// The path of Scalekit's token endpoint, relative to the environment URL. It confirms client credentials.
const SCALEKIT_TOKEN_ENDPOINT: &str = "/oauth/token";

/// The kind of [`Issuer::jwt`]: tokens are JWTs, validated with the issuer's keys.
#[derive(Clone)]
pub struct Jwt {
    preset: &'static JwtPreset,
    keys: ConfiguredKeys,
    algorithms: Vec<Algorithm>,
    profile: Option<TokenProfile>,
    token_scope_prefix: Option<String>,
    subject_claims: Option<Vec<String>>,
    client_claims: Option<Vec<String>>,
    clients_without_audience: Vec<String>,
    aliases: Vec<String>,
    required: Vec<(String, Option<String>)>,
    refresh_after: Duration,
    outage_grace: Duration,
    cool_down: Duration,
    /// Client credentials that the provider must confirm.
    proof: Option<(String, String)>,
}

/// The configured source of the keys.
#[derive(Clone)]
enum ConfiguredKeys {
    /// The URL of the preset, or discovery.
    Default,
    Uri(String),
    Given(String),
}

impl Issuer<Jwt> {
    /// Returns an issuer of JWTs that conform to RFC 9068. `issuer` must equal the `issuer` in its metadata and `iss`
    /// in its tokens. Its keys are discovered when the server is built.
    pub fn jwt(issuer: impl Into<String>) -> Self {
        Self::with_preset(&RFC9068, issuer.into())
    }

    fn with_preset(preset: &'static JwtPreset, issuer: String) -> Self {
        let kind = Jwt {
            preset,
            keys: ConfiguredKeys::Default,
            algorithms: Algorithm::DEFAULT.to_vec(),
            profile: None,
            token_scope_prefix: None,
            subject_claims: None,
            client_claims: None,
            clients_without_audience: Vec::new(),
            aliases: Vec::new(),
            required: Vec::new(),
            refresh_after: Duration::from_secs(10 * 60),
            outage_grace: Duration::from_secs(60 * 60),
            cool_down: Duration::from_secs(30),
            proof: None,
        };
        Self::new(issuer, kind)
    }

    /// Sets the URL of the keys. Default: `jwks_uri` in the issuer's metadata. With this setting, the metadata is not
    /// fetched.
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.kind.keys = ConfiguredKeys::Uri(url.into());
        self
    }

    /// Uses the keys of this JWKS (RFC 7517 section 5) instead of fetching keys. Meant for tests and for servers
    /// without network access.
    ///
    /// # Security
    ///
    /// These keys do not expire. Tokens of a withdrawn key are accepted until the server is rebuilt with other keys.
    pub fn jwks(mut self, document: impl Into<String>) -> Self {
        self.kind.keys = ConfiguredKeys::Given(document.into());
        self
    }

    /// Sets the allowed signature algorithms. Default: [`Algorithm::DEFAULT`].
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.kind.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets the profile of the access tokens. Default: the profile of the provider, or [`TokenProfile::Rfc9068`].
    pub const fn token_profile(mut self, profile: TokenProfile) -> Self {
        self.kind.profile = Some(profile);
        self
    }

    /// Accepts only scopes with this prefix, and removes the prefix. Default: none.
    ///
    /// Some issuers prefix the scopes of each server: tokens contain `https://todo.example.com/mcp/todo:read` for
    /// `todo:read`.
    pub fn token_scope_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.kind.token_scope_prefix = Some(prefix.into());
        self
    }

    /// Reads the subject from the first of these claims that is present. Default: `sub`. `sub` is required in any case.
    ///
    /// In the tokens of some issuers, `sub` is a login name, which can be reassigned to another person. Another claim
    /// then has a stable identifier.
    pub fn subject_claims<C: Into<String>>(mut self, names: impl IntoIterator<Item = C>) -> Self {
        self.kind.subject_claims = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Reads the client from the first of these claims that is present. Default: `client_id` and, with
    /// [`TokenProfile::Jwt`], `azp`. Some issuers use `cid` or `appid`.
    pub fn client_claims<C: Into<String>>(mut self, names: impl IntoIterator<Item = C>) -> Self {
        self.kind.client_claims = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts tokens without `aud` that were issued to these clients. Default: none. Meant for issuers that cannot set
    /// an audience. A token with another `aud` is still rejected.
    ///
    /// # Security
    ///
    /// This server accepts every token of these clients. Name only clients that use no other server.
    pub fn clients_without_audience<C: Into<String>>(mut self, clients: impl IntoIterator<Item = C>) -> Self {
        self.kind.clients_without_audience.extend(clients.into_iter().map(Into::into));
        self
    }

    /// Also accepts this `iss`, for an issuer with several names. Each call adds a name.
    /// [`ValidatedToken::issuer`](crate::ValidatedToken::issuer) returns the configured issuer, so the identity of a
    /// caller does not depend on the name.
    ///
    /// # Security
    ///
    /// Tokens with this `iss` are verified with the same keys. Configure an issuer with different keys as a separate
    /// [`Issuer`].
    pub fn alias(mut self, issuer: impl Into<String>) -> Self {
        self.kind.aliases.push(issuer.into());
        self
    }

    /// Requires the claim `name` to equal `value`. Rejects other tokens.
    pub fn require_claim(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.kind.required.push((name.into(), Some(value.into())));
        self
    }

    /// Requires the claim `name` to be a string, of any value. Rejects other tokens.
    pub fn require_any_claim(mut self, name: impl Into<String>) -> Self {
        self.kind.required.push((name.into(), None));
        self
    }

    /// Sets the age at which the keys are fetched again, if the issuer sends no `max-age`. Default: 10 minutes.
    /// Maximum: 1 hour, also for `max-age`, so that withdrawn keys are noticed.
    pub const fn refresh_keys_after(mut self, age: Duration) -> Self {
        self.kind.refresh_after = age;
        self
    }

    /// Sets how long outdated keys stay in use while the issuer is unreachable. Default: 1 hour. Maximum: 1 day.
    pub const fn outage_grace(mut self, grace: Duration) -> Self {
        self.kind.outage_grace = grace;
        self
    }

    /// Sets the minimum time between two fetches of the keys, except for the first few. Default: 30 seconds. Maximum: 1
    /// day.
    ///
    /// The limit also applies to tokens with unknown `kid`s.
    pub const fn refresh_cool_down(mut self, cool_down: Duration) -> Self {
        self.kind.cool_down = cool_down;
        self
    }

    /// Checks the settings.
    pub(super) fn prepare(self, resource: &str) -> Result<Prepared, Mistakes> {
        let Self { common, kind } = self;
        let preset = kind.preset;
        let from_environment = common.from_environment;
        let mut mistakes = Mistakes::default();
        common.check(&mut mistakes);
        check_resource(&mut mistakes, resource);
        let audiences = kind.audiences(&common, resource, &mut mistakes);
        let names = preset.issuer.names(&common.name, &audiences).map_err(|example| {
            let expected = match preset.card.name {
                "" => super::common::ISSUER_FORM.into(),
                _ => format!("an issuer of {}, like {example}", preset.card.title),
            };
            mistakes.push(ConfigError::hidden(Setting::Issuer, expected));
        });
        let prepared = names.ok().and_then(|names| kind.settings(common, &names, audiences, &mut mistakes));
        match (prepared, mistakes.into_result()) {
            (Some(prepared), Ok(())) => Ok(prepared),
            (_, Err(mistakes)) => Err(mistakes.named(|_| from_environment)),
            (None, Ok(())) => Err(rejected()),
        }
    }

    /// Sets the preset of a provider.
    #[cfg(test)]
    pub(crate) const fn preset(mut self, preset: &'static JwtPreset) -> Self {
        self.kind.preset = preset;
        self
    }

    #[cfg(any(fuzzing, test))]
    pub(crate) async fn connect(self, resource: &str) -> Result<JwtValidator, crate::config::BuildError> {
        Ok(self.prepare(resource)?.connect().await?.into_jwt())
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
        names: &crate::provider::IssuerNames,
        audiences: Vec<String>,
        mistakes: &mut Mistakes,
    ) -> Option<Prepared> {
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
        let jwks_uri = match jwks_uri.map(|text| Url::parse(&text).ok().filter(is_endpoint)) {
            Some(None) => {
                mistakes.push(ConfigError::hidden(Setting::JwksUri, ENDPOINT_FORM));
                return None;
            }
            Some(url) => url,
            None => None,
        };
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
                refresh_after: self.refresh_after,
                outage_grace: self.outage_grace,
                fetch_limit: FETCH_LIMIT,
                cool_down: self.cool_down,
            })
        };
        let proof = match self.proof {
            None => None,
            Some((id, secret)) => {
                let url = Url::parse(&format!("{}{SCALEKIT_TOKEN_ENDPOINT}", names.base)).ok();
                match url.filter(|_| !id.is_empty() && !secret.is_empty()) {
                    Some(url) => Some((url, id, secret)),
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
            audiences,
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
        let settings = JwtSettings {
            max_length: common.max_token_bytes,
            algorithms: self.algorithms,
            rules,
            keys,
            private_network: common.private_network,
            cached_tokens: common.cached_tokens,
        };
        Some(Prepared {
            from_environment: common.from_environment,
            authorization_servers: vec![names.authorization_server.clone()],
            names: settings.rules.names().cloned().collect(),
            issuers: vec![names.issuer.clone()],
            max_token_bytes: common.max_token_bytes,
            takes_opaque: false,
            scope_prefix: Some(in_requests.unwrap_or_default()),
            hints: Hints::new(&preset.card),
            revoked: common.revoked,
            setup: Setup::Jwt(Box::new(settings), proof),
        })
    }
}

/// Fetches the keys, then has the provider confirm the client credentials. The order ensures that only the server with
/// the keys receives the secret.
pub(super) async fn connect(
    settings: JwtSettings,
    proof: Option<(Url, String, String)>,
) -> Result<JwtValidator, ConfigError> {
    let setting = if matches!(&settings.keys, KeySource::Fetched(settings) if settings.jwks_uri.is_some()) {
        Setting::JwksUri
    } else {
        Setting::Issuer
    };
    let private_network = settings.private_network;
    let validator = settings.connect().await.map_err(|error| ConfigError::unusable(setting, &error))?;
    if let Some((url, id, secret)) = proof {
        let policy = NetworkPolicy::for_url(&url).allowing_private_network(private_network);
        check_client(&url, policy, &id, &secret).await.map_err(|error| {
            let reason = "the client id and secret are not confirmed: compare both with the provider's dashboard";
            ConfigError::unusable(Setting::ClientSecret, &format!("{reason} ({error})"))
        })?;
    }
    Ok(validator)
}

impl JwtProvider {
    /// Returns an issuer of this provider. `issuer` must equal the `issuer` in its metadata.
    pub fn issuer(self, issuer: impl Into<String>) -> Issuer<Jwt> {
        Issuer::with_preset(self.0, issuer.into())
    }
}

impl ScalekitProvider {
    /// Returns an issuer for a Scalekit environment URL. [`audience`](Issuer::audience) must be set to the id of the
    /// MCP server in the dashboard, like `res_123`.
    pub fn issuer(self, environment: impl Into<String>) -> Issuer<Jwt> {
        Issuer::with_preset(self.0, environment.into())
    }

    /// Like [`issuer`](Self::issuer), but also has the environment confirm these client credentials when the server is
    /// built. They are not used for anything else.
    pub fn confirmed_issuer(
        self,
        environment: impl Into<String>,
        client_id: impl Into<String>,
        secret: impl Into<String>,
    ) -> Issuer<Jwt> {
        let mut issuer = self.issuer(environment);
        issuer.kind.proof = Some((client_id.into(), secret.into()));
        issuer
    }
}
