//! Binds legacy sessions to the principal that opened them (MCP Security Best Practices, "Session Hijacking").
//!
//! The client receives rmcp's session id with a MAC over the id and the principal. A request of another principal fails
//! the check, so the session is reported as not found. No table is required.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::token::Principal;

/// Seals session ids for their principals. The key lives as long as the process, like the sessions.
pub(super) struct SessionSeal {
    mac: Hmac<Sha256>,
}

impl SessionSeal {
    pub(super) fn new() -> Self {
        let key: [u8; 32] = rand::random();
        Self { mac: Hmac::new_from_slice(&key).expect("HMAC takes keys of any length") }
    }

    /// Returns the sealed id for the client.
    pub(super) fn seal(&self, id: &str, owner: Option<Principal<'_>>) -> String {
        format!("{id}.{}", URL_SAFE_NO_PAD.encode(self.mac(id, owner).finalize().into_bytes()))
    }

    /// Returns rmcp's id if the sealed id was created for this caller.
    pub(super) fn open<'i>(&self, sealed: &'i str, caller: Option<Principal<'_>>) -> Option<&'i str> {
        let (id, seal) = sealed.rsplit_once('.')?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        self.mac(id, caller).verify_slice(&seal).ok().map(|()| id)
    }

    fn mac(&self, id: &str, principal: Option<Principal<'_>>) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        // Each part is preceded by its length, so that different lists of parts never have equal input.
        let mut part = |text: Option<&str>| {
            mac.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            mac.update(text.unwrap_or_default().as_bytes());
        };
        part(Some(id));
        part(principal.map(|principal| principal.issuer()));
        part(principal.map(|principal| principal.subject()));
        part(principal.and_then(|principal| principal.client_id()));
        mac
    }
}

opaque_debug!(redacted SessionSeal);

#[cfg(test)]
mod tests;
