use super::*;
use crate::token::{TokenParts, ValidatedToken};

fn token(issuer: &str, subject: &str, client_id: Option<&str>) -> ValidatedToken {
    ValidatedToken::new(TokenParts {
        issuer: issuer.into(),
        subject: subject.into(),
        client_id: client_id.map(Into::into),
        ..TokenParts::default()
    })
}

#[test]
fn session_id_is_valid_for_its_owner_only() {
    let seal = SessionSeal::new();
    let alice = token("https://a", "alice", Some("c"));
    let sealed = seal.seal("1234", Some(alice.principal()));
    assert_eq!(seal.open(&sealed, Some(alice.principal())), Some("1234"));
    for (other, what) in [
        (token("https://a", "bob", Some("c")), "subject"),
        (token("https://b", "alice", Some("c")), "issuer"),
        (token("https://a", "alice", Some("d")), "client"),
        (token("https://a", "alice", None), "no client"),
        (token("https://a", "alicec", None), "the same text cut elsewhere"),
        (token("https://a", "alice", Some("")), "an empty client"),
    ] {
        assert_eq!(seal.open(&sealed, Some(other.principal())), None, "{what}");
    }
    assert_eq!(seal.open(&sealed, None), None, "anonymous");
    assert_eq!(SessionSeal::new().open(&sealed, Some(alice.principal())), None, "another process");
}

#[test]
fn forged_session_id_is_rejected() {
    let seal = SessionSeal::new();
    let alice = token("https://a", "alice", None);
    let sealed = seal.seal("1234", Some(alice.principal()));
    let (_, mac) = sealed.rsplit_once('.').unwrap();
    let half = URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(mac).unwrap()[..16]);
    assert_eq!(seal.open(&format!("1234.{half}"), Some(alice.principal())), None, "half a seal");
    let empty = token("https://a", "alice", Some(""));
    assert_eq!(seal.open(&sealed, Some(empty.principal())), None, "no client is not an empty one");
    for forged in ["1234", "1234.", "", ".", "1234.AAAA", &format!("1235.{mac}"), &format!("{sealed}x")] {
        assert_eq!(seal.open(forged, Some(alice.principal())), None, "{forged}");
    }
}
