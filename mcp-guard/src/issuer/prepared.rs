//! Issuers with checked settings.

use super::attempt::{Attempt, ClientProof};
use super::common::{Common, ISSUER_FORM, Revoked};
use super::connection::{Connection, Named};
use super::issuer_validator::{IssuerValidator, Source};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::provider::Card;
use crate::validate::{IntrospectionSettings, JwtSettings, RejectionLog, SharedValidator};

/// An issuer with checked settings. Nothing is fetched yet.
pub(crate) struct Prepared {
    pub(crate) from_environment: bool,
    /// Whether an unavailable issuer is an error.
    pub(crate) fail_fast: bool,
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
pub(super) enum Setup {
    Jwt(Box<JwtSettings>, Option<Box<ClientProof>>),
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
            fail_fast: common.fail_fast,
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

    /// Fetches the metadata and keys, and returns the validator. If the issuer is unavailable, the validator fetches
    /// them later, unless the setting `fail_fast` forbids it.
    pub(crate) async fn connect(self) -> Result<IssuerValidator, Mistakes> {
        let named: Named =
            if self.from_environment { ConfigError::named_by_environment } else { std::convert::identity };
        let (source, attempt) = self.setup.build().map_err(named)?;
        let connection = match attempt {
            Some(attempt) => Some(Connection::open(attempt, self.fail_fast, named).await?),
            None => None,
        };
        Ok(IssuerValidator::new(source, connection, self.log, self.revoked))
    }
}

impl Setup {
    /// Builds the validator, and the attempt that connects it to its issuer if that is necessary.
    fn build(self) -> Result<(Source, Option<Attempt>), ConfigError> {
        Ok(match self {
            Self::Jwt(settings, proof) => {
                let validator = settings.build()?;
                let attempt = validator.key_store().map(|store| Attempt::Keys(store.clone(), proof));
                (Source::Jwt(validator), attempt)
            }
            Self::Introspection(settings) => {
                let (validator, discovery) = settings.build()?;
                (Source::Introspection(validator), discovery.map(Attempt::Endpoint))
            }
            Self::Custom(validator) => (Source::Custom(validator), None),
        })
    }
}

/// Returns the error for settings that were rejected without a mistake, which is not expected.
pub(super) fn rejected() -> Mistakes {
    ConfigError::hidden(Setting::Issuer, ISSUER_FORM).into()
}
