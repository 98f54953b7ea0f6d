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
mod tests {
    use super::*;
    use crate::token::{TokenParts, ValidatedToken};

    fn token(issuer: &str, subject: &str, client_id: Option<&str>) -> ValidatedToken {
        ValidatedToken::new(TokenParts {
            issuer: issuer.into(),
            subject: subject.into(),
            client_id: client_id.map(Into::into),
            ..TokenParts::default()
        })
    }

    #[test]
    fn session_id_is_valid_for_its_owner_only() {
        let seal = SessionSeal::new();
        let alice = token("https://a", "alice", Some("c"));
        let sealed = seal.seal("1234", Some(alice.principal()));
        assert_eq!(seal.open(&sealed, Some(alice.principal())), Some("1234"));
        for (other, what) in [
            (token("https://a", "bob", Some("c")), "subject"),
            (token("https://b", "alice", Some("c")), "issuer"),
            (token("https://a", "alice", Some("d")), "client"),
            (token("https://a", "alice", None), "no client"),
            (token("https://a", "alicec", None), "the same text cut elsewhere"),
            (token("https://a", "alice", Some("")), "an empty client"),
        ] {
            assert_eq!(seal.open(&sealed, Some(other.principal())), None, "{what}");
        }
        assert_eq!(seal.open(&sealed, None), None, "anonymous");
        assert_eq!(SessionSeal::new().open(&sealed, Some(alice.principal())), None, "another process");
    }

    #[test]
    fn forged_session_id_is_rejected() {
        let seal = SessionSeal::new();
        let alice = token("https://a", "alice", None);
        let sealed = seal.seal("1234", Some(alice.principal()));
        let (_, mac) = sealed.rsplit_once('.').unwrap();
        let half = URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(mac).unwrap()[..16]);
        assert_eq!(seal.open(&format!("1234.{half}"), Some(alice.principal())), None, "half a seal");
        let empty = token("https://a", "alice", Some(""));
        assert_eq!(seal.open(&sealed, Some(empty.principal())), None, "no client is not an empty one");
        for forged in ["1234", "1234.", "", ".", "1234.AAAA", &format!("1235.{mac}"), &format!("{sealed}x")] {
            assert_eq!(seal.open(forged, Some(alice.principal())), None, "{forged}");
        }
    }
}
