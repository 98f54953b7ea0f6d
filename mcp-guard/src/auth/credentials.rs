//! The `Authorization` header (RFC 6750 section 2.1, RFC 9449 section 7.1).

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::token::BearerToken;

/// The credentials of a request.
#[derive(Debug)]
pub(super) enum Credentials {
    /// No `Authorization` header, or one with another scheme.
    Absent,
    /// Exactly one token.
    Token(Scheme, BearerToken),
    /// Several headers, or one that cannot be parsed.
    Malformed,
}

/// The authentication scheme of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scheme {
    /// `Bearer`, without a proof of possession.
    Bearer,
    /// `DPoP`, with a proof that the client has the key of the token.
    Dpop,
}

impl Scheme {
    /// Parses a scheme, ignoring case (RFC 9110 section 11.1). `DPoP` is unknown where DPoP is not accepted.
    fn of(name: &[u8], accepts_dpop: bool) -> Option<Self> {
        if name.eq_ignore_ascii_case(b"Bearer") {
            Some(Self::Bearer)
        } else if accepts_dpop && name.eq_ignore_ascii_case(b"DPoP") {
            Some(Self::Dpop)
        } else {
            None
        }
    }
}

impl Credentials {
    pub(super) fn of(headers: &HeaderMap, accepts_dpop: bool) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Self::Absent };
        if values.next().is_some() {
            return Self::Malformed;
        }
        let value = value.as_bytes();
        let (scheme, token) = match value.iter().position(|byte| *byte == b' ') {
            Some(space) => (&value[..space], value[space..].trim_ascii()),
            None => (value, &b""[..]),
        };
        let Some(scheme) = Scheme::of(scheme, accepts_dpop) else { return Self::Absent };
        // Clients with an empty token field send the scheme alone. That is a request without a token: with a `401` they
        // start to obtain one.
        if token.is_empty() {
            return Self::Absent;
        }
        match std::str::from_utf8(token) {
            // RFC 9449 section 7.1: a `token68`, the same grammar as the `b64token` of RFC 6750.
            Ok(token) if is_b64token(token) => Self::Token(scheme, BearerToken::new(token)),
            _ => Self::Malformed,
        }
    }
}

/// Returns whether `token` is a `b64token` (RFC 6750 section 2.1).
fn is_b64token(token: &str) -> bool {
    let text = token.trim_end_matches('=').as_bytes();
    // Without an early exit or a branch, the compiler compares many bytes at once. Tokens are long.
    !text.is_empty() && text.iter().fold(true, |all, byte| all & is_b64token_byte(*byte))
}

/// Returns whether a `b64token` can contain this byte, apart from its padding.
const fn is_b64token_byte(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let is_digit = byte.wrapping_sub(b'0') < 10;
    let is_other = (byte == b'-') | (byte == b'.') | (byte == b'_') | (byte == b'~') | (byte == b'+') | (byte == b'/');
    is_letter | is_digit | is_other
}

#[cfg(test)]
mod tests;
