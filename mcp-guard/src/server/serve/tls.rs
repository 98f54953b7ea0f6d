//! TLS, if it is configured.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use super::ServeError;
use crate::server::server_settings::TlsFiles;

#[cfg(feature = "tls")]
pub(super) use with_tls::Tls;
#[cfg(not(feature = "tls"))]
pub(super) use without_tls::Tls;

fn unusable(files: &TlsFiles, source: io::Error) -> ServeError {
    ServeError::Tls { certificate: files.certificate.clone(), key: files.key.clone(), source }
}

#[cfg(feature = "tls")]
mod with_tls {
    use std::sync::Arc;

    use arc_swap::ArcSwap;
    use futures::stream::BoxStream;
    use rustls::ServerConfig;
    use rustls::crypto::CryptoProvider;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::server::TlsStream;

    use super::*;
    use crate::server::serve::certificate::{Fingerprint, PemFiles};
    use crate::server::serve::reload;

    /// The certificate and its key. Each handshake uses the current configuration.
    pub(in super::super) struct Tls {
        files: TlsFiles,
        provider: Arc<CryptoProvider>,
        config: ArcSwap<ServerConfig>,
        /// The files at the start.
        loaded: Fingerprint,
    }

    opaque_debug!(Tls);

    impl Tls {
        /// Loads the certificate chain and the key.
        pub(in super::super) fn load(files: &TlsFiles) -> Result<Self, ServeError> {
            let provider = provider().ok_or(ServeError::CryptoProvider)?;
            let loaded = PemFiles::read(files)
                .and_then(|contents| Ok((contents.config(Arc::clone(&provider))?, contents.fingerprint())));
            match loaded {
                Ok((config, loaded)) => {
                    Ok(Self { files: files.clone(), provider, config: ArcSwap::from_pointee(config), loaded })
                }
                Err(source) => Err(unusable(files, source)),
            }
        }

        pub(in super::super) const fn files(&self) -> &TlsFiles {
            &self.files
        }

        pub(in super::super) const fn loaded(&self) -> Fingerprint {
            self.loaded
        }

        /// Uses another certificate for further handshakes.
        pub(in super::super) fn replace(&self, files: &PemFiles) -> io::Result<()> {
            self.config.store(Arc::new(files.config(Arc::clone(&self.provider))?));
            Ok(())
        }

        /// Returns an error that names both files.
        pub(in super::super) fn error(&self, source: io::Error) -> ServeError {
            unusable(&self.files, source)
        }

        /// Replaces the certificate when its files change, and after every item of `hangups`. Never ends.
        pub(in super::super) async fn watch(self: Arc<Self>, hangups: BoxStream<'static, ()>) {
            reload::watch(self, hangups).await;
        }

        pub(in super::super) async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
        where
            S: AsyncRead + AsyncWrite + Unpin,
        {
            TlsAcceptor::from(self.config.load_full()).accept(stream).await
        }
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
    use std::sync::Arc;

    use futures::stream::BoxStream;

    use super::*;

    /// A type without values, because the feature `tls` is disabled.
    #[derive(Debug)]
    pub(in super::super) enum Tls {}

    impl Tls {
        pub(in super::super) fn load(files: &TlsFiles) -> Result<Self, ServeError> {
            Err(unusable(files, io::Error::other("mcp-guard was built without its `tls` feature")))
        }

        pub(in super::super) async fn watch(self: Arc<Self>, _: BoxStream<'static, ()>) {
            match *self {}
        }

        pub(in super::super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, _: S) -> io::Result<S> {
            match *self {}
        }
    }
}
