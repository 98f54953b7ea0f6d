//! Weak keys, with signatures that were forged without a secret.

use std::iter::repeat_n;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Algorithm, Verdict, text, verifies};

const MESSAGE: &[u8] = b"header.claims";

/// The `DigestInfo` prefix of a SHA-256 hash (RFC 8017 section 9.2).
const SHA_256: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// The RS256 padding of the message for a modulus of 2048 bits.
fn padded() -> Vec<u8> {
    let hash = Sha256::digest(MESSAGE);
    let padding = 256 - 3 - SHA_256.len() - hash.len();
    [0, 1].into_iter().chain(repeat_n(0xff, padding)).chain([0]).chain(SHA_256).chain(hash).collect()
}

fn rsa(exponent: &[u8]) -> Value {
    json!({"kty": "RSA", "kid": "k", "n": text(&[0xff; 256]), "e": text(exponent)})
}

#[test]
fn rsa_exponent_one_is_rejected() {
    for exponent in [&[1][..], &[0, 0, 1]] {
        let verdict = verifies(&rsa(exponent), Algorithm::Rs256, MESSAGE, &text(&padded()));
        assert_eq!(verdict, Verdict::NoKey, "{exponent:?}");
    }
    assert_eq!(verifies(&rsa(&[3]), Algorithm::Rs256, MESSAGE, &text(&padded())), Verdict::Forged, "the key is used");
}

#[test]
fn ed25519_small_order_key_is_rejected() {
    let ends = |first: u8, between: u8, last: u8| {
        let mut point = [between; 32];
        (point[0], point[31]) = (first, last);
        point
    };
    // The three encodings of the neutral element: R = A and S = 0 verify for every message.
    for point in [ends(1, 0, 0), ends(1, 0, 0x80), ends(0xee, 0xff, 0x7f)] {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": text(&point)});
        let signature = text(&[ends(1, 0, 0), [0; 32]].concat());
        assert_eq!(verifies(&jwk, Algorithm::EdDsa, MESSAGE, &signature), Verdict::NoKey, "{point:x?}");
    }
}

#[test]
fn point_off_curve_is_rejected() {
    for (kty, crv, algorithm, length) in [
        ("EC", "P-256", Algorithm::Es256, 32),
        ("EC", "P-384", Algorithm::Es384, 48),
        ("OKP", "Ed25519", Algorithm::EdDsa, 32),
    ] {
        for byte in [0x02, 0x55, 0xff] {
            let coordinate = text(&vec![byte; length]);
            let jwk = json!({"kty": kty, "crv": crv, "kid": "k", "x": coordinate, "y": coordinate});
            for signature in [vec![0; 2 * length], vec![1; 2 * length]] {
                let verdict = verifies(&jwk, algorithm, MESSAGE, &text(&signature));
                assert_ne!(verdict, Verdict::Signed, "{crv} {byte:x}");
            }
        }
    }
}
