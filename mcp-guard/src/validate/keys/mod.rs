//! The public keys of an issuer: discovery, parsing, refresh and rotation.

mod algorithm;
pub(super) mod discovery;
#[cfg(fuzzing)]
pub(in crate::validate) mod fuzzing;
mod jwk;
mod key_error;
mod material;
mod members;
mod public_key;
mod set;
mod source;
mod store;
mod timestamp;

pub use algorithm::Algorithm;
pub(crate) use discovery::MetadataForm;

pub(super) use algorithm::Family;
pub(crate) use algorithm::install_crypto;
pub(super) use jwk::Key;
pub(super) use key_error::KeyError;
pub(crate) use source::GivenKeys;
pub(super) use source::Keys;
pub(crate) use store::{KeyStore, KeyStoreSettings, MAX_AGE as MAX_KEY_AGE};

#[cfg(test)]
mod vectors;
