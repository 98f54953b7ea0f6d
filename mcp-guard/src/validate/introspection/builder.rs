//! Configuring an [`IntrospectionValidator`].

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use url::Url;

use super::IntrospectionValidator;
use super::Reachable;
use super::authentication::ClientAuthentication;
use super::call::Call;
use super::call::Source;
use super::flights::Flights;
use super::limits::Limits;
use super::limits::endpoint_url;
use super::refused::RefusedTokens;
use super::rfc7662::Rfc7662;
use super::rules::AnswerRules;
use crate::scope::ScopeSet;
use crate::urls::is_issuer;
use crate::validate::MAX_LEEWAY;
use crate::validate::MAX_WAIT;
use crate::validate::ValidatorError;
use crate::validate::cache::TokenCache;
use crate::validate::fetch::Fetcher;
use crate::validate::fetch::Reach;
use crate::validate::jwt::grants::Grants;
use crate::validate::keys::MetadataForm;
use crate::validate::keys::discovery;

/// Configures an [`IntrospectionValidator`]. Made by [`IntrospectionValidator::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct IntrospectionValidatorBuilder {
    issuer: String,
    credentials: ClientAuthentication,
    endpoint: Option<String>,
    metadata_forms: &'static [MetadataForm],
    audiences: Vec<String>,
    accepts_missing_audience: bool,
    client_is_subject: bool,
    only_jwts: bool,
    scope_claims: Vec<String>,
    grants: Grants,
    limits: Limits,
}

impl IntrospectionValidatorBuilder {
    pub(super) fn new(issuer: String, credentials: ClientAuthentication) -> Self {
        Self {
            issuer,
            credentials,
            endpoint: None,
            metadata_forms: MetadataForm::MCP,
            audiences: Vec::new(),
            accepts_missing_audience: false,
            client_is_subject: false,
            only_jwts: false,
            scope_claims: vec!["scope".to_owned()],
            grants: Grants::default(),
            limits: Limits::default(),
        }
    }

    /// Asks at this URL instead of the `introspection_endpoint` of the issuer's metadata.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Accepts tokens whose `aud` contains this text, compared exactly. May be called several times.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts tokens of which the authorization server does not say whom they are for, too. One that is for somebody else is still refused.
    ///
    /// # Security
    ///
    /// Only for an authorization server that serves this resource and no other. Everywhere else a token that was issued for another server, or
    /// stolen from one, is accepted here (RFC 7662 section 4, MCP "Token Audience Binding and Validation"). So are refresh tokens, where the answer
    /// does not say what they are.
    pub const fn danger_accept_tokens_without_audience(mut self) -> Self {
        self.accepts_missing_audience = true;
        self
    }

    /// Reads the scopes from the first of these members that an answer has, a text or a list of texts. Default: `scope` alone (RFC 7662 section 2.2).
    ///
    /// Do not name roles or permissions here: they are the user's rights, not what the client was granted. [`grants`](Self::grants) says which of them
    /// stand for which scopes.
    pub fn scope_claims<C: Into<String>>(mut self, names: impl IntoIterator<Item = C>) -> Self {
        self.scope_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// Adds scopes that the application reads out of other members of the answer, as
    /// [`JwtValidatorBuilder::grants`](crate::JwtValidatorBuilder::grants) does for JWTs; what is said there of roles holds here as well.
    pub fn grants<T, S>(mut self, scopes: impl Fn(&T) -> S + Send + Sync + 'static) -> Self
    where
        T: DeserializeOwned + 'static,
        S: Into<ScopeSet>,
    {
        self.grants.push(scopes);
        self
    }

    /// How far the issuer's clock may be off. Default: 30 seconds; at most 5 minutes.
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.limits.leeway = leeway;
        self
    }

    /// Takes the client for the subject of a token of which the authorization server says neither `sub` nor `username`, as RFC 9068 section 2.2 does for
    /// tokens that no user granted. Default: such a token is refused.
    ///
    /// # Security
    ///
    /// An authorization server that leaves `sub` away for users as well makes one caller of all users of a client: each sees what belongs to the others. Have
    /// it say both kinds of tokens first.
    pub const fn client_as_subject(mut self) -> Self {
        self.client_is_subject = true;
        self
    }

    /// Refuses what is no JWT, where that is what tells access tokens from refresh tokens.
    pub(crate) const fn only_jwts(mut self) -> Self {
        self.only_jwts = true;
        self
    }

    /// Looks for the issuer's metadata here and nowhere else.
    pub(crate) const fn metadata_forms(mut self, forms: &'static [MetadataForm]) -> Self {
        self.metadata_forms = forms;
        self
    }

    /// Lets the authorization server be on a private network, as [`JwtValidatorBuilder::allow_private_network`](crate::JwtValidatorBuilder::allow_private_network)
    /// does.
    ///
    /// # Security
    ///
    /// Whoever can write the issuer's metadata, or answer for its name, then says which host of the private network this server asks.
    pub const fn allow_private_network(mut self) -> Self {
        self.limits.private_network = true;
        self
    }

    /// The longest token that is asked about, in bytes. Default: 16 KiB.
    pub const fn max_token_length(mut self, bytes: usize) -> Self {
        self.limits.max_length = bytes;
        self
    }

    /// For how long an answer counts, but never past the token's end. Default: 60 seconds; at most a day; 0 asks each time.
    ///
    /// For as long as that a revoked token is still accepted (RFC 7662 section 4). Tokens that are refused are remembered as well, for no longer than 10
    /// seconds.
    pub const fn cache_time(mut self, time: Duration) -> Self {
        self.limits.cache_time = time;
        self
    }

    /// How many accepted tokens are remembered, where what is known of one takes no more than a kilobyte; a larger one counts for several. Default:
    /// 10,000; 0 remembers none of them.
    pub const fn cached_tokens(mut self, count: usize) -> Self {
        self.limits.cached_tokens = count;
        self
    }

    /// How many calls to the authorization server may be under way at once. Eight times as many tokens may wait for their turn; for a further one the answer
    /// is `503`. So a flood of made-up tokens is no flood for the authorization server. Default: 32.
    pub const fn max_calls(mut self, calls: usize) -> Self {
        self.limits.max_calls = calls;
        self
    }

    /// Finds the endpoint and builds the validator.
    ///
    /// # Errors
    ///
    /// [`ValidatorError`] when the configuration is not safe, or when the issuer does not answer for itself.
    pub async fn build(self) -> Result<IntrospectionValidator, ValidatorError> {
        let issuer = self.issuer;
        if !is_issuer(&issuer) {
            return Err(ValidatorError::Issuer);
        }
        let credentials = self.credentials.prepare(&issuer).map_err(|reason| ValidatorError::Credentials { reason })?;
        let rules = AnswerRules {
            accepts_missing_audience: self.accepts_missing_audience,
            client_is_subject: self.client_is_subject,
            only_jwts: self.only_jwts,
            scope_claims: self.scope_claims,
            grants: self.grants,
            ..AnswerRules::new(issuer, self.audiences, self.limits.leeway.as_secs())
        };
        // Before anybody is asked for anything.
        check(&rules, &self.limits).map_err(|error| *error)?;
        let source = Source::Rfc7662(Rfc7662(credentials));
        if let Some(endpoint) = self.endpoint {
            return IntrospectionValidator::new(rules, &endpoint, source, &self.limits).map_err(|error| *error);
        }
        let fetcher = fetcher(&rules.issuer, &self.limits).map_err(|error| *error)?;
        let endpoint = discovery::introspection_endpoint(&fetcher, &rules.issuer, self.metadata_forms).await;
        let endpoint = endpoint.map_err(ValidatorError::Discovery)?;
        // With the issuer's own reach: only an issuer on loopback sends this server to loopback.
        IntrospectionValidator::with_fetcher(fetcher, rules, endpoint, source, &self.limits).map_err(|error| *error)
    }
}

impl IntrospectionValidator {
    pub(super) fn new(
        rules: AnswerRules,
        endpoint: &str,
        source: Source,
        limits: &Limits,
    ) -> Result<Self, Box<ValidatorError>> {
        let fetcher = fetcher(endpoint, limits)?;
        let endpoint = endpoint_url(endpoint).ok_or(ValidatorError::IntrospectionEndpoint)?;
        Self::with_fetcher(fetcher, rules, endpoint, source, limits)
    }

    fn with_fetcher(
        fetcher: Fetcher,
        rules: AnswerRules,
        endpoint: Url,
        source: Source,
        limits: &Limits,
    ) -> Result<Self, Box<ValidatorError>> {
        check(&rules, limits)?;
        Ok(Self {
            max_length: limits.max_length,
            rules,
            call: Arc::new(Call::new(fetcher, endpoint, source)),
            flights: Flights::new(limits.max_calls),
            accepted: TokenCache::new(limits.cached_tokens, Some(limits.cache_time)),
            refused: RefusedTokens::new(limits.cache_time),
            reachable: Arc::new(Reachable::default()),
            throttle: Arc::default(),
        })
    }
}

/// Asks this URL, and what it leads to.
fn fetcher(url: &str, limits: &Limits) -> Result<Fetcher, Box<ValidatorError>> {
    let reach = Reach::of(&Url::parse(url).map_err(|_| ValidatorError::IntrospectionEndpoint)?);
    let reach = if limits.private_network { reach.with_private_network() } else { reach };
    Fetcher::new(reach).map_err(|error| ValidatorError::Client(error).into())
}

/// What is wrong in any configuration.
fn check(rules: &AnswerRules, limits: &Limits) -> Result<(), Box<ValidatorError>> {
    let issuer = || rules.issuer.clone();
    if rules.audiences.is_empty() {
        return Err(ValidatorError::NoAudience { issuer: issuer() }.into());
    }
    if rules.audiences.iter().any(String::is_empty) {
        return Err(ValidatorError::EmptyAudience { issuer: issuer() }.into());
    }
    if limits.leeway > MAX_LEEWAY {
        return Err(ValidatorError::Leeway(limits.leeway).into());
    }
    if limits.cache_time > MAX_WAIT {
        return Err(ValidatorError::Wait { name: "cache_time", value: limits.cache_time }.into());
    }
    if limits.max_calls == 0 {
        return Err(ValidatorError::NoCalls.into());
    }
    Ok(())
}
