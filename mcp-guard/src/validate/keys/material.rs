//! What public keys are made of.
//!
//! 1. Every number is base64url without padding and without stray bits (RFC 7518 section 2).
//! 2. RSA: a modulus of 2048 bits or more, and of no more than the backend works with; it is odd, and so is the exponent, which is at least 3. Both are
//!    bounded: verifying takes time that grows with them, and everybody may have a signature verified.
//! 3. Curves: coordinates of the right length. Points that are not on the curve are refused by the backend, by aws-lc here and by pure Rust whenever it
//!    verifies.
//! 4. Ed25519: no point of small order. Under such a "key", which all zeros are as well, signatures can be made up without any private key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::algorithm::{Algorithm, Family};
use super::members::{Members, Unusable};
use super::public_key::PublicKey;

const MIN_RSA_BITS: usize = 2048;
/// What each backend verifies.
const MAX_RSA_BITS: usize = if cfg!(feature = "aws-lc-rs") { 8192 } else { 4096 };
const MAX_EXPONENT: u64 = (1 << 33) - 1;

pub(super) struct Material {
    pub(super) verifying: PublicKey,
    /// The numbers that make the key what it is.
    pub(super) numbers: Vec<u8>,
}

impl Material {
    pub(super) fn of(algorithm: Algorithm, jwk: &Members) -> Result<Self, Unusable> {
        match algorithm.family() {
            Family::Rsa => Self::rsa(algorithm, &bytes(jwk.n.as_ref())?, &bytes(jwk.e.as_ref())?),
            Family::P256 => Self::point(algorithm, 32, &bytes(jwk.x.as_ref())?, &bytes(jwk.y.as_ref())?),
            Family::P384 => Self::point(algorithm, 48, &bytes(jwk.x.as_ref())?, &bytes(jwk.y.as_ref())?),
            Family::Ed25519 => Self::ed25519(bytes(jwk.x.as_ref())?),
        }
    }

    fn rsa(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Result<Self, Unusable> {
        let (n, e) = (significant(n), significant(e));
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if bits < MIN_RSA_BITS {
            return Err(Unusable::TooShort);
        }
        if bits > MAX_RSA_BITS {
            return Err(Unusable::TooLong);
        }
        if e.len() > size_of::<u64>() {
            return Err(Unusable::Exponent);
        }
        let exponent = e.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        if !is_odd(n) || !is_odd(e) || !(3..=MAX_EXPONENT).contains(&exponent) {
            return Err(Unusable::Exponent);
        }
        let verifying = PublicKey::rsa(algorithm, n, e).ok_or(Unusable::Malformed)?;
        Ok(Self { verifying, numbers: [n, &[0xff], e].concat() })
    }

    /// SEC 1 section 2.3.3: `04`, then both coordinates at full length.
    fn point(algorithm: Algorithm, length: usize, x: &[u8], y: &[u8]) -> Result<Self, Unusable> {
        if x.len() != length || y.len() != length {
            return Err(Unusable::Malformed);
        }
        let point = [&[4], x, y].concat();
        let verifying = PublicKey::point(algorithm, &point).ok_or(Unusable::Malformed)?;
        Ok(Self { verifying, numbers: point })
    }

    fn ed25519(x: Vec<u8>) -> Result<Self, Unusable> {
        let point: [u8; 32] = x.try_into().map_err(|_| Unusable::Malformed)?;
        if has_small_order(point) {
            return Err(Unusable::SmallOrder);
        }
        let verifying = PublicKey::point(Algorithm::EdDsa, &point).ok_or(Unusable::Malformed)?;
        Ok(Self { verifying, numbers: point.to_vec() })
    }
}

fn bytes(member: Option<&String>) -> Result<Vec<u8>, Unusable> {
    member.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(Unusable::Malformed)
}

fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|byte| byte & 1 == 1)
}

/// Whether an encoded point (RFC 8032 section 5.1.2) is one of the eight whose order divides 8, in any encoding, or is not encoded canonically.
fn has_small_order(mut point: [u8; 32]) -> bool {
    // The sign of x says only which of two points it is.
    point[31] &= 0x7f;
    let [low, middle @ .., high] = point;
    // p = 2^255 - 19, and what is not below it.
    let not_below = high == 0x7f && middle.iter().all(|byte| *byte == 0xff) && low >= 0xed;
    let minus_one = high == 0x7f && middle.iter().all(|byte| *byte == 0xff) && low == 0xec;
    let zero_or_one = high == 0 && middle.iter().all(|byte| *byte == 0) && low <= 1;
    not_below || minus_one || zero_or_one || ORDER_8.contains(&point)
}

/// The y of the four points of order 8.
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
