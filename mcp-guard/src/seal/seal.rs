//! The seal of one server.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::bound::Bound;
use super::keys::Keys;
use crate::token::Principal;

/// Seals ids and states of one server for their principals.
#[derive(Clone)]
pub(crate) struct Seal {
    pub(super) keys: Arc<Keys>,
    /// The URL that identifies the server. Servers may share their keys.
    pub(super) server: Arc<str>,
}

opaque_debug!(redacted Seal);

/// The kind of a sealed id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SealedId {
    Session,
    Task,
}

impl Seal {
    /// Creates the seal of the server with this URL. All seals of a process share their keys, so that every layer and
    /// route of a server agrees, however they are put together.
    pub(crate) fn new(server: impl Into<Arc<str>>) -> Self {
        Self { keys: Keys::of_process(), server: server.into() }
    }

    /// Returns the sealed id for the client of `owner`. `None` is an anonymous caller.
    pub(crate) fn seal(&self, kind: SealedId, id: &str, owner: Option<Principal<'_>>) -> String {
        format!("{id}.{}", URL_SAFE_NO_PAD.encode(self.mac(kind, id, owner).finalize().into_bytes()))
    }

    /// Returns the id if it was sealed as this kind for this caller.
    pub(crate) fn open<'i>(&self, kind: SealedId, sealed: &'i str, caller: Option<Principal<'_>>) -> Option<&'i str> {
        let (id, seal) = sealed.rsplit_once('.')?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        self.mac(kind, id, caller).verify_slice(&seal).ok().map(|()| id)
    }

    fn mac(&self, kind: SealedId, id: &str, owner: Option<Principal<'_>>) -> Hmac<Sha256> {
        let key = match kind {
            SealedId::Session => &self.keys.sessions,
            SealedId::Task => &self.keys.tasks,
        };
        let mut mac = key.clone();
        mac.update(Bound::new(&self.server, owner).and(Some(id)).as_bytes());
        mac
    }
}

#[cfg(test)]
pub(super) mod tests;
