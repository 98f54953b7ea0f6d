//! Keys that are no secret to anybody. An issuer publishes one by mistake only, and then everybody can sign (RFC 8725 sections 3.4 and 3.5).

use serde_json::Value;

/// The members of a private key (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// Every encoding of a point on Ed25519 whose order is at most eight, without the bit of its sign: under such a key, signatures verify that nobody made.
const SMALL_ORDER: [[u8; 32]; 7] = [
    ends(0x00, 0x00, 0x00),
    ends(0x01, 0x00, 0x00),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    ends(0xec, 0xff, 0x7f),
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
];

const fn ends(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut point = [between; 32];
    point[0] = first;
    point[31] = last;
    point
}

/// Whether a JWK tells its private half, of whatever value.
pub(super) fn is_private(jwk: &Value) -> bool {
    PRIVATE.iter().any(|member| jwk.get(member).is_some())
}

/// Whether an RSA public exponent is none: RFC 8017 section 3.1 wants it odd and at least three. With one, every signature is its own message.
pub(super) fn is_no_exponent(exponent: &[u8]) -> bool {
    match exponent {
        [leading @ .., last] => last % 2 == 0 || *last < 3 && leading.iter().all(|byte| *byte == 0),
        [] => true,
    }
}

/// Whether the point of an Ed25519 key is of small order.
pub(super) fn has_small_order(point: &[u8]) -> bool {
    point
        .split_last()
        .is_some_and(|(last, rest)| SMALL_ORDER.iter().any(|small| small[..31] == *rest && small[31] == last & 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_exponents_are_none() {
        for (exponent, none) in [
            (&[][..], true),
            (&[0], true),
            (&[1], true),
            (&[0, 0, 1], true),
            (&[2], true),
            (&[1, 0, 0], true),
            (&[3], false),
            (&[1, 1], false),
            (&[1, 0, 1], false),
        ] {
            assert_eq!(is_no_exponent(exponent), none, "{exponent:?}");
        }
    }
}
