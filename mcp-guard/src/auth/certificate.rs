//! The TLS certificate of a client (RFC 8705).

use sha2::{Digest as _, Sha256};

use crate::token::Thumbprint;

/// A client certificate that was presented in the TLS handshake of the connection.
///
/// A token can be bound to a certificate (`cnf` with `x5t#S256`, RFC 8705 section 3). Such a token is rejected without
/// its certificate. The component that terminates TLS adds this value to the extensions of every request of the
/// connection. Whether the certificate is trusted is decided in the handshake.
///
/// ```
/// use axum::Extension;
/// use axum::Router;
/// use mcp_guard::layer::ClientCertificate;
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
/// [`ResourceServer::serve`](crate::ResourceServer::serve) does not request client certificates. It therefore rejects
/// every certificate-bound token.
///
/// # Security
///
/// Do not create this value from a header such as `X-Client-Cert`, which any client can send. The exception is a server
/// that only a proxy can reach, if the proxy overwrites that header. This crate reads no such header.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct ClientCertificate(Thumbprint);

impl ClientCertificate {
    /// Creates the value from a certificate in DER. Only the SHA-256 hash is kept.
    #[must_use]
    pub fn from_der(der: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(der.as_ref()).into())
    }

    pub(super) const fn thumbprint(self) -> Thumbprint {
        self.0
    }
}

opaque_debug!(redacted ClientCertificate);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_certificate_debug_is_redacted() {
        assert_eq!(format!("{:?}", ClientCertificate::from_der(b"der")), "ClientCertificate([redacted])");
    }
}
