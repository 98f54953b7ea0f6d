//! Issuers between their settings and their validators.

use url::Url;

use super::common::{Common, ISSUER_FORM, Revoked};
use super::issuer_validator::{IssuerValidator, Source};
use super::jwt_kind;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::provider::{Card, Hints};
use crate::validate::{IntrospectionSettings, JwtSettings, SharedValidator};

/// An issuer whose settings are checked. Nothing is fetched yet.
pub(crate) struct Prepared {
    pub(crate) from_environment: bool,
    /// Where clients get tokens.
    pub(crate) authorization_servers: Vec<String>,
    /// Every `iss` of its tokens.
    pub(crate) names: Vec<String>,
    /// The issuers that its validator may report.
    pub(crate) issuers: Vec<String>,
    pub(crate) max_token_bytes: usize,
    /// Whether its validator takes tokens that are not JWTs.
    pub(crate) takes_opaque: bool,
    /// What stands in front of scopes in requests, empty for nothing; `None` if that is unknown.
    pub(crate) scope_prefix: Option<String>,
    pub(super) hints: Hints,
    pub(super) revoked: Option<Revoked>,
    pub(super) setup: Setup,
}

/// What the validator is made of.
pub(crate) enum Setup {
    /// The last are a client and its secret that the token endpoint must confirm.
    Jwt(Box<JwtSettings>, Option<(Url, String, String)>),
    Introspection(Box<IntrospectionSettings>),
    Custom(SharedValidator),
}

impl Prepared {
    /// An issuer whose validator makes calls.
    pub(super) fn introspection(
        common: Common,
        authorization_server: String,
        scope_prefix: Option<String>,
        card: &'static Card,
        settings: IntrospectionSettings,
    ) -> Self {
        let issuer = settings.rules.issuer.clone();
        Self {
            from_environment: common.from_environment,
            authorization_servers: vec![authorization_server],
            names: vec![issuer.clone()],
            issuers: vec![issuer],
            max_token_bytes: common.max_token_bytes,
            takes_opaque: true,
            scope_prefix,
            hints: Hints::new(card),
            revoked: common.revoked,
            setup: Setup::Introspection(Box::new(settings)),
        }
    }

    /// Fetches what the validator needs.
    pub(crate) async fn connect(self) -> Result<IssuerValidator, Mistakes> {
        let source = match self.setup {
            Setup::Jwt(settings, proof) => jwt_kind::connect(*settings, proof).await.map(Source::Jwt),
            Setup::Introspection(settings) => settings.connect().await.map(Source::Introspection),
            Setup::Custom(validator) => Ok(Source::Custom(validator)),
        };
        let source = source.map_err(|error| Mistakes::from(error).named(|_| self.from_environment))?;
        Ok(IssuerValidator::new(source, self.hints, self.revoked))
    }
}

/// No settings are left, and no mistake is known: that is a mistake, too.
pub(super) fn rejected() -> Mistakes {
    ConfigError::hidden(Setting::Issuer, ISSUER_FORM).into()
}
