//! Issuers of any kind, and custom validators.

use super::common::ISSUER_FORM;
use super::introspection_kind::Introspection;
use super::jwt_kind::Jwt;
use super::opaque_kind::Opaque;
use super::prepared::{Prepared, Setup};
use super::{Issuer, IssuerValidator};
use crate::config::{BuildError, ConfigError, Mistakes, Setting};
use crate::urls::is_issuer;
use crate::validate::{RejectionLog, SharedValidator, TokenValidator};

/// The kind of an issuer whose kind is erased, as
/// [`ResourceServerBuilder::issuer`](crate::ResourceServerBuilder::issuer) accepts it.
#[derive(Clone)]
pub struct Any(pub(super) AnyKind);

#[derive(Clone)]
pub(super) enum AnyKind {
    Jwt(Box<Jwt>),
    Introspection(Box<Introspection>),
    Opaque(Box<Opaque>),
    Custom(Box<Custom>),
}

/// The kind of [`Issuer::custom`]: the application validates the tokens.
#[derive(Clone)]
pub struct Custom {
    validator: SharedValidator,
    authorization_servers: Vec<String>,
}

impl Issuer<Custom> {
    /// Returns an issuer whose tokens a validator of the application validates. The metadata names
    /// `authorization_servers`.
    ///
    /// As the only issuer, the validator receives every token. Next to other issuers, it receives JWTs with one of its
    /// authorization servers in `iss`, and tokens that are not JWTs. Each token that it accepts must have one of its
    /// authorization servers as the issuer.
    pub fn custom<A: Into<String>>(
        validator: impl TokenValidator,
        authorization_servers: impl IntoIterator<Item = A>,
    ) -> Self {
        let authorization_servers = authorization_servers.into_iter().map(Into::into).collect();
        Self::new("", Custom { validator: SharedValidator::new(validator), authorization_servers })
    }

    /// Adds this prefix to each scope in challenges and in the metadata. Default: none.
    pub fn scope_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.common.scope_prefix = Some(prefix.into());
        self
    }

    fn prepare(self) -> Result<Prepared, Mistakes> {
        let Custom { validator, authorization_servers } = self.kind;
        let scope_prefix = self.common.scope_prefix;
        let mut mistakes = Mistakes::default();
        mistakes.check(!authorization_servers.is_empty(), || {
            ConfigError::missing(Setting::Validator, "the issuer of at least one authorization server")
        });
        mistakes.check(authorization_servers.iter().all(|server| is_issuer(server)), || {
            ConfigError::hidden(Setting::Validator, ISSUER_FORM)
        });
        super::common::check_prefix(&mut mistakes, Setting::ScopePrefix, scope_prefix.as_deref());
        mistakes.into_result()?;
        Ok(Prepared {
            from_environment: false,
            fail_fast: false,
            names: authorization_servers.clone(),
            issuers: authorization_servers.clone(),
            max_token_bytes: 0,
            takes_opaque: true,
            scope_prefix,
            log: RejectionLog::new(authorization_servers.join(" or ")),
            revoked: None,
            setup: Setup::Custom(validator),
            authorization_servers,
        })
    }
}

impl<K> Issuer<K>
where
    Self: Into<Issuer>,
{
    /// Returns a validator of tokens for `resource`, for your own [`AuthLayer`](crate::layer::AuthLayer). Fetches the
    /// issuer's metadata and keys, or repeats this in the background while the issuer is unavailable (see
    /// [`fail_fast`](Self::fail_fast)). A [`ResourceServer`](crate::ResourceServer) creates its validators itself.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names every invalid setting.
    pub async fn validator(self, resource: impl AsRef<str>) -> Result<IssuerValidator, BuildError> {
        Ok(self.into().prepare(resource.as_ref())?.connect().await?)
    }
}

impl Issuer {
    /// Checks the settings.
    pub(crate) fn prepare(self, resource: &str) -> Result<Prepared, Mistakes> {
        let common = self.common;
        match self.kind.0 {
            AnyKind::Jwt(kind) => Issuer { common, kind: *kind }.prepare(resource),
            AnyKind::Introspection(kind) => Issuer { common, kind: *kind }.prepare(resource),
            AnyKind::Opaque(kind) => Issuer { common, kind: *kind }.prepare(),
            AnyKind::Custom(kind) => Issuer { common, kind: *kind }.prepare(),
        }
    }
}

/// Converts a URL into an issuer of RFC 9068 JWTs, like [`Issuer::jwt`].
impl From<&str> for Issuer {
    fn from(issuer: &str) -> Self {
        Issuer::jwt(issuer).into()
    }
}

/// Converts a URL into an issuer of RFC 9068 JWTs, like [`Issuer::jwt`].
impl From<String> for Issuer {
    fn from(issuer: String) -> Self {
        Issuer::jwt(issuer).into()
    }
}

macro_rules! any {
    ($($kind:ident),*) => {
        $(impl From<Issuer<$kind>> for Issuer {
            fn from(Issuer { common, kind }: Issuer<$kind>) -> Self {
                Self { common, kind: Any(AnyKind::$kind(Box::new(kind))) }
            }
        })*
    };
}

any!(Custom, Introspection, Jwt, Opaque);
