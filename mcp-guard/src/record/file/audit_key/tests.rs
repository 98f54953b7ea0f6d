use super::*;

const BYTES: [u8; 32] = [0xfb; 32];

#[test]
fn audit_key_has_several_forms() {
    let base64url = URL_SAFE_NO_PAD.encode(BYTES);
    let base64 = base64url.replace('-', "+").replace('_', "/") + "=";
    let same = [&*base64url, &*base64, &"fb".repeat(32), &"FB".repeat(32), &format!(" {base64}\n")];
    let ids = same.map(|text| AuditKey::parse(text).unwrap().id().to_owned());
    assert!(ids.iter().all(|id| *id == ids[0] && id.len() == 16), "{ids:?}");
    assert_ne!(AuditKey::parse(&"fc".repeat(32)).unwrap().id(), ids[0]);
}

#[test]
fn invalid_audit_keys_are_rejected() {
    let cases = [
        ("", "too short"),
        ("secret", "expected at least 32"),
        (&*"ab".repeat(31), "expected at least 32"),
        (&*URL_SAFE_NO_PAD.encode([7; 31]), "too short"),
        (&*"a b".repeat(30), "unknown form"),
        (&*"ä".repeat(64), "unknown form"),
        (&*"ab".repeat(MAX_KEY + 1), "too long"),
    ];
    for (text, expected) in cases {
        let error = AuditKey::parse(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(text.is_empty() || !error.contains(text), "{error}");
    }
}

#[test]
fn audit_key_debug_is_redacted() {
    assert_eq!(format!("{:?}", AuditKey::parse(&"ab".repeat(32)).unwrap()), "AuditKey([redacted])");
}

#[test]
fn purposes_have_different_keys() {
    let key = AuditKey::derive(&BYTES);
    assert_ne!(key.chain_mac(None, b"x"), key.state_mac(&[&[0; 32], &b"x"[..]].concat()));
    assert_eq!(key.digests().digest("x", b"y"), AuditKey::derive(&BYTES).digests().digest("x", b"y"));
    assert_ne!(key.digests().digest("x", b"y"), AuditKey::derive(&[1; 32]).digests().digest("x", b"y"));
    let link = Link { seq: 1, mac: [1; 32] };
    assert_ne!(key.chain_mac(None, b"x"), key.chain_mac(Some(&link), b"x"));
}
