use http::{HeaderName, HeaderValue};

use super::*;

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}"#;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
}

#[test]
fn mismatched_mirror_headers_are_rejected() {
    let ok = &[("mcp-method", "tools/call"), ("mcp-name", "add")][..];
    for (pairs, matches) in [
        (ok, true),
        (&[("mcp-method", "tools/call"), ("mcp-name", "=?base64?YWRk?=")], true),
        (&[("mcp-method", "tools/call"), ("mcp-name", "=?base64?b3RoZXI=?=")], false),
        (&[("mcp-method", "tools/call"), ("mcp-name", "=?base64?*?=")], false),
        (&[("mcp-method", "tools/call"), ("mcp-name", "other")], false),
        (&[("mcp-method", "tools/call"), ("mcp-name", "ADD")], false),
        (&[("mcp-method", "tools/list"), ("mcp-name", "add")], false),
        (&[("mcp-method", "tools/call")], false),
        (&[("mcp-name", "add")], false),
        (&[], false),
    ] {
        let message = Message::parse(CALL.as_bytes()).unwrap();
        assert_eq!(check_matches_body(&headers(pairs), &message).is_ok(), matches, "{pairs:?}");
    }
    let mut not_text = headers(&[("mcp-method", "tools/call")]);
    not_text.insert("mcp-name", HeaderValue::from_bytes(b"add\xff").unwrap());
    assert!(check_matches_body(&not_text, &Message::parse(CALL.as_bytes()).unwrap()).is_err());
    let notification = Message::parse(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).unwrap();
    assert!(check_matches_body(&headers(&[("mcp-method", "notifications/initialized")]), &notification).is_ok());
    assert!(check_matches_body(&headers(&[("mcp-method", "tools/list")]), &notification).is_err());
    for (name, value) in [("mcp-method", "tools/call"), ("mcp-name", "add")] {
        let mut twice = headers(ok);
        twice.append(name, HeaderValue::from_static(value));
        assert!(check_matches_body(&twice, &Message::parse(CALL.as_bytes()).unwrap()).is_err(), "{name}");
    }
}

#[test]
fn repeated_headers_are_rejected() {
    let version = headers(&[("mcp-protocol-version", "2026-07-28"), ("last-event-id", "1")]);
    assert_eq!(check_single(&version), Ok(()));
    assert_eq!(check_single(&HeaderMap::new()), Ok(()));
    for name in ["mcp-protocol-version", "last-event-id"] {
        let mut repeated = version.clone();
        repeated.append(name, HeaderValue::from_static("2025-11-25"));
        assert!(check_single(&repeated).is_err(), "{name}");
        let mut not_text = HeaderMap::new();
        not_text.insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
        assert!(check_single(&not_text).is_err(), "{name}");
    }
}

#[test]
fn revisions_compare_as_dates() {
    for (version, stateless) in
        [("2025-06-18", false), ("2025-11-25", false), ("2026-07-28", true), ("2027-01-01", true), ("", false)]
    {
        assert_eq!(is_stateless_revision(&headers(&[("mcp-protocol-version", version)])), stateless, "{version}");
    }
    assert!(!is_stateless_revision(&HeaderMap::new()));
}
