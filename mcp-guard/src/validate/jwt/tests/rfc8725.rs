//! JSON Web Token Best Current Practices (RFC 8725): each threat and practice that applies to a resource server.
//! Threats that only concern issuers or JWE (2.4, 2.5, 3.6) are covered by rejecting every token that is not a signed
//! JWT.

use super::raw::{HEADER, claims, encoded, raw_issuer, signed, token};
use super::*;

#[tokio::test]
async fn rfc8725() {
    let issuer = raw_issuer().await;
    let other = DevAuthServer::builder().algorithm(SigningAlgorithm::EdDsa).start().await.unwrap();
    // No cool-down: every unknown `kid` causes a fetch.
    let strict = validator(&issuer).refresh_cool_down(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    let relaxed = validator(&issuer).token_profile(TokenProfile::Jwt).connect(AUDIENCE).await.unwrap();
    let good = || claims(&issuer);
    let with = |name: &str, value: Value| {
        let mut claims = good();
        claims[name] = value;
        claims.to_string()
    };
    let header = |name: &str, value: Value| {
        let mut header: Value = serde_json::from_str(HEADER).unwrap();
        header[name] = value;
        header.to_string()
    };
    let payload = || good().to_string();
    let of_header = |name: &str, value: Value| token(&header(name, value), &payload());
    let mut table: Vec<(&str, String, String, Invalid)> = Vec::new();
    let mut row = |section, case: &str, token: String, reason| table.push((section, case.to_owned(), token, reason));

    for none in ["none", "None", "NONE", "nOnE", "none ", " none", "none\u{0}", "ｎｏｎｅ", ""] {
        let head = header("alg", json!(none));
        row("2.1", none, token(&head, &payload()), Invalid::Algorithm);
        row("2.1", none, format!("{}.{}.", encoded(&head), encoded(payload())), Invalid::Malformed);
    }
    for (alg, reason) in [
        (json!(null), Invalid::Malformed),
        (json!(["EdDSA"]), Invalid::Malformed),
        (json!(0), Invalid::Malformed),
        (json!("eddsa"), Invalid::Algorithm),
        (json!("EdDSA "), Invalid::Algorithm),
        (json!("Ed448"), Invalid::Algorithm),
        (json!("ES512"), Invalid::Algorithm),
        (json!("ES256K"), Invalid::Algorithm),
        (json!("RS1"), Invalid::Algorithm),
        (json!("ML-DSA-44"), Invalid::Algorithm),
        (json!("RSA-OAEP"), Invalid::Algorithm),
        (json!("A128KW"), Invalid::Algorithm),
        (json!("dir"), Invalid::Algorithm),
    ] {
        row("3.2", &alg.to_string(), of_header("alg", alg.clone()), reason);
    }
    // The public key as an HMAC secret, in the formats that a confused library could use.
    let jwk = issuer.current_key().public_jwk();
    for secret in [jwk.to_string(), jwk["x"].to_string(), jwk["x"].as_str().unwrap().to_owned(), String::new()] {
        for alg in [jsonwebtoken::Algorithm::HS256, jsonwebtoken::Algorithm::HS384, jsonwebtoken::Algorithm::HS512] {
            let head = json!({"alg": format!("{alg:?}"), "typ": "at+jwt", "kid": issuer.current_key().kid()});
            let text = format!("{}.{}", encoded(head.to_string()), encoded(payload()));
            let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
            let signature = jsonwebtoken::crypto::sign(text.as_bytes(), &key, alg).unwrap();
            row("2.1", "the public key as a secret", format!("{text}.{signature}"), Invalid::Algorithm);
        }
    }
    for parts in ["a.b.c.d", "a..c.d", "...", "a.b.c"] {
        row("2.3", "a JWE", format!("{}.{parts}", encoded(r#"{"alg":"dir","enc":"A128GCM"}"#)), Invalid::Malformed);
    }
    row("2.3", "enc, though in three parts", of_header("enc", json!("A128GCM")), Invalid::Malformed);
    row(
        "2.3",
        "a token in a token",
        token(&header("cty", json!("JWT")), &token(HEADER, &payload())),
        Invalid::Malformed,
    );
    row(
        "2.4",
        "compressed claims",
        signed(&encoded(header("zip", json!("DEF"))), "q1YqSC1KLlGyUqoFAA"),
        Invalid::Malformed,
    );
    let utf16 = |bom: bool| {
        let units = bom.then_some(0xfeff).into_iter().chain(payload().encode_utf16().collect::<Vec<_>>());
        units.flat_map(u16::to_be_bytes).collect::<Vec<_>>()
    };
    row("2.6", "UTF-16", signed(&encoded(HEADER), &encoded(utf16(false))), Invalid::Malformed);
    row("2.6", "UTF-16 with a mark", signed(&encoded(HEADER), &encoded(utf16(true))), Invalid::Malformed);
    row(
        "2.7",
        "a token for another server",
        token(HEADER, &with("aud", json!("https://other.example.com/mcp"))),
        Invalid::Audience,
    );
    row("2.8", "an ID token by its typ", token(&header("typ", json!("JWT")), &payload()), Invalid::Type);
    row("2.8", "a logout token", of_header("typ", json!("logout+jwt")), Invalid::Type);
    row("2.8", "a DPoP proof", of_header("typ", json!("dpop+jwt")), Invalid::Type);
    row("2.8", "a security event", of_header("typ", json!("secevent+jwt")), Invalid::Type);
    row("2.8", "a client's assertion", of_header("typ", json!("client-authentication+jwt")), Invalid::Type);
    row("2.8", "an introspection answer", of_header("typ", json!("token-introspection+jwt")), Invalid::Type);
    row("2.8", "a typ that only ends so", of_header("typ", json!("x/at+jwt")), Invalid::Type);
    row("2.8", "a typ with a parameter", of_header("typ", json!("at+jwt; a=b")), Invalid::Type);
    for kid in [
        "' OR '1'='1",
        "raw'; DROP TABLE keys; --",
        "../../../../dev/null",
        "/proc/self/environ",
        "http://127.0.0.1:1/jwks.json",
        "https://evil.example.com/raw",
        "raw\u{0}",
        "raw ",
        "RAW",
        "ｒａｗ",
        "",
        "$(id)",
        "${jndi:ldap://127.0.0.1:1/a}",
    ] {
        row("2.9", kid, of_header("kid", json!(kid)), Invalid::UnknownKey);
    }
    for kid in [json!(null), json!(["raw"]), json!({"raw": 1}), json!(7), json!(true)] {
        row("2.9", &kid.to_string(), of_header("kid", kid.clone()), Invalid::Malformed);
    }
    let mine = SigningKey::generate(SigningAlgorithm::EdDsa);
    for (name, value) in [
        ("jku", json!("http://127.0.0.1:1/jwks.json")),
        ("x5u", json!("http://169.254.169.254/latest/meta-data")),
        ("jwk", mine.public_jwk()),
        ("x5c", json!(["MIIB"])),
    ] {
        let forged = mine.token(issuer.issuer()).audience(AUDIENCE).header("kid", "raw").header(name, value);
        row("2.9", name, forged.sign(), Invalid::Signature);
    }
    row("3.1", "another algorithm than the key's", of_header("alg", json!("ES256")), Invalid::Algorithm);
    row("3.1", "another key of the issuer", of_header("kid", json!(issuer.current_key().kid())), Invalid::Algorithm);
    let stolen = other.current_key().token(issuer.issuer()).audience(AUDIENCE).header("kid", "raw");
    row("3.3", "another issuer's key under our kid", stolen.sign(), Invalid::Signature);
    let swapped = token(HEADER, &with("sub", json!("root")));
    let (signed_by_swapped, _) = swapped.rsplit_once('.').unwrap();
    let good_token = token(HEADER, &payload());
    let (_, signature) = good_token.rsplit_once('.').unwrap();
    row("3.3", "the signature of another token", format!("{signed_by_swapped}.{signature}"), Invalid::Signature);
    row(
        "3.3",
        "an empty signature of the right length",
        format!("{signed_by_swapped}.{}", encoded([0; 64])),
        Invalid::Signature,
    );
    row("3.7", "Latin-1", signed(&encoded(HEADER), &encoded(b"{\"sub\":\"\xe4\"}")), Invalid::Malformed);
    row("3.7", "a lone surrogate", token(HEADER, &payload().replace("alice", r"\ud800")), Invalid::Malformed);
    row("3.7", "an overlong zero", signed(&encoded(HEADER), &encoded(b"{\"sub\":\"\xc0\x80\"}")), Invalid::Malformed);
    row("3.8", "another issuer", token(HEADER, &with("iss", json!("https://evil.example.com"))), Invalid::Issuer);
    row("3.8", "no subject", token(HEADER, &with("sub", json!(null))), Invalid::MissingClaim);
    row("3.9", "no audience", token(HEADER, &with("aud", json!([]))), Invalid::Audience);
    row("3.11", "no typ", token(r#"{"alg":"EdDSA","kid":"raw"}"#, &payload()), Invalid::Type);
    for (section, case, token, reason) in &table {
        assert_eq!(rejection(&strict, token).await, *reason, "{section} {case}");
    }

    // 3.12: without `typ`, the claims distinguish token types. 3.10: the header is not trusted for this either.
    for (case, token, reason) in [
        ("null typ", of_header("typ", json!(null)), Invalid::Malformed),
        ("an empty typ", of_header("typ", json!("")), Invalid::Type),
        ("an ID token", token(&header("typ", json!("JWT")), &with("nonce", json!(""))), Invalid::Type),
        ("a logout token", token(&header("typ", json!("JWT")), &with("events", json!({}))), Invalid::Type),
        ("a refresh token", token(&header("typ", json!("JWT")), &with("typ", json!("Refresh"))), Invalid::Type),
    ] {
        assert_eq!(rejection(&relaxed, &token).await, reason, "3.12 {case}");
    }
    assert!(check(&strict, &good_token).await.is_ok() && check(&relaxed, &good_token).await.is_ok());
}

#[tokio::test]
async fn published_symmetric_keys_are_never_used() {
    // 2.2 and 3.5: a published key is public, so a symmetric key must never be used.
    let issuer = issuer().await;
    issuer.publish_jwk(json!({"kty": "oct", "kid": "s", "alg": "HS256", "k": encoded("secret")}));
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let text =
        format!("{}.{}", encoded(r#"{"alg":"HS256","typ":"at+jwt","kid":"s"}"#), encoded(claims(&issuer).to_string()));
    let key = jsonwebtoken::EncodingKey::from_secret(b"secret");
    let signature = jsonwebtoken::crypto::sign(text.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
    assert_eq!(rejection(&validator, &format!("{text}.{signature}")).await, Invalid::Algorithm);
}
