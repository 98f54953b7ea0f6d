use super::*;
use crate::token::{TokenParts, ValidatedToken};

pub(in crate::seal) fn token(issuer: &str, subject: &str, client_id: Option<&str>) -> ValidatedToken {
    ValidatedToken::new(TokenParts {
        issuer: issuer.into(),
        subject: subject.into(),
        client_id: client_id.map(Into::into),
        ..TokenParts::default()
    })
}

/// Returns a seal with keys of its own.
pub(in crate::seal) fn seal_with(secret: u8, server: &str) -> Seal {
    Seal { keys: Arc::new(Keys::derived_from(&[secret; 32])), server: server.into() }
}

const SERVER: &str = "https://todo.example.com/mcp";

#[test]
fn sealed_id_is_valid_for_its_owner_only() {
    let seal = seal_with(1, SERVER);
    let alice = token("https://a", "alice", Some("c"));
    for kind in [SealedId::Session, SealedId::Task] {
        let sealed = seal.seal(kind, "1234", Some(alice.principal()));
        assert_eq!(seal.open(kind, &sealed, Some(alice.principal())), Some("1234"));
        for (other, what) in [
            (token("https://a", "bob", Some("c")), "subject"),
            (token("https://b", "alice", Some("c")), "issuer"),
            (token("https://a", "alice", Some("d")), "client"),
            (token("https://a", "alice", None), "no client"),
            (token("https://a", "alicec", None), "the same text cut elsewhere"),
            (token("https://a", "alice", Some("")), "an empty client"),
        ] {
            assert_eq!(seal.open(kind, &sealed, Some(other.principal())), None, "{what}");
        }
        assert_eq!(seal.open(kind, &sealed, None), None, "anonymous");
        let anonymous = seal.seal(kind, "1234", None);
        assert_eq!(seal.open(kind, &anonymous, None), Some("1234"), "the anonymous principal");
        assert_eq!(seal.open(kind, &anonymous, Some(alice.principal())), None, "alice is not anonymous");
        assert_eq!(seal.open(kind, &anonymous, Some(token("", "", None).principal())), None, "nor are empty texts");
    }
}

#[test]
fn sealed_id_is_of_one_kind_and_server() {
    let seal = seal_with(1, SERVER);
    let alice = token("https://a", "alice", Some("c"));
    let sealed = seal.seal(SealedId::Task, "1234", Some(alice.principal()));
    assert_eq!(seal.open(SealedId::Session, &sealed, Some(alice.principal())), None, "another kind");
    for (other, what) in [
        (seal_with(2, SERVER), "another secret"),
        (seal_with(1, "https://todo.example.com/mcp/"), "another server with the same secret"),
    ] {
        assert_eq!(other.open(SealedId::Task, &sealed, Some(alice.principal())), None, "{what}");
    }
    assert_eq!(seal_with(1, SERVER).open(SealedId::Task, &sealed, Some(alice.principal())), Some("1234"), "a replica");
    let here = Seal::new(SERVER).seal(SealedId::Task, "1234", None);
    assert_eq!(Seal::new(SERVER).open(SealedId::Task, &here, None), Some("1234"), "another layer of the process");
    assert_eq!(seal_with(0, SERVER).open(SealedId::Task, &here, None), None, "the secret is random");
}

#[test]
fn forged_ids_are_rejected() {
    let seal = seal_with(1, SERVER);
    let alice = token("https://a", "alice", None);
    let sealed = seal.seal(SealedId::Session, "1234", Some(alice.principal()));
    let open = |sealed: &str| seal.open(SealedId::Session, sealed, Some(alice.principal())).map(str::to_owned);
    let (_, mac) = sealed.rsplit_once('.').unwrap();
    let half = URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(mac).unwrap()[..16]);
    assert_eq!(open(&format!("1234.{half}")), None, "half a seal");
    for forged in ["1234", "1234.", "", ".", "1234.AAAA", &format!("1235.{mac}"), &format!("{sealed}x")] {
        assert_eq!(open(forged), None, "{forged}");
    }
    for id in ["", "a.b", "ä", "."] {
        let sealed = seal.seal(SealedId::Session, id, Some(alice.principal()));
        assert_eq!(open(&sealed).as_deref(), Some(id), "any text is an id");
    }
}
