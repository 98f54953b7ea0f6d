use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::*;
use crate::token::TokenParts;

const ISSUER: &str = "https://auth.example.com";
const DAY: u64 = 24 * 60 * 60;

fn now() -> u64 {
    seconds(SystemTime::now())
}

/// Returns a token of alice with these claims and this remaining lifetime.
fn token_with(claims: &Value, remaining: Option<u64>) -> ValidatedToken {
    let claims: Map<String, Value> = claims.as_object().unwrap().clone();
    ValidatedToken::new(TokenParts {
        subject: "alice".into(),
        client_id: Some("app".into()),
        issuer: ISSUER.into(),
        expires_at: remaining.map(|remaining| UNIX_EPOCH + Duration::from_secs(now() + remaining)),
        claims,
        ..TokenParts::default()
    })
}

fn token(claims: &Value) -> ValidatedToken {
    token_with(claims, Some(3600))
}

/// Returns one revocation of each kind. All name the tokens of [`token`] with `jti` 1 and `sid` 2.
fn revocations() -> [(&'static str, Revocation); 5] {
    [
        ("token", Revocation::token(ISSUER, "1")),
        ("session", Revocation::session(ISSUER, "2")),
        ("subject", Revocation::subject(ISSUER, "alice")),
        ("client", Revocation::client(ISSUER, "app")),
        ("issuer", Revocation::issuer(ISSUER)),
    ]
}

#[test]
fn kinds_depend_on_the_issue_time() {
    for (kind, revocation) in revocations() {
        let revocations = Revocations::new(Duration::from_secs(DAY));
        let before = now();
        revocations.revoke(&revocation).unwrap();
        let by_time = !["token", "session"].contains(&kind);
        for (case, iat, is_revoked) in [
            ("before", json!(before - 10), true),
            ("in the same second", json!(before), true),
            ("with a fraction", json!(before as f64 - 0.5), true),
            ("after", json!(before + 10), !by_time),
            ("after, with a fraction", json!(before as f64 + 10.5), !by_time),
            ("never", Value::Null, true),
            ("as text", json!((before + 10).to_string()), true),
            ("negative", json!(-1), true),
        ] {
            let mut claims = json!({"jti": "1", "sid": "2", "iat": iat});
            if iat.is_null() {
                claims.as_object_mut().unwrap().remove("iat");
            }
            assert_eq!(revocations.is_revoked(&token(&claims)), is_revoked, "{kind}: issued {case}");
        }
    }
}

#[test]
fn other_tokens_are_not_revoked() {
    for (kind, revocation) in [
        ("token", Revocation::token(ISSUER, "x")),
        ("session", Revocation::session(ISSUER, "1")),
        ("subject", Revocation::subject(ISSUER, "app")),
        ("client", Revocation::client(ISSUER, "alice")),
        ("issuer", Revocation::issuer("https://auth.example.com/")),
        ("subject of another issuer", Revocation::subject("https://other.example.com", "alice")),
        ("another case", Revocation::subject(ISSUER, "Alice")),
    ] {
        let revocations = Revocations::new(Duration::from_secs(DAY));
        revocations.revoke(&revocation).unwrap();
        assert!(!revocations.is_revoked(&token(&json!({"jti": "1", "sid": "2"}))), "{kind}");
    }
    let revocations = Revocations::without_expiry();
    revocations.revoke(&Revocation::token(ISSUER, "1")).unwrap();
    revocations.revoke(&Revocation::session(ISSUER, "2")).unwrap();
    for claims in [json!({}), json!({"jti": 1, "sid": 2}), json!({"jti": "2", "sid": "1"})] {
        assert!(!revocations.is_revoked(&token(&claims)), "{claims}");
    }
}

#[test]
fn aliases_of_issuer_and_subject_are_revoked() {
    let claims = json!({"iss": "https://alias.example.com", "sub": "pairwise"});
    for (issuer, subject) in [
        (ISSUER, "alice"),
        (ISSUER, "pairwise"),
        ("https://alias.example.com", "alice"),
        ("https://alias.example.com", "pairwise"),
    ] {
        let revocations = Revocations::without_expiry();
        let revocation = Revocation::subject(issuer, subject);
        revocations.revoke(&revocation).unwrap();
        assert!(revocations.is_revoked(&token(&claims)) && revocation.names(&token(&claims)), "{issuer} {subject}");
        assert!(!revocations.is_revoked(&token(&json!({}))) || (issuer, subject) == (ISSUER, "alice"));
    }
}

#[test]
fn names_agree_with_the_table() {
    for (kind, revocation) in revocations() {
        let revocations = Revocations::without_expiry();
        revocations.revoke(&revocation).unwrap();
        for claims in [json!({"jti": "1", "sid": "2"}), json!({"jti": "2", "sid": "1"}), json!({})] {
            assert_eq!(revocation.names(&token(&claims)), revocations.is_revoked(&token(&claims)), "{kind} {claims}");
        }
    }
}

#[test]
fn token_that_could_outlive_its_revocation_is_rejected() {
    let lifetime = |revocations: &Revocations, iat: Option<u64>, remaining: Option<u64>| {
        let claims = iat.map_or_else(|| json!({}), |age| json!({"iat": now() - age}));
        revocations.check(&token_with(&claims, remaining))
    };
    let day = Revocations::new(Duration::from_secs(DAY));
    for (case, age, remaining, is_accepted) in [
        ("an hour", Some(0), Some(3600), true),
        ("the longest", Some(0), Some(DAY), true),
        ("within the tolerance", Some(0), Some(DAY + TOLERANCE - 10), true),
        ("longer", Some(0), Some(DAY + TOLERANCE + 10), false),
        ("longer, in its last hour", Some(2 * DAY), Some(3600), false),
        ("no iat", None, Some(DAY), true),
        ("longer, no iat", None, Some(DAY + TOLERANCE + 10), false),
        ("no exp", Some(0), None, false),
        ("no iat, no exp", None, None, false),
    ] {
        let expected = if is_accepted { Ok(()) } else { Err(InvalidToken::Lifetime) };
        assert_eq!(lifetime(&day, age, remaining), expected, "{case}");
        assert_eq!(lifetime(&Revocations::without_expiry(), age, remaining), Ok(()), "{case}, without expiry");
    }
}

#[test]
fn entry_outlives_the_last_affected_token() {
    // Accepted for the longest lifetime and the tolerance, from the latest accepted `iat`, and for the leeway after `exp`.
    let max_leeway = 5 * 60;
    assert!(MARGIN >= max_leeway + TOLERANCE + max_leeway);
    let revocations = Revocations::new(Duration::from_secs(DAY));
    let digest = revocations.shared.digester.digest(Kind::Token, ISSUER, "1");
    revocations.revoke(&Revocation::token(ISSUER, "1")).unwrap();
    let later = |elapsed| crate::revocation::clock::Now { wall: now() + elapsed, steady: elapsed };
    let table = revocations.shared.read();
    assert!(table.time_of(digest, later(DAY + MARGIN - 10)).is_some());
    assert!(table.time_of(digest, later(DAY + MARGIN + 10)).is_none());
}

#[test]
fn revocation_that_names_nothing_is_an_error() {
    for (revocation, claim) in [
        (Revocation::token("", "x"), "iss"),
        (Revocation::token(ISSUER, ""), "jti"),
        (Revocation::session(ISSUER, ""), "sid"),
        (Revocation::subject(ISSUER, ""), "sub"),
        (Revocation::client(ISSUER, ""), "client_id"),
        (Revocation::client("", ""), "iss"),
        (Revocation::issuer(""), "iss"),
    ] {
        let error = Revocations::without_expiry().revoke(&revocation).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid `Revocation`: expected a non-empty `{claim}`"));
    }
}

#[test]
fn full_table_is_an_error_for_new_revocations() {
    let revocations = Revocations::new(Duration::from_secs(DAY)).max_entries(1);
    revocations.revoke(&Revocation::subject(ISSUER, "alice")).unwrap();
    let error = revocations.revoke(&Revocation::subject(ISSUER, "bob")).unwrap_err();
    assert_eq!(error.setting(), Setting::MaxRevocations);
    revocations.revoke(&Revocation::subject(ISSUER, "alice")).unwrap();
    assert!(revocations.is_revoked(&token(&json!({}))));
}

#[test]
fn unusable_settings_are_mistakes() {
    for (revocations, named) in [
        (Revocations::new(Duration::ZERO), "`Revocations::new` \"0 s\""),
        (Revocations::without_expiry().max_entries(0), "`Revocations::max_entries` \"0\""),
    ] {
        let mut mistakes = Mistakes::default();
        revocations.check_settings(&mut mistakes);
        let error = crate::BuildError::from(mistakes).to_string();
        assert!(error.contains(named), "{error}");
    }
}

/// Counts the tokens that it had to end.
struct Counter(ValidatedToken, AtomicUsize);

impl Revocable for Counter {
    fn end_revoked(&self, is_revoked: &dyn Fn(&ValidatedToken) -> bool) {
        self.1.fetch_add(usize::from(is_revoked(&self.0)), Ordering::SeqCst);
    }
}

#[test]
fn attached_entries_end_by_clones_until_they_are_dropped() {
    let revocations = Revocations::without_expiry();
    let [old, new] = [0, 10].map(|later| {
        let counter = Arc::new(Counter(token(&json!({"iat": now() + later})), AtomicUsize::new(0)));
        revocations.attach(&counter);
        counter
    });
    revocations.clone().revoke(&Revocation::subject(ISSUER, "bob")).unwrap();
    revocations.clone().revoke(&Revocation::subject(ISSUER, "alice")).unwrap();
    assert_eq!([&old, &new].map(|counter| counter.1.load(Ordering::SeqCst)), [1, 0]);
    let weak = Arc::downgrade(&old);
    drop(old);
    assert!(weak.upgrade().is_none());
    revocations.attach(&new);
    assert_eq!(revocations.shared.attached.lock().unwrap().len(), 2, "the dropped one is removed");
}

#[test]
fn debug_shows_no_text_of_a_token() {
    let printed = format!("{:?} {:?}", Revocation::subject("SECRET", "SECRET"), Revocations::without_expiry());
    assert!(!printed.contains("SECRET"), "{printed}");
    assert!(Revocation::of_token(&token(&json!({}))).is_none());
    assert!(Revocation::of_token(&token(&json!({"jti": "1"}))) == Some(Revocation::token(ISSUER, "1")));
}

#[test]
fn future_issue_time_counts_as_absent() {
    let revocations = Revocations::new(Duration::from_secs(DAY));
    revocations.revoke(&Revocation::subject(ISSUER, "alice")).unwrap();
    for (iat, is_revoked) in [
        (json!(now() * 1_000), true),
        (json!(1e300), true),
        (json!(now() + DAY), true),
        (json!(now() + 10), false),
        (json!(now() - 10), true),
    ] {
        assert_eq!(revocations.is_revoked(&token(&json!({"iat": iat}))), is_revoked, "{iat}");
    }
}
