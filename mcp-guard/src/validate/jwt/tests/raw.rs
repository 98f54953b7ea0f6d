//! Tokens with arbitrary headers, claims and encodings, and valid signatures.

use jsonwebtoken::{EncodingKey, crypto};

use super::*;

/// The Ed25519 key of RFC 8037 appendix A.1, in PKCS #8.
const SECRET: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

pub(super) const HEADER: &str = r#"{"alg":"EdDSA","typ":"at+jwt","kid":"raw"}"#;

/// An issuer that publishes the key.
pub(super) async fn raw_issuer() -> DevAuthServer {
    let issuer = issuer().await;
    issuer.publish_jwk(json!({"kty": "OKP", "crv": "Ed25519", "kid": "raw", "x": PUBLIC}));
    issuer
}

pub(super) fn encoded(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Signs two encoded parts.
pub(super) fn signed(header: &str, payload: &str) -> String {
    let der = [PKCS8.to_vec(), URL_SAFE_NO_PAD.decode(SECRET).unwrap()].concat();
    let text = format!("{header}.{payload}");
    let key = EncodingKey::from_ed_der(&der);
    let signature = crypto::sign(text.as_bytes(), &key, jsonwebtoken::Algorithm::EdDSA).unwrap();
    format!("{text}.{signature}")
}

/// A token with this header and these claims.
pub(super) fn token(header: &str, claims: &str) -> String {
    signed(&encoded(header), &encoded(claims))
}

/// The claims of a valid token.
pub(super) fn claims(issuer: &DevAuthServer) -> Value {
    let now = unix_now();
    json!({
        "iss": issuer.issuer(),
        "aud": AUDIENCE,
        "sub": "alice",
        "client_id": "app",
        "iat": now,
        "exp": now + 600,
        "jti": "1",
        "scope": "todo:read",
    })
}

/// The JSON claims of a valid token with further members.
pub(super) fn claims_and(issuer: &DevAuthServer, members: &str) -> String {
    let text = claims(issuer).to_string();
    format!("{},{members}}}", text.strip_suffix('}').unwrap())
}

/// The JSON claims of a valid token with this text as the value of a claim.
pub(super) fn claims_with(issuer: &DevAuthServer, name: &str, value: &str) -> String {
    let mut claims = claims(issuer);
    claims[name] = json!("VALUE");
    claims.to_string().replace("\"VALUE\"", value)
}

#[tokio::test]
async fn unusual_but_valid_encodings_are_accepted() {
    let issuer = raw_issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    for (header, claims) in [
        (HEADER.to_owned(), claims(&issuer).to_string()),
        (format!(" {HEADER}\r\n"), format!("\t{}\n ", claims(&issuer))),
        (HEADER.replace("alg", r"\u0061lg"), claims(&issuer).to_string().replace("iss", r"\u0069ss")),
        (
            HEADER.replace("EdDSA", "Ed25519"),
            claims_and(&issuer, r#""x":"\ud83d\ude00\u0000","y":{"a":1,"b":[{"a":1}]}"#),
        ),
        (HEADER.replace('{', r#"{"zip":"DEF","x":{},"#), claims_and(&issuer, r#""name":"zażółć 😀""#)),
    ] {
        assert!(check(&validator, &token(&header, &claims)).await.is_ok(), "{header} {claims}");
    }
}
