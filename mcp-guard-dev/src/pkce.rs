//! Proof key for code exchange (RFC 7636), `S256` only.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

use crate::encoding::base64url;

/// An `S256` code challenge: 43 characters of base64url.
#[derive(Clone)]
pub(crate) struct Challenge(String);

impl Challenge {
    pub(crate) fn new(challenge: &str) -> Option<Self> {
        let well_formed = challenge.len() == 43
            && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        well_formed.then(|| Self(challenge.to_owned()))
    }

    pub(crate) fn is_matched_by(&self, verifier: &str) -> bool {
        let computed = base64url(digest(&SHA256, verifier.as_bytes()));
        is_verifier(verifier) && verify_slices_are_equal(computed.as_bytes(), self.0.as_bytes()).is_ok()
    }
}

/// RFC 7636 §4.1: 43 to 128 unreserved characters.
fn is_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7636_example_verifies() {
        let challenge = Challenge::new("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_matched_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.is_matched_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!challenge.is_matched_by(""));
    }

    #[test]
    fn short_verifier_is_rejected() {
        let challenge = Challenge::new(&base64url(digest(&SHA256, b"short"))).unwrap();
        assert!(!challenge.is_matched_by("short"));
    }

    #[test]
    fn challenge_requires_43_base64url_characters() {
        for bad in ["", "short", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", &"a".repeat(44)] {
            assert!(Challenge::new(bad).is_none(), "{bad:?} passed");
        }
    }
}
