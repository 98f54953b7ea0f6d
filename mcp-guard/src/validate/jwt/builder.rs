//! Configuring a [`JwtValidator`].

use std::time::Duration;

use serde::de::DeserializeOwned;
use url::Url;

use super::JwtValidator;
use super::claims::ClaimRules;
use super::claims::TokenProfile;
use super::grants::Grants;
use crate::scope::ScopeSet;
use crate::scope::ScopeSpelling;
use crate::urls::is_endpoint;
use crate::urls::is_issuer;
use crate::validate::MAX_LEEWAY;
use crate::validate::MAX_WAIT;
use crate::validate::ValidatorError;
use crate::validate::cache::TokenCache;
use crate::validate::fetch::Fetcher;
use crate::validate::fetch::Reach;
use crate::validate::keys::Algorithm;
use crate::validate::keys::GivenKeys;
use crate::validate::keys::KeyStore;
use crate::validate::keys::KeyStoreSettings;
use crate::validate::keys::Keys;
use crate::validate::keys::MAX_KEY_AGE;
use crate::validate::keys::MetadataForm;
use crate::validate::keys::RefreshError;
use crate::validate::keys::install_crypto;

/// How long a request may have to wait for the issuer's metadata and keys together.
const FETCH_LIMIT: Duration = Duration::from_secs(15);

/// Configures a [`JwtValidator`]. Made by [`JwtValidator::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct JwtValidatorBuilder {
    issuer: String,
    aliases: Vec<String>,
    audiences: Vec<String>,
    clients_without_audience: Vec<String>,
    metadata_forms: &'static [MetadataForm],
    jwks_uri: Option<String>,
    jwks: Option<String>,
    private_network: bool,
    algorithms: Vec<Algorithm>,
    profile: TokenProfile,
    scope_claims: Vec<String>,
    scope_prefix: Option<String>,
    subject_claims: Vec<String>,
    client_claims: Option<Vec<String>>,
    allowed_clients: Vec<String>,
    access_token_claims: Option<Vec<String>>,
    foreign_claims: Vec<String>,
    required: Vec<(String, Option<String>)>,
    grants: Grants,
    leeway: Duration,
    max_length: usize,
    cached_tokens: usize,
    refresh_after: Duration,
    outage_grace: Duration,
    cool_down: Duration,
}

impl JwtValidatorBuilder {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            issuer,
            aliases: Vec::new(),
            audiences: Vec::new(),
            clients_without_audience: Vec::new(),
            metadata_forms: MetadataForm::MCP,
            jwks_uri: None,
            jwks: None,
            private_network: false,
            algorithms: Algorithm::DEFAULT.to_vec(),
            profile: TokenProfile::default(),
            scope_claims: vec!["scope".to_owned()],
            scope_prefix: None,
            subject_claims: vec!["sub".to_owned()],
            client_claims: None,
            allowed_clients: Vec::new(),
            access_token_claims: None,
            foreign_claims: Vec::new(),
            required: Vec::new(),
            grants: Grants::default(),
            leeway: Duration::from_secs(30),
            max_length: 16 * 1024,
            cached_tokens: 10_000,
            refresh_after: Duration::from_secs(10 * 60),
            outage_grace: Duration::from_secs(60 * 60),
            cool_down: Duration::from_secs(30),
        }
    }

    /// Accepts tokens whose `aud` contains this text, compared exactly. May be called several times.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Takes the keys from this URL instead of asking the issuer's metadata for it.
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// Looks for the issuer's metadata here and nowhere else.
    pub(crate) const fn metadata_forms(mut self, forms: &'static [MetadataForm]) -> Self {
        self.metadata_forms = forms;
        self
    }

    /// Takes the keys from this JWKS (RFC 7517 section 5) instead of fetching any: where there is no network, and in tests.
    ///
    /// The issuer is never asked, neither now nor later, and validating needs no tokio runtime.
    ///
    /// # Security
    ///
    /// Such keys never get old. When the issuer withdraws one, its tokens are accepted until the server is built anew with other keys.
    ///
    /// ```
    /// # use mcp_guard::JwtValidator;
    /// # async fn example(jwks: String) -> Result<(), mcp_guard::ValidatorError> {
    /// let validator = JwtValidator::builder("https://auth.example.com")
    ///     .audience("https://todo.example.com/mcp")
    ///     .jwks(jwks)
    ///     .build()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn jwks(mut self, document: impl Into<String>) -> Self {
        self.jwks = Some(document.into());
        self
    }

    /// Lets the authorization server be on a private network: RFC 1918, unique local and shared addresses.
    ///
    /// Without it the metadata and the keys are fetched from public addresses only, whatever a name resolves to; from loopback only where the issuer, or
    /// the configured JWKS URL, is on loopback itself. Link-local addresses and what clouds keep for themselves, such as `169.254.169.254`, are refused even so. No proxy is used,
    /// whatever the environment says.
    ///
    /// # Security
    ///
    /// Whoever can write the issuer's metadata, or answer for its name, then says which host of the private network this server asks.
    pub const fn allow_private_network(mut self) -> Self {
        self.private_network = true;
        self
    }

    /// Allows these signature algorithms and no others. Default: [`Algorithm::DEFAULT`].
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// What the issuer's access tokens look like. Default: [`TokenProfile::Rfc9068`].
    pub const fn profile(mut self, profile: TokenProfile) -> Self {
        self.profile = profile;
        self
    }

    /// Reads the scopes from the first of these claims that a token has, a text or a list of texts. Default: `scope` alone. Some issuers call it `scp`.
    ///
    /// Do not name roles or permissions here: they are the user's rights, not what the client was granted. [`grants`](Self::grants) says which of them
    /// stand for which scopes.
    pub fn scope_claims<C: Into<String>>(mut self, names: impl IntoIterator<Item = C>) -> Self {
        self.scope_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// Takes only those scopes for scopes of this server that begin with this text, and takes the text away: some issuers write
    /// `https://todo.example.com/mcp/todo:read` for the `todo:read` of one server.
    pub fn scope_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.scope_prefix = Some(prefix.into());
        self
    }

    /// Reads the subject from the first of these claims that a token has. Default: `sub`. Some issuers write a login there, which can become another
    /// person's, and a name that stays elsewhere. `sub` must be there even so.
    pub fn subject_claims<C: Into<String>>(mut self, names: impl IntoIterator<Item = C>) -> Self {
        self.subject_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads the client from the first of these claims that a token has. Default: `client_id` and, with [`TokenProfile::Jwt`], `azp`. Some issuers call
    /// it `cid` or `appid`.
    pub fn client_claims<C: Into<String>>(mut self, names: impl IntoIterator<Item = C>) -> Self {
        self.client_claims = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Tells access tokens from others, where [`TokenProfile::Jwt`] leaves that open, by one of these claims. Default: those of the scopes and, but for
    /// `azp`, of the client.
    pub(crate) fn access_token_claims<C: Into<String>>(mut self, names: impl IntoIterator<Item = C>) -> Self {
        self.access_token_claims = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Refuses tokens with one of these claims: they are other tokens that the issuer signs with the same keys.
    pub(crate) fn foreign_claims<C: Into<String>>(mut self, names: impl IntoIterator<Item = C>) -> Self {
        self.foreign_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// Accepts only tokens that were issued to this client. May be called several times. Default: every client of the issuer.
    pub fn allowed_client(mut self, client_id: impl Into<String>) -> Self {
        self.allowed_clients.push(client_id.into());
        self
    }

    /// Accepts tokens without any `aud` where they were issued to this client: for issuers that cannot name an audience. A token with another `aud` is
    /// still refused. May be called several times.
    ///
    /// # Security
    ///
    /// Whatever these clients do with a token, they can do here: name only clients whose tokens are for this server alone.
    pub fn client_without_audience(mut self, client_id: impl Into<String>) -> Self {
        self.clients_without_audience.push(client_id.into());
        self
    }

    /// Accepts this `iss` as well, for an issuer that writes itself in two ways. [`ValidatedToken::issuer`](crate::ValidatedToken::issuer) is the issuer
    /// of the validator even so: a caller stays the same caller.
    ///
    /// # Security
    ///
    /// The keys are those of the one issuer. An issuer that has its own keys gets a validator of its own.
    pub fn issuer_alias(mut self, issuer: impl Into<String>) -> Self {
        self.aliases.push(issuer.into());
        self
    }

    /// Refuses tokens in which this claim is not just this text.
    pub fn require_claim(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.required.push((name.into(), Some(value.into())));
        self
    }

    /// Refuses tokens that lack this claim. It must be a text.
    pub fn require_any_claim(mut self, name: impl Into<String>) -> Self {
        self.required.push((name.into(), None));
        self
    }

    /// Adds scopes that the application reads out of other claims, such as roles, permissions or groups, to those of the scope claim.
    ///
    /// Without it no such claim is ever a scope. The claims are read as a type of the application, after the token passed every rule; claims that do not
    /// fit the type add nothing, and the token is as good as it was. May be called several times: the scopes add up.
    ///
    /// ```
    /// # use mcp_guard::prelude::*;
    /// #[derive(serde::Deserialize)]
    /// struct Roles {
    ///     client_id: String,
    ///     roles: Vec<String>,
    /// }
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let validator = mcp_guard::JwtValidator::builder("https://auth.example.com")
    ///     .audience("https://todos.example.com/mcp")
    ///     .grants(|claims: &Roles| {
    ///         let roles = claims.roles.iter().filter(|_| claims.client_id == "todo-app");
    ///         let scopes = roles.filter_map(|role| match role.as_str() {
    ///             "reader" => Some(Scope::from_static("todo:read")),
    ///             "editor" => Some(Scope::from_static("todo:write")),
    ///             _ => None,
    ///         });
    ///         scopes.collect::<ScopeSet>()
    ///     })
    ///     .build()
    ///     .await?;
    /// mcp_guard::ResourceServer::builder("https://todos.example.com/mcp")
    ///     .authorization_server("https://auth.example.com")
    ///     .validator(validator)
    /// # ;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Security
    ///
    /// A scope says what the client was granted, a role what its user may do. Turned into scopes, a user's roles are open to every client that the user
    /// signs in with, whatever the user consented to: look at the client as well, and name each role instead of taking its text for a scope.
    pub fn grants<T, S>(mut self, scopes: impl Fn(&T) -> S + Send + Sync + 'static) -> Self
    where
        T: DeserializeOwned + 'static,
        S: Into<ScopeSet>,
    {
        self.grants.push(scopes);
        self
    }

    /// Adds what [`grants`](Self::grants) would, all at once.
    pub(crate) fn with_grants(mut self, grants: Grants) -> Self {
        self.grants = grants;
        self
    }

    /// How far the issuer's clock may be off. Default: 30 seconds; at most 5 minutes.
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The longest token that is read, in bytes. Default: 16 KiB.
    pub const fn max_token_length(mut self, bytes: usize) -> Self {
        self.max_length = bytes;
        self
    }

    /// How many validated tokens are remembered, where they are no longer than a kilobyte; a longer one counts for several. Default: 10,000; 0
    /// validates every token anew.
    pub const fn cached_tokens(mut self, count: usize) -> Self {
        self.cached_tokens = count;
        self
    }

    /// How old the keys may get before they are fetched anew, where the issuer sends no `max-age`. Default: 10 minutes; at most 1 hour, whoever says so: a
    /// key that was withdrawn is noticed then.
    pub const fn refresh_keys_after(mut self, age: Duration) -> Self {
        self.refresh_after = age;
        self
    }

    /// For how long keys that are due stay in use while the issuer cannot be reached. Default: 1 hour.
    pub const fn outage_grace(mut self, grace: Duration) -> Self {
        self.outage_grace = grace;
        self
    }

    /// The time between two fetches of the keys, after the first few, whatever `kid`s the tokens name. Default: 30 seconds.
    pub const fn refresh_cool_down(mut self, cool_down: Duration) -> Self {
        self.cool_down = cool_down;
        self
    }

    /// Fetches the issuer's keys and builds the validator.
    ///
    /// # Errors
    ///
    /// [`ValidatorError`] when the configuration is not safe, or when the issuer does not answer for itself.
    pub async fn build(self) -> Result<JwtValidator, ValidatorError> {
        let Self { issuer, audiences, .. } = self;
        if audiences.is_empty() {
            return Err(ValidatorError::NoAudience { issuer });
        }
        if audiences.iter().any(String::is_empty) {
            return Err(ValidatorError::EmptyAudience { issuer });
        }
        let client_claims = self.client_claims.unwrap_or_else(|| match self.profile {
            TokenProfile::Rfc9068 => vec!["client_id".to_owned()],
            TokenProfile::Jwt => vec!["client_id".to_owned(), "azp".to_owned()],
        });
        // Each would let tokens pass of which nothing is known.
        for (setting, values) in [
            ("issuer_alias", &self.aliases),
            ("client_without_audience", &self.clients_without_audience),
            ("scope_claims", &self.scope_claims),
            ("subject_claims", &self.subject_claims),
            ("client_claims", &client_claims),
            ("allowed_client", &self.allowed_clients),
        ] {
            if values.iter().any(String::is_empty) {
                return Err(ValidatorError::Nothing { setting });
            }
        }
        for (setting, is_nothing) in [
            ("scope_claims", self.scope_claims.is_empty()),
            ("subject_claims", self.subject_claims.is_empty()),
            ("client_claims", client_claims.is_empty()),
            (
                "require_claim",
                self.required.iter().any(|(name, value)| name.is_empty() || value.as_deref() == Some("")),
            ),
        ] {
            if is_nothing {
                return Err(ValidatorError::Nothing { setting });
            }
        }
        if let Some(prefix) = &self.scope_prefix {
            ScopeSpelling::with_prefix(prefix)?;
        }
        if !is_issuer(&issuer) {
            return Err(ValidatorError::Issuer);
        }
        let jwks_uri = match self.jwks_uri {
            None => None,
            Some(text) => match Url::parse(&text) {
                Ok(url) if is_endpoint(&url) => Some(url),
                _ => return Err(ValidatorError::JwksUri),
            },
        };
        if self.leeway > MAX_LEEWAY {
            return Err(ValidatorError::Leeway(self.leeway));
        }
        if self.refresh_after > MAX_KEY_AGE {
            return Err(ValidatorError::KeyAge(self.refresh_after));
        }
        for (name, value) in [("outage_grace", self.outage_grace), ("refresh_cool_down", self.cool_down)] {
            if value > MAX_WAIT {
                return Err(ValidatorError::Wait { name, value });
            }
        }
        if self.algorithms.is_empty() {
            return Err(ValidatorError::NoAlgorithm);
        }
        install_crypto();
        let keys = match self.jwks {
            Some(_) if jwks_uri.is_some() => return Err(ValidatorError::JwksTwice { issuer }),
            Some(document) => GivenKeys::parse(&document, &self.algorithms)
                .map(Keys::Given)
                .ok_or_else(|| ValidatorError::Jwks { issuer: issuer.clone() })?,
            None => {
                let settings = KeyStoreSettings {
                    issuer: issuer.clone(),
                    metadata_forms: self.metadata_forms,
                    jwks_uri,
                    refresh_after: self.refresh_after,
                    outage_grace: self.outage_grace,
                    fetch_limit: FETCH_LIMIT,
                    cool_down: self.cool_down,
                };
                Keys::Fetched(fetch(settings, self.private_network).await?)
            }
        };
        Ok(JwtValidator {
            max_length: self.max_length,
            algorithms: self.algorithms,
            rules: ClaimRules {
                issuer,
                aliases: self.aliases,
                audiences,
                clients_without_audience: self.clients_without_audience,
                leeway: self.leeway.as_secs(),
                profile: self.profile,
                scope_claims: self.scope_claims,
                scope_prefix: self.scope_prefix,
                subject_claims: self.subject_claims,
                client_claims,
                allowed_clients: self.allowed_clients,
                access_token_claims: self.access_token_claims,
                foreign_claims: self.foreign_claims,
                required: self.required,
                grants: self.grants,
            },
            keys,
            cache: TokenCache::new(self.cached_tokens, None),
        })
    }
}

/// Fetches the keys of an issuer for the first time.
async fn fetch(settings: KeyStoreSettings, private_network: bool) -> Result<KeyStore, ValidatorError> {
    let issuer = settings.issuer.clone();
    // A configured JWKS URL is all that is ever asked.
    let reach = match &settings.jwks_uri {
        Some(url) => Reach::of(url),
        None => Reach::of(&Url::parse(&issuer).map_err(|_| ValidatorError::Issuer)?),
    };
    let reach = if private_network { reach.with_private_network() } else { reach };
    let keys = KeyStore::new(settings, Fetcher::new(reach).map_err(ValidatorError::Client)?);
    keys.load().await.map_err(|error| match error {
        RefreshError::Discovery(error) => ValidatorError::Discovery(error),
        error => ValidatorError::Keys { issuer, reason: error.to_string() },
    })?;
    Ok(keys)
}
