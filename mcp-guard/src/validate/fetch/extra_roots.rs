//! CA certificates that are trusted in addition to those of the system.

use std::path::Path;

use reqwest::ClientBuilder;

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
pub(crate) use with_tls::ExtraRoots;
#[cfg(not(any(feature = "aws-lc-rs", feature = "rustls-no-provider")))]
pub(crate) use without_tls::ExtraRoots;

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
mod with_tls {
    use reqwest::{Certificate, Client};

    use super::*;
    use crate::validate::fetch::cause::innermost;
    use crate::validate::fetch::fetcher::has_crypto_provider;

    /// The certificates of a PEM file.
    #[derive(Clone, Debug)]
    pub(crate) struct ExtraRoots(Vec<Certificate>);

    impl ExtraRoots {
        /// Reads a PEM file with at least one certificate. The error is the reason.
        pub(crate) fn read(path: &Path) -> Result<Self, String> {
            let pem = std::fs::read(path).map_err(|error| error.to_string())?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| innermost(&error))?;
            if certificates.is_empty() {
                return Err("the file contains no PEM certificate".to_owned());
            }
            // A client parses the certificates. Without a provider, no client is built, and connecting fails.
            if has_crypto_provider() {
                let client = Client::builder().no_proxy().tls_certs_only(certificates.iter().cloned()).build();
                client.map_err(|error| innermost(&error))?;
            }
            Ok(Self(certificates))
        }

        /// Makes a client trust these certificates, too.
        pub(in crate::validate::fetch) fn add_to(&self, builder: ClientBuilder) -> ClientBuilder {
            builder.tls_certs_merge(self.0.iter().cloned())
        }
    }
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "rustls-no-provider")))]
mod without_tls {
    use super::*;

    /// A type without values, because no feature for TLS is enabled.
    #[derive(Clone, Debug)]
    pub(crate) enum ExtraRoots {}

    impl ExtraRoots {
        pub(crate) fn read(_: &Path) -> Result<Self, String> {
            Err("mcp-guard was built without TLS for authorization servers: enable `aws-lc-rs`".to_owned())
        }

        pub(in crate::validate::fetch) fn add_to(&self, _: ClientBuilder) -> ClientBuilder {
            match *self {}
        }
    }
}
