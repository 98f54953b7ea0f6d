//! The well-known addresses of issuer metadata.

use crate::endpoints::IssuerPath;

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// A well-known address of the metadata of an issuer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum MetadataForm {
    /// `/.well-known/oauth-authorization-server/tenant1` (RFC 8414 §3.1).
    OAuth,
    /// `/.well-known/openid-configuration/tenant1` (RFC 8414 §5).
    OpenIdInserted,
    /// `/tenant1/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4).
    OpenIdAppended,
}

impl MetadataForm {
    pub(crate) const ALL: [Self; 3] = [Self::OAuth, Self::OpenIdInserted, Self::OpenIdAppended];

    pub(crate) fn path(self, issuer_path: &IssuerPath) -> String {
        match self {
            Self::OAuth => issuer_path.inserted(OAUTH),
            Self::OpenIdInserted => issuer_path.inserted(OPENID),
            Self::OpenIdAppended => issuer_path.join(OPENID),
        }
    }
}
