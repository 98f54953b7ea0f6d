//! The issuer's public keys: found by discovery, fetched, kept, replaced.

mod algorithm;
mod discovery;
#[cfg(fuzzing)]
pub(in crate::validate) mod fuzzing;
mod jwk;
mod store;
mod weak;

pub use algorithm::Algorithm;
pub use discovery::DiscoveryError;

pub(super) use algorithm::install_crypto;
pub(super) use jwk::Key;
pub(super) use store::KeyError;
pub(super) use store::KeyStore;
pub(super) use store::KeyStoreSettings;
pub(super) use store::RefreshError;

#[cfg(test)]
mod vectors;
