//! Issuers with checked settings.

use url::Url;

use super::common::{Common, ISSUER_FORM, Revoked};
use super::issuer_validator::{IssuerValidator, Source};
use super::jwt_kind;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::provider::Card;
use crate::validate::{IntrospectionSettings, JwtSettings, RejectionLog, SharedValidator};

/// An issuer with checked settings. Nothing is fetched yet.
pub(crate) struct Prepared {
    pub(crate) from_environment: bool,
    /// The authorization servers in the metadata.
    pub(crate) authorization_servers: Vec<String>,
    /// The accepted `iss` values of its tokens.
    pub(crate) names: Vec<String>,
    /// The issuers that its validator may report.
    pub(crate) issuers: Vec<String>,
    pub(crate) max_token_bytes: usize,
    /// Whether its validator accepts tokens that are not JWTs.
    pub(crate) takes_opaque: bool,
    /// The prefix of scopes in authorization requests, possibly empty. `None` if it is unknown.
    pub(crate) scope_prefix: Option<String>,
    pub(super) log: RejectionLog,
    pub(super) revoked: Option<Revoked>,
    pub(super) setup: Setup,
}

/// The settings of the validator.
pub(crate) enum Setup {
    /// The second field is a token endpoint with the client credentials that it must confirm.
    Jwt(Box<JwtSettings>, Option<(Url, String, String)>),
    Introspection(Box<IntrospectionSettings>),
    Custom(SharedValidator),
}

impl Prepared {
    /// Returns an issuer whose validator calls the authorization server.
    pub(super) fn introspection(
        common: Common,
        authorization_server: String,
        scope_prefix: Option<String>,
        card: &'static Card,
        settings: IntrospectionSettings,
    ) -> Self {
        let issuer = settings.rules.issuer.clone();
        let log = RejectionLog::new(&issuer).expecting(settings.rules.audiences.clone()).hinting(card.hints);
        Self {
            from_environment: common.from_environment,
            authorization_servers: vec![authorization_server],
            names: vec![issuer.clone()],
            issuers: vec![issuer],
            max_token_bytes: common.max_token_bytes,
            takes_opaque: true,
            scope_prefix,
            log,
            revoked: common.revoked,
            setup: Setup::Introspection(Box::new(settings)),
        }
    }

    /// Fetches the metadata and keys, and returns the validator.
    pub(crate) async fn connect(self) -> Result<IssuerValidator, Mistakes> {
        let source = match self.setup {
            Setup::Jwt(settings, proof) => jwt_kind::connect(*settings, proof).await.map(Source::Jwt),
            Setup::Introspection(settings) => settings.connect().await.map(Source::Introspection),
            Setup::Custom(validator) => Ok(Source::Custom(validator)),
        };
        let source = source.map_err(|error| Mistakes::from(error).named(|_| self.from_environment))?;
        Ok(IssuerValidator::new(source, self.log, self.revoked))
    }
}

/// Returns the error for settings that were rejected without a mistake, which is not expected.
pub(super) fn rejected() -> Mistakes {
    ConfigError::hidden(Setting::Issuer, ISSUER_FORM).into()
}
