//! Issuers of opaque tokens with an introspection endpoint (RFC 7662).

use super::Issuer;
use super::common::{ENDPOINT_FORM, check_resource, invalid_issuer, invalid_url};
use super::prepared::Prepared;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::provider::{IntrospectionPreset, IntrospectionProvider, RFC7662};
use crate::urls::with_equivalent;
use crate::validate::{
    AnswerRules, CallSource, ClientAuthentication, Endpoint, IntrospectionSettings, Rfc7662, endpoint_url,
};

/// The kind of [`Issuer::introspection`]: tokens are opaque, and the authorization server validates them (RFC 7662).
#[derive(Clone)]
pub struct Introspection {
    preset: &'static IntrospectionPreset,
    authentication: ClientAuthentication,
    endpoint: Option<String>,
    accepts_missing_audience: bool,
}

impl Issuer<Introspection> {
    /// Returns an issuer of opaque tokens, which its introspection endpoint validates. `issuer` must equal the `issuer`
    /// in its metadata. `authentication` identifies this server at the endpoint.
    ///
    /// A token is accepted if the response is `active` and contains this server in `aud` and a subject. Authorization
    /// servers may also report refresh tokens and ID tokens as active. Such a token is rejected if the response names
    /// its kind (`token_type`, `token_use`, `typ`). Signed responses (RFC 9701) are not requested.
    pub fn introspection(issuer: impl Into<String>, authentication: impl Into<ClientAuthentication>) -> Self {
        Self::with_preset(&RFC7662, issuer.into(), authentication.into())
    }

    fn with_preset(preset: &'static IntrospectionPreset, issuer: String, authentication: ClientAuthentication) -> Self {
        let kind = Introspection { preset, authentication, endpoint: None, accepts_missing_audience: false };
        Self::new(issuer, kind)
    }

    /// Sets the URL of the introspection endpoint. Default: `introspection_endpoint` in the issuer's metadata. With
    /// this setting, the metadata is not fetched.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.kind.endpoint = Some(url.into());
        self
    }

    /// Also accepts tokens without an audience in the introspection response. A token for another audience is still
    /// rejected. Default: off.
    ///
    /// # Security
    ///
    /// Use this only with an authorization server that serves no other resource. Otherwise this server accepts tokens
    /// that were issued for, or stolen from, another server (RFC 7662 section 4, MCP "Token Audience Binding and
    /// Validation"). It also accepts refresh tokens if the response does not name their kind.
    pub const fn danger_accept_tokens_without_audience(mut self) -> Self {
        self.kind.accepts_missing_audience = true;
        self
    }

    /// Checks the settings.
    pub(super) fn prepare(self, resource: &str) -> Result<Prepared, Mistakes> {
        let Self { common, kind: Introspection { preset, authentication, endpoint, accepts_missing_audience } } = self;
        let from_environment = common.from_environment;
        let mut mistakes = Mistakes::default();
        common.check(&mut mistakes);
        check_resource(&mut mistakes, resource);
        let audiences = match (common.audiences.is_empty(), preset.audience_is_client) {
            (false, _) => common.audiences.clone(),
            (true, true) => vec![authentication.client_id().to_owned()],
            (true, false) => vec![resource.to_owned()],
        };
        let names = preset
            .issuer
            .names(&common.name, &audiences)
            .map_err(|example| invalid_issuer(&common.name, &preset.card, example));
        let names = mistakes.take(names);
        let endpoint =
            endpoint.map(|url| endpoint_url(&url).ok_or_else(|| invalid_url(Setting::Endpoint, &url, ENDPOINT_FORM)));
        let endpoint = mistakes.take(endpoint.transpose());
        let issuer = names.as_ref().map_or(common.name.as_str(), |names| &names.issuer);
        let credentials = authentication.prepare(issuer);
        let credentials =
            mistakes.take(credentials.map_err(|reason| ConfigError::conflict(Setting::ClientSecret, reason)));
        let egress = common.egress(&mut mistakes);
        let (Some(names), Some(endpoint), Some(credentials), true) =
            (names, endpoint, credentials, mistakes.is_empty())
        else {
            return Err(mistakes.named(|_| from_environment));
        };
        let rules = AnswerRules {
            accepts_missing_audience,
            only_jwts: preset.only_jwts,
            ..AnswerRules::new(names.issuer.clone(), with_equivalent(audiences))
        };
        let settings = IntrospectionSettings {
            rules: common.rules(rules),
            limits: common.call_limits(),
            source: CallSource::Rfc7662(Rfc7662(credentials)),
            endpoint: endpoint.map_or(Endpoint::Discovered(preset.metadata), Endpoint::Configured),
            egress,
        };
        let scope_prefix = Some(common.scope_prefix.clone().unwrap_or_default());
        Ok(Prepared::introspection(common, names.authorization_server, scope_prefix, &preset.card, settings))
    }

    #[cfg(test)]
    pub(crate) async fn connect(
        self,
        resource: &str,
    ) -> Result<crate::validate::IntrospectionValidator, crate::config::BuildError> {
        Ok(self.fail_fast().prepare(resource)?.connect().await?.into_introspection())
    }
}

impl IntrospectionProvider {
    /// Returns an issuer of this provider. `issuer` must equal the `issuer` in its metadata. `authentication`
    /// identifies this server at the introspection endpoint.
    pub fn issuer(
        self,
        issuer: impl Into<String>,
        authentication: impl Into<ClientAuthentication>,
    ) -> Issuer<Introspection> {
        Issuer::with_preset(self.0, issuer.into(), authentication.into())
    }
}
