//! Fuzzes header and claims, separated by a zero byte, of a validly signed token. A simple reference check must accept
//! every accepted token.

#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use libfuzzer_sys::fuzz_target;
use mcp_guard::fuzzing::Tokens;
use mcp_guard::issuer::TokenProfile;
use serde_json::Value;

const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "https://todo.example.com/mcp";
/// The published key of RFC 8037 appendix A.
const JWKS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"raw","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const SECRET: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

static STRICT: LazyLock<Tokens> = LazyLock::new(|| Tokens::new(JWKS, ISSUER, AUDIENCE, TokenProfile::Rfc9068));
static RELAXED: LazyLock<Tokens> = LazyLock::new(|| Tokens::new(JWKS, ISSUER, AUDIENCE, TokenProfile::Jwt));
static KEY: LazyLock<EncodingKey> = LazyLock::new(|| {
    let secret = URL_SAFE_NO_PAD.decode(SECRET).expect("base64url");
    EncodingKey::from_ed_der(&[PKCS8.to_vec(), secret].concat())
});

fuzz_target!(|input: &[u8]| {
    let Some(zero) = input.iter().position(|byte| *byte == 0) else { return };
    let (header, claims) = (&input[..zero], &input[zero + 1..]);
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    // Creating the validators installs the crypto backend.
    let validators = [(&*STRICT, true), (&*RELAXED, false)];
    let signature = jsonwebtoken::crypto::sign(text.as_bytes(), &KEY, jsonwebtoken::Algorithm::EdDSA).expect("signed");
    let token = format!("{text}.{signature}");
    for (validator, strict) in validators {
        let Some(validated) = validator.validate(&token) else { continue };
        let header: Value = serde_json::from_slice(header).expect("an accepted header is JSON");
        let claims: Value = serde_json::from_slice(claims).expect("accepted claims are JSON");
        assert!(header["alg"] == "EdDSA" || header["alg"] == "Ed25519");
        assert!(header.get("kid").is_none_or(|kid| kid == "raw"));
        assert!(["crit", "b64", "enc"].iter().all(|name| header.get(name).is_none()));
        let typ = header.get("typ").map(|typ| typ.as_str().expect("a text").to_ascii_lowercase());
        let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
        assert!(typ == Some("at+jwt") || !strict && matches!(typ, None | Some("jwt")));
        assert_eq!(claims["iss"], ISSUER);
        assert_eq!(claims["sub"], validated.subject());
        assert!(
            claims["aud"] == AUDIENCE
                || claims["aud"].as_array().is_some_and(|all| all.iter().any(|one| one == AUDIENCE))
        );
        assert!(claims["exp"].as_f64().is_some_and(|exp| exp > 1_700_000_000.0));
        assert_eq!(&claims, &Value::Object(validated.claims().clone()), "the claims differ from the signed ones");
    }
});
