//! The issuer's public keys: found by discovery, fetched, kept, replaced.

mod discovery;
mod jwk;
mod store;

pub use discovery::DiscoveryError;
pub use jwk::Algorithm;

pub(super) use jwk::Key;
pub(super) use jwk::install_crypto;
pub(super) use store::KeyError;
pub(super) use store::KeyStore;
pub(super) use store::KeyStoreSettings;
pub(super) use store::RefreshError;
