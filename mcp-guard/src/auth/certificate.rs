//! The TLS certificate of a client (RFC 8705).

use std::fmt;

use sha2::Digest as _;
use sha2::Sha256;

use crate::token::Thumbprint;

/// The certificate that a client presented in the TLS handshake of a request's connection.
///
/// Tokens may be bound to one (`cnf` with `x5t#S256`, RFC 8705 section 3), and are refused without it. What terminates TLS puts it into the extensions of
/// every request of the connection; whether it is one that anybody vouches for is the handshake's business.
///
/// ```
/// use axum::Extension;
/// use axum::Router;
/// use mcp_guard::ClientCertificate;
///
/// /// The service for a connection whose handshake is done.
/// fn for_connection(app: &Router, client: Option<&[u8]>) -> Router {
///     match client {
///         Some(der) => app.clone().layer(Extension(ClientCertificate::from_der(der))),
///         None => app.clone(),
///     }
/// }
/// ```
///
/// # Deployment
///
/// [`ResourceServer::serve`](crate::ResourceServer::serve) asks for no client certificates, so behind it such tokens are always refused.
///
/// # Security
///
/// Never make one from a header like `X-Client-Cert`, unless nobody but a proxy that overwrites that header can reach the server: whoever sends a header
/// says what they like. This crate reads none of them.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct ClientCertificate(Thumbprint);

impl ClientCertificate {
    /// The certificate in DER. Only its hash is kept.
    #[must_use]
    pub fn from_der(der: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(der.as_ref()).into())
    }

    pub(super) const fn thumbprint(self) -> Thumbprint {
        self.0
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_nothing_of_it() {
        assert_eq!(format!("{:?}", ClientCertificate::from_der(b"der")), "ClientCertificate([redacted])");
    }
}
