//! Each token in these tests violates exactly one rule.

mod bound_tokens;
mod encodings;
mod examples;
mod given_keys;
mod grants;
mod issuer_formats;
mod keys;
mod max_age;
mod raw;
mod rfc8725;
mod values;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_guard_dev::{DevAuthServer, MetadataForm, SigningAlgorithm, SigningKey, TokenBuilder};
use serde_json::{Value, json};

use super::header::Jws;
use super::*;
use crate::config::{BuildError, Setting};
use crate::issuer::{Issuer, Jwt};
use crate::token::{BearerToken, InvalidToken as Invalid, TokenError, ValidatedToken};
use crate::validate::keys::Algorithm;
use crate::validate::{Readiness, TokenValidator as _};

const AUDIENCE: &str = "https://todo.example.com/mcp";

async fn issuer() -> DevAuthServer {
    DevAuthServer::builder().start().await.unwrap()
}

fn validator(issuer: &DevAuthServer) -> Issuer<Jwt> {
    Issuer::jwt(issuer.issuer()).audience(AUDIENCE)
}

fn good(issuer: &DevAuthServer) -> TokenBuilder {
    issuer.token().audience(AUDIENCE).scope("todo:read")
}

async fn check(validator: &JwtValidator, token: &str) -> Result<ValidatedToken, TokenError> {
    validator.validate(&BearerToken::new(token)).await
}

async fn rejection(validator: &JwtValidator, token: &str) -> Invalid {
    match check(validator, token).await {
        Err(TokenError::Invalid(reason)) => reason,
        other => panic!("expected a rejection, got {other:?}"),
    }
}

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn unix_now() -> i64 {
    i64::try_from(crate::validate::clock::unix_now()).unwrap()
}

#[tokio::test]
async fn valid_token_is_accepted() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let token = check(&validator, &good(&issuer).subject("alice").client_id("app").sign()).await.unwrap();
    assert_eq!(token.subject(), "alice");
    assert_eq!(token.client_id(), Some("app"));
    assert_eq!(token.issuer(), issuer.issuer());
    assert_eq!(token.audience(), [AUDIENCE]);
    assert_eq!(token.scopes().to_string(), "todo:read");
    assert!(token.expires_at().unwrap() > SystemTime::now());
}

#[tokio::test]
async fn claim_rules_reject_one_violation_each() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let now = unix_now();
    let good = || good(&issuer);
    // The violation, the token, and the expected error.
    let table: Vec<(&str, TokenBuilder, Invalid)> = vec![
        ("no iss", good().without("iss"), Invalid::MissingClaim),
        ("other iss", good().claim("iss", "https://evil.example.com"), Invalid::Issuer),
        ("iss with a slash", good().claim("iss", format!("{}/", issuer.issuer())), Invalid::Issuer),
        ("iss in a list", good().claim("iss", json!([issuer.issuer()])), Invalid::BadClaim),
        ("no aud", good().without("aud"), Invalid::Audience),
        ("other aud", good().audience("https://other.example.com/mcp"), Invalid::Audience),
        ("aud with a slash", good().audience(format!("{AUDIENCE}/")), Invalid::Audience),
        ("aud in capitals", good().audience(AUDIENCE.to_uppercase()), Invalid::Audience),
        ("empty aud", good().claim("aud", json!([])), Invalid::Audience),
        ("null aud", good().claim("aud", Value::Null), Invalid::Audience),
        ("aud with a number", good().claim("aud", json!([AUDIENCE, 7])), Invalid::BadClaim),
        ("aud as an object", good().claim("aud", json!({ AUDIENCE: true })), Invalid::BadClaim),
        ("no exp", good().without("exp"), Invalid::MissingClaim),
        ("expired", good().claim("exp", now - 31), Invalid::Expired),
        ("exp as text", good().claim("exp", (now + 100).to_string()), Invalid::BadClaim),
        ("negative exp", good().claim("exp", -1), Invalid::BadClaim),
        ("absurd exp", good().claim("exp", 1e300), Invalid::BadClaim),
        ("null exp", good().claim("exp", Value::Null), Invalid::MissingClaim),
        ("nbf in the future", good().claim("nbf", now + 40), Invalid::NotYetValid),
        ("nbf as text", good().claim("nbf", "0"), Invalid::BadClaim),
        ("iat in the future", good().claim("iat", now + 40), Invalid::NotYetValid),
        ("no iat", good().without("iat"), Invalid::MissingClaim),
        ("no sub", good().without("sub"), Invalid::MissingClaim),
        ("empty sub", good().claim("sub", ""), Invalid::BadClaim),
        ("sub as a number", good().claim("sub", 7), Invalid::BadClaim),
        ("no client_id", good().without("client_id"), Invalid::MissingClaim),
        ("empty client_id", good().claim("client_id", ""), Invalid::BadClaim),
        ("no jti", good().without("jti"), Invalid::MissingClaim),
        ("cnf", good().claim("cnf", json!({"jkt": "x"})), Invalid::SenderConstrained),
        ("null cnf", good().claim("cnf", Value::Null), Invalid::SenderConstrained),
        ("scope as a number", good().claim("scope", 7), Invalid::BadClaim),
        ("scope with a quote", good().claim("scope", "a\"b"), Invalid::BadClaim),
        ("scope as an object", good().claim("scope", json!({"todo:write": true})), Invalid::BadClaim),
        ("scope list with a number", good().claim("scope", json!(["a", 7])), Invalid::BadClaim),
        ("scope list with two in one", good().claim("scope", json!(["a b"])), Invalid::BadClaim),
        ("exp after the year 9999", good().claim("exp", 253_402_300_800_i64), Invalid::BadClaim),
    ];
    for (case, token, reason) in table {
        assert_eq!(rejection(&validator, &token.sign()).await, reason, "{case}");
    }
}

#[tokio::test]
async fn claim_variants_are_accepted() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let now = unix_now();
    let good = || good(&issuer);
    for (case, token, scopes) in [
        ("no scope: authenticated, and nothing granted", good().without("scope"), ""),
        ("empty scope", good().scope(""), ""),
        ("a list of scopes", good().claim("scope", json!(["b", "a"])), "a b"),
        ("roles are not scopes", good().scope("a").claim("roles", json!(["admin"])).claim("scp", "b"), "a"),
        ("aud in a list with others", good().claim("aud", json!(["other", AUDIENCE])), "todo:read"),
        ("expired within the leeway", good().claim("exp", now - 20), "todo:read"),
        ("nbf within the leeway", good().claim("nbf", now + 20), "todo:read"),
        ("a date with a fraction", good().claim("exp", unix_now() as f64 + 100.5), "todo:read"),
    ] {
        assert_eq!(check(&validator, &token.sign()).await.expect(case).scopes().to_string(), scopes, "{case}");
    }
}

#[tokio::test]
async fn header_rules_reject_one_violation_each() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let good = || good(&issuer);
    for (case, token, reason) in [
        ("typ JWT", good().header("typ", "JWT"), Invalid::Type),
        ("no typ", good().without_header("typ"), Invalid::Type),
        ("an ID token's typ", good().header("typ", "id+jwt"), Invalid::Type),
        ("typ as a number", good().header("typ", 7), Invalid::Malformed),
        ("alg none", good().header("alg", "none"), Invalid::Algorithm),
        ("alg None", good().header("alg", "None"), Invalid::Algorithm),
        ("alg in lower case", good().header("alg", "es256"), Invalid::Algorithm),
        ("alg empty", good().header("alg", ""), Invalid::Algorithm),
        ("alg HS256", good().header("alg", "HS256"), Invalid::Algorithm),
        ("alg of another family", good().header("alg", "RS256"), Invalid::Algorithm),
        ("alg of another curve", good().header("alg", "ES384"), Invalid::Algorithm),
        ("alg not allowed by default", good().header("alg", "RS512"), Invalid::Algorithm),
        ("no alg", good().without_header("alg"), Invalid::Malformed),
        ("crit", good().header("crit", json!(["exp"])), Invalid::Critical),
        ("empty crit", good().header("crit", json!([])), Invalid::Critical),
        ("null crit", good().header("crit", Value::Null), Invalid::Critical),
        ("b64", good().header("b64", false), Invalid::Critical),
        ("enc", good().header("enc", "A256GCM"), Invalid::Malformed),
        ("unknown kid", good().header("kid", "another"), Invalid::UnknownKey),
        ("kid as a path", good().header("kid", "../../dev/null"), Invalid::UnknownKey),
        ("kid as a number", good().header("kid", 7), Invalid::Malformed),
    ] {
        assert_eq!(rejection(&validator, &token.sign()).await, reason, "{case}");
    }
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        assert!(check(&validator, &good().header("typ", typ).sign()).await.is_ok(), "{typ}");
    }
    assert!(check(&validator, &good().without_header("kid").sign()).await.is_ok(), "no kid, but only one key");
}

#[tokio::test]
async fn header_keys_are_never_used() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let mine = SigningKey::generate(SigningAlgorithm::Es256);
    let real_kid = issuer.current_key().kid().to_owned();
    let forged = || mine.token(issuer.issuer()).audience(AUDIENCE);
    for (case, token, reason) in [
        ("a foreign key's own kid", forged(), Invalid::UnknownKey),
        ("the real kid", forged().header("kid", real_kid.clone()), Invalid::Signature),
        ("jwk", forged().header("kid", real_kid.clone()).header("jwk", mine.public_jwk()), Invalid::Signature),
        ("jku", forged().header("kid", real_kid.clone()).header("jku", "http://127.0.0.1:1/jwks"), Invalid::Signature),
        ("x5u", forged().header("kid", real_kid.clone()).header("x5u", "http://127.0.0.1:1/x"), Invalid::Signature),
        ("x5c", forged().header("kid", real_kid).header("x5c", json!(["AAAA"])), Invalid::Signature),
    ] {
        assert_eq!(rejection(&validator, &token.sign()).await, reason, "{case}");
    }
}

#[tokio::test]
async fn malformed_tokens_are_rejected() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let token = good(&issuer).sign();
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let key = issuer.current_key();
    let head = json!({"alg": "ES256", "typ": "at+jwt", "kid": key.kid()});
    let raw = |payload: &str| key.sign_raw(&head, payload.as_bytes());
    // The claims of a valid token with a duplicate name: our audience first, then another, and the reverse.
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let twice = |extra: &str| raw(&format!("{},{extra}}}", decoded.strip_suffix('}').unwrap()));
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[10] ^= 1;
    let stripped_header = part(&json!({"alg": "none", "typ": "at+jwt"}));
    for (case, token, reason) in [
        ("nothing", String::new(), Invalid::Malformed),
        ("one part", header.to_owned(), Invalid::Malformed),
        ("two parts", format!("{header}.{claims}"), Invalid::Malformed),
        ("no signature", format!("{header}.{claims}."), Invalid::Malformed),
        ("no claims", format!("{header}..{signature}"), Invalid::Malformed),
        ("four parts", format!("{token}.AAAA"), Invalid::Malformed),
        ("five parts, a JWE", format!("{header}.a.b.c.d"), Invalid::Malformed),
        ("no header", format!(".{claims}.{signature}"), Invalid::Malformed),
        ("header not base64url", format!("{header}=.{claims}.{signature}"), Invalid::Malformed),
        ("header not JSON", format!("AAAA.{claims}.{signature}"), Invalid::Malformed),
        ("header a list", format!("{}.{claims}.{signature}", part(&json!(["ES256"]))), Invalid::Malformed),
        ("unsigned", format!("{stripped_header}.{claims}.{signature}"), Invalid::Algorithm),
        ("another signature", format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(flipped)), Invalid::Signature),
        ("short signature", format!("{header}.{claims}.AAAA"), Invalid::Signature),
        ("signature not base64url", format!("{header}.{claims}.{signature}="), Invalid::Signature),
        ("other claims", format!("{header}.{}.{signature}", part(&json!({"sub": "root"}))), Invalid::Signature),
        ("claims not JSON", raw("x"), Invalid::Malformed),
        ("claims a list", raw("[]"), Invalid::Malformed),
        ("claims nested deeply", raw(&format!("{{\"x\":{}{}}}", "[".repeat(500), "]".repeat(500))), Invalid::Malformed),
        (
            "claims that overflow a parser",
            raw(&format!("{{\"x\":{}}}", crate::json::stack_bomb(15))),
            Invalid::Malformed,
        ),
        ("aud twice", twice("\"aud\":\"other\""), Invalid::Malformed),
        ("exp twice", twice("\"exp\":99999999999"), Invalid::Malformed),
        ("scope twice, once escaped", twice("\"sc\\u006fpe\":\"admin\""), Invalid::Malformed),
        (
            "header a list with the right members",
            format!("{}.{claims}.{signature}", part(&json!(["ES256", "at+jwt", key.kid()]))),
            Invalid::Malformed,
        ),
        ("too long", "a".repeat(16 * 1024 + 1), Invalid::TooLong),
    ] {
        assert_eq!(rejection(&validator, &token).await, reason, "{case}");
    }
    let twice_alg = URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"none\",{}", &head.to_string()[1..]));
    assert_eq!(
        rejection(&validator, &format!("{twice_alg}.{claims}.{signature}")).await,
        Invalid::Malformed,
        "alg twice"
    );
}

#[tokio::test]
async fn every_algorithm_verifies_with_its_key() {
    for algorithm in [
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Ps256,
        SigningAlgorithm::Es256,
        SigningAlgorithm::Es384,
        SigningAlgorithm::EdDsa,
    ] {
        let issuer = DevAuthServer::builder().algorithm(algorithm).start().await.unwrap();
        let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
        assert!(check(&validator, &good(&issuer).sign()).await.is_ok(), "{algorithm:?}");
    }
}

#[tokio::test]
async fn disallowed_algorithm_with_published_key_is_rejected() {
    let issuer = issuer().await;
    let validator = validator(&issuer).algorithms([Algorithm::Rs256]).connect(AUDIENCE).await.unwrap();
    assert_eq!(rejection(&validator, &good(&issuer).sign()).await, Invalid::Algorithm);
}

#[tokio::test]
async fn disallowed_algorithm_is_rejected_before_key_lookup() {
    let issuer = issuer().await;
    let rsa = SigningKey::generate(SigningAlgorithm::Rs256);
    let mut jwk = rsa.public_jwk();
    jwk["alg"] = json!("RS512");
    issuer.publish_jwk(jwk);
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let token = rsa.token(issuer.issuer()).audience(AUDIENCE).header("alg", "RS512").sign();
    assert_eq!(rejection(&validator, &token).await, Invalid::Algorithm);
}

#[tokio::test]
async fn cached_token_requires_its_exact_signature() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let token = good(&issuer).sign();
    assert!(check(&validator, &token).await.is_ok());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut forged = URL_SAFE_NO_PAD.decode(signature).unwrap();
    forged[0] ^= 1;
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(forged));
    assert_eq!(rejection(&validator, &forged).await, Invalid::Signature);
}

#[tokio::test]
async fn token_cache_is_used_and_bounded() {
    let issuer = issuer().await;
    let cached = async |count: usize, claim: usize| {
        let validator = validator(&issuer).cached_tokens(count).connect(AUDIENCE).await.unwrap();
        for i in 0..8 {
            let token = good(&issuer).claim("n", i).claim("x", "x".repeat(claim)).sign();
            assert!(check(&validator, &token).await.is_ok());
        }
        validator.cache.len()
    };
    assert_eq!(cached(0, 1).await, 0);
    assert_eq!(cached(1000, 1).await, 8);
    assert!(cached(4, 1).await <= 4);
    assert!(cached(8, 3000).await <= 2, "large tokens weigh more");
}

#[tokio::test]
async fn jwt_profile_rejects_id_tokens() {
    let issuer = issuer().await;
    let validator = validator(&issuer).token_profile(TokenProfile::Jwt).connect(AUDIENCE).await.unwrap();
    let jwt = || good(&issuer).header("typ", "JWT").without("jti").without("iat");
    assert!(check(&validator, &jwt().sign()).await.is_ok());
    assert!(check(&validator, &jwt().without_header("typ").sign()).await.is_ok());
    let azp = check(&validator, &jwt().without("client_id").claim("azp", "app").sign()).await.unwrap();
    assert_eq!(azp.client_id(), Some("app"));
    assert!(check(&validator, &jwt().claim("typ", "Bearer").sign()).await.is_ok(), "the `typ` claim of Keycloak");
    for (case, token, reason) in [
        ("nonce", jwt().claim("nonce", "n"), Invalid::Type),
        ("at_hash", jwt().claim("at_hash", "h"), Invalid::Type),
        ("c_hash", jwt().claim("c_hash", "h"), Invalid::Type),
        ("s_hash", jwt().claim("s_hash", "h"), Invalid::Type),
        ("logout events", jwt().claim("events", json!({"x": {}})), Invalid::Type),
        ("claim typ ID", jwt().claim("typ", "ID"), Invalid::Type),
        ("claim typ Refresh", jwt().claim("typ", "Refresh"), Invalid::Type),
        ("neither client nor scope", jwt().without("client_id").without("scope"), Invalid::Type),
        ("azp alone", jwt().without("client_id").without("scope").claim("azp", "app"), Invalid::Type),
        ("another typ", jwt().header("typ", "logout+jwt"), Invalid::Type),
        ("no sub", jwt().without("sub"), Invalid::MissingClaim),
        ("no exp", jwt().without("exp"), Invalid::MissingClaim),
        ("no aud", jwt().without("aud"), Invalid::Audience),
    ] {
        assert_eq!(rejection(&validator, &token.sign()).await, reason, "{case}");
    }
}

#[tokio::test]
async fn scopes_are_read_only_from_configured_claim() {
    let issuer = issuer().await;
    let validator = validator(&issuer).scope_claims(["scp"]).connect(AUDIENCE).await.unwrap();
    let token = good(&issuer).scope("ignored").claim("scp", json!(["a"])).sign();
    assert_eq!(check(&validator, &token).await.unwrap().scopes().to_string(), "a");
}

#[tokio::test]
async fn invalid_validator_settings_are_rejected() {
    let issuer = issuer().await;
    let other = DevAuthServer::builder().metadata_issuer("https://other.example.com").start().await.unwrap();
    let built = async |builder: Issuer<Jwt>| builder.connect(AUDIENCE).await.map(drop).unwrap_err();
    let nowhere = Issuer::jwt(issuer.issuer()).connect("").await.map(drop).unwrap_err();
    assert_eq!(nowhere.setting(), Setting::Resource);
    for (builder, setting) in [
        (validator(&issuer).audience(""), Setting::Audience),
        (validator(&issuer).algorithms([]), Setting::Algorithms),
        (validator(&issuer).leeway(Duration::from_secs(301)), Setting::Leeway),
        (validator(&issuer).max_token_bytes(0), Setting::MaxTokenBytes),
        (validator(&issuer).max_token_age(Duration::ZERO), Setting::MaxTokenAge),
        (validator(&issuer).clients([""; 0]), Setting::Clients),
        (validator(&issuer).clients(["app", ""]), Setting::Clients),
        (validator(&issuer).scope_claims([""; 0]), Setting::ScopeClaims),
        (validator(&issuer).jwks_uri("http://keys.example.com"), Setting::JwksUri),
    ] {
        assert_eq!(built(builder).await.setting(), setting);
    }
    let both = built(validator(&issuer).algorithms([]).leeway(Duration::from_secs(301))).await;
    assert_eq!(both.settings().count(), 2, "all mistakes are reported: {both}");
    for wrong in [
        "http://auth.example.com",
        "https://user@auth.example.com",
        "https://:s3cret@auth.example.com",
        "https://auth.example.com?x",
        "https://auth.example.com#x",
        "x",
    ] {
        let error = built(Issuer::jwt(wrong).audience("a")).await;
        assert_eq!(error.setting(), Setting::Issuer, "{wrong}");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
    let forever = built(validator(&issuer).outage_grace(Duration::MAX)).await;
    assert_eq!(forever.setting(), Setting::OutageGrace);
    let day = Duration::from_secs(24 * 60 * 60 + 1);
    let refresh = built(validator(&issuer).refresh_keys_after(day)).await;
    assert_eq!(refresh.setting(), Setting::RefreshKeysAfter);
    let cool_down = built(validator(&issuer).refresh_cool_down(day)).await;
    assert_eq!(cool_down.setting(), Setting::RefreshCoolDown);
    let slash = built(Issuer::jwt(format!("{}/", issuer.issuer())).audience("a")).await;
    assert!(slash.to_string().contains("is of issuer"), "{slash}");
    assert!(built(validator(&other)).await.to_string().contains("is of issuer \"https://other.example.com\""));
    let gone = format!("http://127.0.0.1:{}", issuer.address().port());
    issuer.shutdown().await;
    let gone = built(Issuer::jwt(gone)).await.to_string();
    assert!(gone.starts_with("`ResourceServerBuilder::issuer`: ") && gone.contains("cannot be fetched"), "{gone}");
}

#[tokio::test]
async fn expired_cached_token_is_rejected() {
    let issuer = issuer().await;
    let validator = validator(&issuer).leeway(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    let token = good(&issuer).expires_in(1).sign();
    assert!(check(&validator, &token).await.is_ok());
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(rejection(&validator, &token).await, Invalid::Expired);
}

#[tokio::test]
async fn hmac_with_public_key_is_rejected() {
    let issuer = DevAuthServer::builder().algorithm(SigningAlgorithm::Rs256).start().await.unwrap();
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    // RFC 8725 section 2.1: the RSA public key as an HMAC secret.
    let jwk = issuer.current_key().public_jwk();
    let secret = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let claims = good(&issuer).sign().split('.').nth(1).unwrap().to_owned();
    let header = part(&json!({"alg": "HS256", "typ": "at+jwt", "kid": issuer.current_key().kid()}));
    let signed = format!("{header}.{claims}");
    let key = jsonwebtoken::EncodingKey::from_secret(&secret);
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
    assert_eq!(rejection(&validator, &format!("{signed}.{signature}")).await, Invalid::Algorithm);
}
