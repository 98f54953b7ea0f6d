//! Validation of key material.
//!
//! 1. Every number is base64url without padding and without unused bits set (RFC 7518 section 2).
//! 2. RSA: the modulus has at least 2048 bits, and at most as many as the backend supports. The modulus is odd. The
//!    exponent is odd and at least 3. Both have upper limits, because unauthenticated clients can trigger
//!    verifications, and their time grows with the size.
//! 3. Elliptic curves: coordinates have the required length. Points that are not on the curve are rejected: by aws-lc
//!    when the key is parsed, by the pure Rust backend during verification.
//! 4. Ed25519: points of small order are rejected, including all zeros. Signatures for such a key can be forged without
//!    a private key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::algorithm::{Algorithm, Family};
use super::members::{JwkMembers, UnusableKey};
use super::public_key::PublicKey;

const MIN_RSA_BITS: usize = 2048;
/// The limit of each backend.
const MAX_RSA_BITS: usize = if cfg!(feature = "aws-lc-rs") { 8192 } else { 4096 };
const MAX_EXPONENT: u64 = (1 << 33) - 1;

/// Validated key material.
pub(super) struct Material {
    pub(super) verifying: PublicKey,
    /// The numbers of the public key, to compare keys.
    pub(super) numbers: Vec<u8>,
}

impl Material {
    pub(super) fn of(algorithm: Algorithm, jwk: &JwkMembers) -> Result<Self, UnusableKey> {
        match algorithm.family() {
            Family::Rsa => Self::rsa(algorithm, &bytes(jwk.n.as_ref())?, &bytes(jwk.e.as_ref())?),
            Family::P256 => Self::point(algorithm, 32, &bytes(jwk.x.as_ref())?, &bytes(jwk.y.as_ref())?),
            Family::P384 => Self::point(algorithm, 48, &bytes(jwk.x.as_ref())?, &bytes(jwk.y.as_ref())?),
            Family::Ed25519 => Self::ed25519(bytes(jwk.x.as_ref())?),
        }
    }

    fn rsa(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Result<Self, UnusableKey> {
        let (n, e) = (significant(n), significant(e));
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if bits < MIN_RSA_BITS {
            return Err(UnusableKey::TooShort);
        }
        if bits > MAX_RSA_BITS {
            return Err(UnusableKey::TooLong);
        }
        if e.len() > size_of::<u64>() {
            return Err(UnusableKey::Exponent);
        }
        let exponent = e.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        if !is_odd(n) || !is_odd(e) || !(3..=MAX_EXPONENT).contains(&exponent) {
            return Err(UnusableKey::Exponent);
        }
        let verifying = PublicKey::rsa(algorithm, n, e).ok_or(UnusableKey::Malformed)?;
        Ok(Self { verifying, numbers: [n, &[0xff], e].concat() })
    }

    /// Creates a key from a point: `04`, then both coordinates at full length (SEC 1 section 2.3.3).
    fn point(algorithm: Algorithm, length: usize, x: &[u8], y: &[u8]) -> Result<Self, UnusableKey> {
        if x.len() != length || y.len() != length {
            return Err(UnusableKey::Malformed);
        }
        let point = [&[4], x, y].concat();
        let verifying = PublicKey::point(algorithm, &point).ok_or(UnusableKey::Malformed)?;
        Ok(Self { verifying, numbers: point })
    }

    fn ed25519(x: Vec<u8>) -> Result<Self, UnusableKey> {
        let point: [u8; 32] = x.try_into().map_err(|_| UnusableKey::Malformed)?;
        if has_small_order(point) {
            return Err(UnusableKey::SmallOrder);
        }
        let verifying = PublicKey::point(Algorithm::EdDsa, &point).ok_or(UnusableKey::Malformed)?;
        Ok(Self { verifying, numbers: point.to_vec() })
    }
}

fn bytes(member: Option<&String>) -> Result<Vec<u8>, UnusableKey> {
    member.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(UnusableKey::Malformed)
}

fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|byte| byte & 1 == 1)
}

/// Returns whether an encoded point (RFC 8032 section 5.1.2) has an order that divides 8, in any encoding, or is not
/// encoded canonically.
fn has_small_order(mut point: [u8; 32]) -> bool {
    // The sign bit of x does not affect the order.
    point[31] &= 0x7f;
    let [low, middle @ .., high] = point;
    // p = 2^255 - 19. A value of p or more is not canonical.
    let not_below = high == 0x7f && middle.iter().all(|byte| *byte == 0xff) && low >= 0xed;
    let minus_one = high == 0x7f && middle.iter().all(|byte| *byte == 0xff) && low == 0xec;
    let zero_or_one = high == 0 && middle.iter().all(|byte| *byte == 0) && low <= 1;
    not_below || minus_one || zero_or_one || ORDER_8.contains(&point)
}

/// The y coordinates of the four points of order 8.
const ORDER_8: [[u8; 32]; 2] = [
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];
