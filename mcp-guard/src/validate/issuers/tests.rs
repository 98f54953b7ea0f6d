use std::time::Duration;

use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey, TokenBuilder};
use serde_json::json;

use super::*;
use crate::config::BuildError;
use crate::issuer::Issuer;
use crate::token::TokenParts;

const AUDIENCE: &str = "https://todo.example.com/mcp";

/// Accepts every token, as a token of `issuer`.
struct Gullible {
    issuer: &'static str,
    readiness: Readiness,
}

impl Gullible {
    const fn of(issuer: &'static str) -> Self {
        Self { issuer, readiness: Readiness { ready: true, keys_age: None, issuer_reachable: None } }
    }
}

impl TokenValidator for Gullible {
    async fn validate(&self, _: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let (issuer, subject) = (self.issuer.to_owned(), self.issuer.to_owned());
        Ok(ValidatedToken::new(TokenParts { issuer, subject, ..TokenParts::default() }))
    }

    fn readiness(&self) -> Readiness {
        self.readiness
    }
}

async fn issuer() -> DevAuthServer {
    DevAuthServer::builder().start().await.unwrap()
}

/// A validator for JWTs with one of these `iss` values. It reports the first as the issuer.
fn named(names: &[&str], validator: impl TokenValidator) -> NamedIssuer {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let issuers = vec![names[0].clone()];
    NamedIssuer { names, issuers, takes_opaque: false, validator: SharedValidator::new(validator) }
}

fn opaque(issuer: &str, validator: impl TokenValidator) -> NamedIssuer {
    NamedIssuer { names: Vec::new(), takes_opaque: true, ..named(&[issuer], validator) }
}

fn issuers<const N: usize>(issuers: [NamedIssuer; N]) -> Issuers {
    Issuers::new(issuers.into(), 16 * 1024).unwrap()
}

async fn jwt(issuer: &DevAuthServer) -> NamedIssuer {
    named(&[issuer.issuer()], Issuer::jwt(issuer.issuer()).validator(AUDIENCE).await.unwrap())
}

fn token(issuer: &DevAuthServer) -> TokenBuilder {
    issuer.token().audience(AUDIENCE)
}

async fn accepted(issuers: &Issuers, token: &str) -> Result<String, TokenError> {
    issuers.validate(&BearerToken::new(token)).await.map(|token| token.issuer().to_owned())
}

fn unsigned(payload: &str) -> String {
    let header = json!({"alg": "ES256"}).to_string();
    format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

#[tokio::test]
async fn token_is_validated_by_its_issuer() {
    let (one, other, third) = (issuer().await, issuer().await, issuer().await);
    let issuers = issuers([jwt(&one).await, jwt(&other).await]);
    for issuer in [&one, &other] {
        assert_eq!(accepted(&issuers, &token(issuer).sign()).await.unwrap(), issuer.issuer());
        let expired = accepted(&issuers, &token(issuer).expires_in(-3600).sign()).await;
        assert_eq!(expired, Err(InvalidToken::Expired.into()));
    }
    for (case, token, reason) in [
        ("an unknown issuer", token(&third), InvalidToken::Issuer),
        ("a slash at the end", token(&one).claim("iss", format!("{}/", one.issuer())), InvalidToken::Issuer),
        ("no iss", token(&one).without("iss"), InvalidToken::MissingClaim),
        ("null iss", token(&one).claim("iss", serde_json::Value::Null), InvalidToken::MissingClaim),
        ("iss as a list", token(&one).claim("iss", json!([one.issuer()])), InvalidToken::Malformed),
    ] {
        assert_eq!(accepted(&issuers, &token.sign()).await, Err(reason.into()), "{case}");
    }
}

#[tokio::test]
async fn keys_are_not_shared_between_issuers() {
    let (one, other) = (issuer().await, issuer().await);
    let issuers = issuers([jwt(&one).await, jwt(&other).await]);
    // Signed by one issuer, with a key that it publishes, but `iss` names the other.
    let forged = token(&one).claim("iss", other.issuer()).sign();
    assert_eq!(accepted(&issuers, &forged).await, Err(InvalidToken::UnknownKey.into()));
    let nameless = token(&one).claim("iss", other.issuer()).without_header("kid").sign();
    assert_eq!(accepted(&issuers, &nameless).await, Err(InvalidToken::Signature.into()));
}

#[tokio::test]
async fn unexpected_issuer_from_validator_is_rejected() {
    let issuers = issuers([
        named(&["https://a"], Gullible::of("https://a")),
        named(&["https://b"], Gullible::of("https://a")),
        opaque("https://c", Gullible::of("https://a")),
    ]);
    let of = |issuer: &str| unsigned(&json!({"iss": issuer}).to_string());
    assert_eq!(accepted(&issuers, &of("https://a")).await.unwrap(), "https://a");
    assert_eq!(accepted(&issuers, &of("https://b")).await, Err(InvalidToken::Issuer.into()));
    assert_eq!(accepted(&issuers, "opaque").await, Err(InvalidToken::Issuer.into()));
}

#[tokio::test]
async fn opaque_validator_receives_only_opaque_tokens() {
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let jwts = [
        ("of an unknown issuer", key.token("https://unknown").sign(), InvalidToken::Issuer),
        ("with crit", key.token("https://a").header("crit", json!(["x"])).sign(), InvalidToken::Critical),
        ("encrypted", format!("{}.a.b.c.d", encoded(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#)), InvalidToken::Malformed),
        (
            "without a signature",
            format!("{}.{}.", encoded(r#"{"alg":"none"}"#), encoded("{}")),
            InvalidToken::Malformed,
        ),
        ("cut off", format!("{}.{}", encoded(r#"{"alg":"ES256"}"#), encoded("{}")), InvalidToken::Malformed),
        ("header alone", encoded(r#" {"alg":"ES256"}"#), InvalidToken::Malformed),
        ("payload is no object", unsigned("[\"https://a\"]"), InvalidToken::Malformed),
        ("payload is no JSON", unsigned("{"), InvalidToken::Malformed),
        ("iss twice", unsigned(r#"{"iss":"https://a","iss":"https://a"}"#), InvalidToken::Malformed),
        ("a payload that nobody should parse", unsigned(&crate::json::stack_bomb(2)), InvalidToken::Malformed),
    ];
    let tokens = ["opaque", "a.b", "a.b.c", "ya29.a0-_x", "7.7.7", "e30.e30"];
    let a = || named(&["https://a"], Gullible::of("https://a"));
    let with = issuers([a(), opaque("https://c", Gullible::of("https://c"))]);
    let without = issuers([a()]);
    for (case, token, reason) in jwts {
        assert_eq!(accepted(&with, &token).await, Err(reason.into()), "{case}");
        assert_eq!(accepted(&without, &token).await, Err(reason.into()), "{case}");
    }
    for token in &tokens[..5] {
        assert_eq!(accepted(&with, token).await.unwrap(), "https://c", "{token}");
        assert_eq!(accepted(&without, token).await, Err(InvalidToken::Malformed.into()), "{token}");
    }
    assert_eq!(
        accepted(&with, tokens[5]).await,
        Err(InvalidToken::Malformed.into()),
        "an empty header is a JWT header"
    );
}

#[tokio::test]
async fn long_token_is_not_parsed() {
    let issuers = Issuers::new(vec![opaque("https://c", Gullible::of("https://c"))], 10).unwrap();
    assert!(accepted(&issuers, &"x".repeat(10)).await.is_ok());
    assert_eq!(accepted(&issuers, &"x".repeat(11)).await, Err(InvalidToken::TooLong.into()));
}

#[test]
fn conflicting_issuers_are_rejected() {
    let built = |issuers: Vec<NamedIssuer>| {
        let error = Issuers::new(issuers, 1024).map(drop).unwrap_err();
        BuildError::from(error).to_string()
    };
    let any = || Gullible::of("https://a");
    let twice = built(vec![named(&["https://a"], any()), named(&["https://b"], any()), named(&["https://a"], any())]);
    assert!(twice.contains("\"https://a\" is configured twice"), "{twice}");
    let opaques = built(vec![opaque("https://a", any()), opaque("https://b", any())]);
    assert!(opaques.contains("opaque tokens"), "{opaques}");
    issuers([named(&["https://a"], any()), opaque("https://a", any())]);
}

#[test]
fn readiness_combines_all_issuers() {
    let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
    let readiness = |ready, keys_age, issuer_reachable| Readiness { ready, keys_age, issuer_reachable };
    for (one, other, both) in [
        ((true, minutes(1), Some(true)), (false, minutes(9), Some(false)), (true, minutes(9), Some(false))),
        ((false, None, None), (false, minutes(1), Some(true)), (false, minutes(1), Some(true))),
        ((true, None, None), (true, None, None), (true, None, None)),
        ((true, minutes(2), Some(true)), (true, minutes(1), Some(true)), (true, minutes(2), Some(true))),
    ] {
        let gullible =
            |issuer, (ready, age, reachable)| Gullible { issuer, readiness: readiness(ready, age, reachable) };
        let issuers = issuers([
            named(&["https://a"], gullible("https://a", one)),
            opaque("https://b", gullible("https://b", other)),
        ]);
        assert_eq!(issuers.readiness(), readiness(both.0, both.1, both.2), "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn issuer_aliases_select_only_their_issuer() {
    const ALIAS: &str = "https://sts.example.com/tenant/";
    let (one, other) = (issuer().await, issuer().await);
    let called = async |issuer: &DevAuthServer| {
        let validator = Issuer::jwt(issuer.issuer()).alias(ALIAS).validator(AUDIENCE).await.unwrap();
        named(&[issuer.issuer(), ALIAS], validator)
    };
    let both = issuers([called(&one).await, jwt(&other).await]);
    assert_eq!(accepted(&both, &token(&one).claim("iss", ALIAS).sign()).await, Ok(one.issuer().to_owned()));
    let of_another = accepted(&both, &token(&other).claim("iss", ALIAS).sign()).await;
    assert_eq!(of_another, Err(InvalidToken::UnknownKey.into()));
    let both = Issuers::new(vec![called(&one).await, called(&other).await], 1024).map(drop).unwrap_err();
    assert!(BuildError::from(both).to_string().contains(ALIAS));
}
