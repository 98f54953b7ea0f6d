//! The structure of a token: its parts and its JOSE header (RFC 7515).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::json;
use crate::token::InvalidToken;
use crate::validate::claim::ClaimMap;
use crate::validate::keys::Algorithm;

/// A parsed token. Nothing in it is verified yet.
pub(in crate::validate) struct Jws<'t> {
    header: Header,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// The members of a JOSE header that are read. A header that repeats one of them is rejected.
pub(super) struct Header {
    algorithm: Option<Algorithm>,
    token_type: Option<String>,
    key_id: Option<String>,
}

#[derive(Deserialize)]
struct RawHeader<'h> {
    #[serde(borrow)]
    alg: Cow<'h, str>,
    #[serde(default, deserialize_with = "text")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "text")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    #[serde(default, deserialize_with = "present")]
    b64: bool,
    #[serde(default, deserialize_with = "present")]
    enc: bool,
}

/// Deserializes a member that must be a string if present. `null` is rejected.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Deserializes to true if a member is present, even as `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl<'t> Jws<'t> {
    pub(in crate::validate) fn parse(token: &'t str) -> Result<Self, InvalidToken> {
        let (signed, signature) = token.rsplit_once('.').ok_or(InvalidToken::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(InvalidToken::Malformed)?;
        if signature.is_empty() || payload.is_empty() || payload.contains('.') {
            return Err(InvalidToken::Malformed);
        }
        let header = decode_json(header)?;
        if !json::is_object(&header) {
            return Err(InvalidToken::Malformed);
        }
        let raw: RawHeader<'_> = serde_json::from_str(&header).map_err(|_| InvalidToken::Malformed)?;
        if raw.enc {
            return Err(InvalidToken::Malformed);
        }
        if raw.crit || raw.b64 {
            return Err(InvalidToken::Critical);
        }
        let header = Header { algorithm: raw.alg.parse().ok(), token_type: raw.typ, key_id: raw.kid };
        Ok(Self { header, signed, payload, signature })
    }

    pub(super) const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the algorithm of the token, if it is a supported one.
    pub(super) const fn algorithm(&self) -> Option<Algorithm> {
        self.header.algorithm
    }

    /// Returns the signing input.
    pub(super) const fn signed(&self) -> &'t [u8] {
        self.signed.as_bytes()
    }

    pub(super) const fn signature(&self) -> &'t str {
        self.signature
    }

    /// Parses the claims. They are not verified until the signature is.
    pub(in crate::validate) fn claims(&self) -> Result<ClaimMap, InvalidToken> {
        ClaimMap::parse(&decode_text(self.payload)?)
    }

    /// Returns the claims as JSON that is safe to parse.
    pub(in crate::validate) fn payload(&self) -> Result<String, InvalidToken> {
        decode_json(self.payload)
    }
}

/// Decodes a part of a token to JSON that is safe to parse.
pub(in crate::validate) fn decode_json(part: &str) -> Result<String, InvalidToken> {
    decode_text(part).and_then(|text| if json::is_safe(&text) { Ok(text) } else { Err(InvalidToken::Malformed) })
}

/// Decodes a part of a token to a string.
fn decode_text(part: &str) -> Result<String, InvalidToken> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidToken::Malformed)?;
    String::from_utf8(bytes).map_err(|_| InvalidToken::Malformed)
}

impl Header {
    pub(super) fn token_type(&self) -> Option<&str> {
        self.token_type.as_deref()
    }

    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parsing_arbitrary_text_does_not_panic(token in ".{0,200}") {
            let _ = Jws::parse(&token).map(|jws| jws.payload().map(drop));
        }

        #[test]
        fn parsing_arbitrary_header_does_not_panic(header in ".{0,100}", payload in ".{0,100}") {
            let token = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
            let _ = Jws::parse(&token).map(|jws| jws.payload().map(drop));
        }
    }
}
