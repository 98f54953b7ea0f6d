//! The `Authorization` header (RFC 6750 section 2.1).

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::token::BearerToken;

/// What a request presents.
#[derive(Debug)]
pub(super) enum Credentials {
    /// Nothing that is meant for a bearer token resource.
    Absent,
    /// One bearer token.
    Token(BearerToken),
    /// More than one header, or one that cannot be read.
    Malformed,
}

impl Credentials {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Self::Absent };
        if values.next().is_some() {
            return Self::Malformed;
        }
        let Ok(value) = value.to_str() else { return Self::Malformed };
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Self::Absent;
        }
        let token = token.trim_matches(' ');
        if is_b64token(token) { Self::Token(BearerToken::new(token)) } else { Self::Malformed }
    }
}

/// The `b64token` of RFC 6750 section 2.1.
fn is_b64token(token: &str) -> bool {
    let text = token.trim_end_matches('=');
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn presented(values: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        match Credentials::of(&headers) {
            Credentials::Absent => "absent".to_owned(),
            Credentials::Token(token) => format!("token {}", token.expose()),
            Credentials::Malformed => "malformed".to_owned(),
        }
    }

    #[test]
    fn one_bearer_token_and_nothing_else() {
        for (values, expected) in [
            (&[][..], "absent"),
            (&[b"Bearer a.b-c_d~e+f/g=="], "token a.b-c_d~e+f/g=="),
            (&[b"bearer abc"], "token abc"),
            (&[b"BEARER  abc"], "token abc"),
            (&[b"Basic dTpw"], "absent"),
            (&[b"DPoP abc"], "absent"),
            (&[b"Bearerabc"], "absent"),
            (&[b"Bearer"], "malformed"),
            (&[b"Bearer "], "malformed"),
            (&[b"Bearer ="], "malformed"),
            (&[b"Bearer a b"], "malformed"),
            (&[b"Bearer a, Bearer b"], "malformed"),
            (&[b"Bearer a\"b"], "malformed"),
            (&[b"Bearer a=b"], "malformed"),
            (&[b"Bearer \xff"], "malformed"),
            (&[b"Bearer a", b"Bearer b"], "malformed"),
            (&[b"Bearer a", b"Bearer a"], "malformed"),
            (&[b"Basic dTpw", b"Bearer a"], "malformed"),
        ] {
            assert_eq!(presented(values), expected, "{values:?}");
        }
    }
}
