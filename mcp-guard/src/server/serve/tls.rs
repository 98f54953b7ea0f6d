//! TLS, if it is configured.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use super::ServeError;
use crate::server::server_settings::TlsFiles;

#[cfg(feature = "tls")]
pub(super) use with_tls::Tls;
#[cfg(not(feature = "tls"))]
pub(super) use without_tls::Tls;

#[cfg(feature = "tls")]
mod with_tls {
    use std::path::Path;
    use std::sync::Arc;

    use arc_swap::ArcSwap;
    use rustls::ServerConfig;
    use rustls::crypto::CryptoProvider;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::server::TlsStream;

    use super::*;

    /// The certificate and its key. Each handshake uses the current configuration.
    #[derive(Debug)]
    pub(in super::super) struct Tls(ArcSwap<ServerConfig>);

    impl Tls {
        /// Loads the certificate chain and the key.
        pub(in super::super) fn load(files: &TlsFiles) -> Result<Self, ServeError> {
            let provider = provider().ok_or(ServeError::CryptoProvider)?;
            let config = config(&files.certificate, &files.key, provider).map_err(|source| ServeError::Tls {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
                source,
            })?;
            Ok(Self(ArcSwap::from_pointee(config)))
        }

        pub(in super::super) async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
        where
            S: AsyncRead + AsyncWrite + Unpin,
        {
            TlsAcceptor::from(self.0.load_full()).accept(stream).await
        }
    }

    fn config(certificate: &Path, key: &Path, provider: Arc<CryptoProvider>) -> io::Result<ServerConfig> {
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(io::Error::other)?;
        if chain.is_empty() {
            return Err(io::Error::other("the certificate file contains no certificate"));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Returns the default provider of the process, or else that of the feature `aws-lc-rs`.
    fn provider() -> Option<Arc<CryptoProvider>> {
        let installed = CryptoProvider::get_default().cloned();
        #[cfg(feature = "aws-lc-rs")]
        let installed = installed.or_else(|| Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider())));
        installed
    }
}

#[cfg(not(feature = "tls"))]
mod without_tls {
    use super::*;

    /// A type without values, because the feature `tls` is disabled.
    #[derive(Debug)]
    pub(in super::super) enum Tls {}

    impl Tls {
        pub(in super::super) fn load(files: &TlsFiles) -> Result<Self, ServeError> {
            let source = io::Error::other("mcp-guard was built without its `tls` feature");
            Err(ServeError::Tls { certificate: files.certificate.clone(), key: files.key.clone(), source })
        }

        pub(in super::super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, _: S) -> io::Result<S> {
            match *self {}
        }
    }
}
