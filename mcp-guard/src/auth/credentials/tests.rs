use http::HeaderValue;

use super::*;

/// Describes the credentials in these header lines.
fn presented(lines: &str, accepts_dpop: bool) -> String {
    let mut headers = HeaderMap::new();
    for value in lines.lines() {
        headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    match Credentials::of(&headers, accepts_dpop) {
        Credentials::Absent => "absent".to_owned(),
        Credentials::Token(Scheme::Bearer, token) => format!("token {}", token.expose()),
        Credentials::Token(Scheme::Dpop, token) => format!("bound token {}", token.expose()),
        Credentials::Malformed => "malformed".to_owned(),
    }
}

#[test]
fn authorization_header_contains_exactly_one_token() {
    for (lines, expected) in [
        ("", "absent"),
        ("Bearer a.b-c_d~e+f/g==", "token a.b-c_d~e+f/g=="),
        ("bearer abc", "token abc"),
        ("BEARER  abc", "token abc"),
        ("Basic dTpw", "absent"),
        ("DPoP abc", "bound token abc"),
        ("dpop  abc==", "bound token abc=="),
        ("DPoP", "absent"),
        ("DPoP a b", "malformed"),
        ("DPoP a, Bearer b", "malformed"),
        ("DPoP a\nBearer a", "malformed"),
        ("DPoPabc", "absent"),
        ("Bearerabc", "absent"),
        ("Bearer", "absent"),
        ("Bearer ", "absent"),
        ("Bearer\nBearer a", "malformed"),
        ("Bearer \"\"", "malformed"),
        ("Bearer =", "malformed"),
        ("Bearer a b", "malformed"),
        ("Bearer a, Bearer b", "malformed"),
        ("Bearer a\"b", "malformed"),
        ("Bearer a=b", "malformed"),
        ("Bearer \u{ff}", "malformed"),
        ("Bearer a\nBearer b", "malformed"),
        ("Bearer a\nBearer a", "malformed"),
        ("Basic dTpw\nBearer a", "malformed"),
    ] {
        assert_eq!(presented(lines, true), expected, "{lines:?}");
    }
}

#[test]
fn dpop_scheme_is_unknown_without_dpop() {
    for lines in ["DPoP abc", "dpop abc", "DPoP", "DPoP a b"] {
        assert_eq!(presented(lines, false), "absent", "{lines:?}");
    }
    assert_eq!(presented("Bearer abc", false), "token abc");
}
