//! The certificate chain and its key, as PEM files.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InconsistentKeys, ServerConfig};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::server::server_settings::TlsFiles;

/// The contents of both files.
pub(super) struct PemFiles {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

/// A digest of both files, to notice changes.
pub(super) type Fingerprint = [u8; 32];

impl PemFiles {
    pub(super) fn read(files: &TlsFiles) -> io::Result<Self> {
        let read = |path: &Path, name: &str| {
            std::fs::read(path)
                .map_err(|error| io::Error::new(error.kind(), format!("the {name} cannot be read: {error}")))
        };
        Ok(Self {
            certificate: read(&files.certificate, "certificate")?,
            key: Zeroizing::new(read(&files.key, "key")?),
        })
    }

    /// Returns a digest of the contents. Modification times do not suffice: Kubernetes replaces a symbolic link, and the
    /// new file may be older.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let digest = Sha256::new().chain_update(Sha256::digest(&self.certificate)).chain_update(&*self.key);
        digest.finalize().into()
    }

    /// Returns a configuration with this certificate, for both versions of HTTP.
    pub(super) fn config(&self, provider: Arc<CryptoProvider>) -> io::Result<ServerConfig> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| io::Error::other(format!("the certificate is not a PEM file: {error}")))?;
        if chain.is_empty() {
            return Err(io::Error::other("the certificate file contains no PEM certificate"));
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|error| io::Error::other(format!("the key file contains no PEM private key: {error}")))?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    io::Error::other("the key does not match the certificate")
                }
                error => io::Error::other(error),
            })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}
