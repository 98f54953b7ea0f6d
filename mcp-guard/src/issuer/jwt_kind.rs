//! Issuers of JWTs.

mod preparation;

use std::time::Duration;

use super::Issuer;
use crate::provider::{JwtPreset, JwtProvider, RFC9068, ScalekitProvider};
use crate::validate::{Algorithm, TokenProfile};

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
    /// in its tokens. Its keys are discovered when the server is built, or later if it is unavailable
    /// ([`fail_fast`](Self::fail_fast)).
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
        self.kind.algorithms.clear();
        for algorithm in algorithms {
            // Twice the same is once: a key without `alg` has the only allowed algorithm of its type.
            if !self.kind.algorithms.contains(&algorithm) {
                self.kind.algorithms.push(algorithm);
            }
        }
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

    /// Sets the preset of a provider.
    #[cfg(test)]
    pub(crate) const fn preset(mut self, preset: &'static JwtPreset) -> Self {
        self.kind.preset = preset;
        self
    }

    #[cfg(any(fuzzing, test))]
    pub(crate) async fn connect(
        self,
        resource: &str,
    ) -> Result<crate::validate::JwtValidator, crate::config::BuildError> {
        Ok(self.fail_fast().prepare(resource)?.connect().await?.into_jwt())
    }
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

    /// Like [`issuer`](Self::issuer), but also has the environment confirm these client credentials before tokens
    /// are validated. They are not used for anything else. The keys must come from the environment, so that only their
    /// publisher receives the secret.
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
