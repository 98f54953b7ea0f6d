//! Each proof in these tests violates exactly one rule.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Method};
use mcp_guard_dev::{ProofBuilder, SigningAlgorithm, SigningKey};
use serde_json::{Value, json};

use super::verifier::Proof;
use super::{InvalidProof as Invalid, *};
use crate::validate::Algorithm;

const BASE: &str = "https://todo.example.com";
const URL: &str = "https://todo.example.com/mcp";
const TOKEN: &str = "the-access-token";
const NOW: i64 = 1_800_000_000;

fn verifier(dpop: Dpop) -> DpopVerifier {
    DpopVerifier::new(dpop, BASE).unwrap()
}

fn key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::Es256)
}

/// A valid proof.
fn good(key: &SigningKey) -> ProofBuilder {
    key.proof("POST", URL).access_token(TOKEN).issued_at(NOW)
}

/// Verifies a request with these `DPoP` headers.
fn verify(verifier: &DpopVerifier, proofs: &[&[u8]], method: &Method) -> Result<Proof, Invalid> {
    let mut headers = HeaderMap::new();
    // The configured URL is used, not the `Host` header.
    headers.insert("host", HeaderValue::from_static("evil.example.com"));
    for proof in proofs {
        headers.append(DPOP, HeaderValue::from_bytes(proof).unwrap());
    }
    let presented = Presented { method, path: "/mcp", headers: &headers, token: TOKEN };
    verifier.verify_at(presented, u64::try_from(NOW).unwrap())
}

fn outcome(verifier: &DpopVerifier, proof: &str) -> Result<(), Invalid> {
    verify(verifier, &[proof.as_bytes()], &Method::POST).map(drop)
}

#[test]
fn valid_proof_returns_its_key() {
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa, SigningAlgorithm::Ps256] {
        let key = SigningKey::generate(algorithm);
        let proof = verify(&verifier(Dpop::optional()), &[good(&key).sign().as_bytes()], &Method::POST);
        let proof = proof.unwrap_or_else(|reason| panic!("{algorithm}: {reason}"));
        assert_eq!(URL_SAFE_NO_PAD.encode(proof.key()), key.kid(), "{algorithm}");
        assert!(!proof.nonce_is_stale());
    }
}

#[test]
fn rfc_9449_example_is_valid() {
    // Section 7.1. The proof is assembled from the parts that the RFC prints.
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    let verifier = DpopVerifier::new(Dpop::optional(), "https://resource.example.org").unwrap();
    let headers = HeaderMap::from_iter([(DPOP, HeaderValue::from_static(proof))]);
    let presented = Presented {
        method: &Method::GET,
        path: "/protectedresource",
        headers: &headers,
        token: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
    };
    let key = verifier.verify_at(presented, 1_562_262_618).map(|proof| URL_SAFE_NO_PAD.encode(proof.key()));
    assert_eq!(key.as_deref(), Ok("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"));
}

#[test]
fn header_rules_reject_one_violation_each() {
    let (verifier, key) = (verifier(Dpop::optional()), key());
    let good = || good(&key);
    for (case, proof, reason) in [
        ("no typ", good().without_header("typ"), Invalid::Type),
        ("typ JWT", good().header("typ", "JWT"), Invalid::Type),
        ("typ of an access token", good().header("typ", "at+jwt"), Invalid::Type),
        ("typ in capitals", good().header("typ", "DPOP+JWT"), Invalid::Type),
        ("typ with its prefix", good().header("typ", "application/dpop+jwt"), Invalid::Type),
        ("typ in a list", good().header("typ", json!(["dpop+jwt"])), Invalid::Type),
        ("crit", good().header("crit", json!(["exp"])), Invalid::Critical),
        ("empty crit", good().header("crit", json!([])), Invalid::Critical),
        ("null crit", good().header("crit", Value::Null), Invalid::Critical),
        ("b64", good().header("b64", false), Invalid::Critical),
        ("no alg", good().without_header("alg"), Invalid::Algorithm),
        ("alg none", good().header("alg", "none"), Invalid::Algorithm),
        ("alg HS256", good().header("alg", "HS256"), Invalid::Algorithm),
        ("alg in lower case", good().header("alg", "es256"), Invalid::Algorithm),
        ("alg as a number", good().header("alg", 7), Invalid::Algorithm),
        ("alg that is not allowed", good().header("alg", "RS256"), Invalid::Algorithm),
        ("alg of another family", good().header("alg", "EdDSA"), Invalid::Key),
        ("no jwk", good().without_header("jwk"), Invalid::Key),
        ("null jwk", good().header("jwk", Value::Null), Invalid::Key),
        ("empty jwk", good().header("jwk", json!({})), Invalid::Key),
        ("jwk as text", good().header("jwk", key.public_jwk().to_string()), Invalid::Key),
        ("jwk in a list", good().header("jwk", json!([key.public_jwk()])), Invalid::Key),
        ("jwk of another alg", good().jwk_member("alg", "ES384"), Invalid::Key),
        ("jwk for encryption", good().jwk_member("use", "enc"), Invalid::Key),
        ("jwk for something else", good().jwk_member("key_ops", json!(["sign"])), Invalid::Key),
        ("jwk of another curve", good().jwk_member("crv", "P-384"), Invalid::Key),
        (
            "jwk that is no point",
            good().jwk_member("x", URL_SAFE_NO_PAD.encode([1; 32])),
            // The pure Rust backend checks the point during verification.
            if cfg!(feature = "aws-lc-rs") { Invalid::Key } else { Invalid::Signature },
        ),
        (
            "jwk with padding",
            good().jwk_member("x", format!("{}=", key.public_jwk()["x"].as_str().unwrap())),
            Invalid::Key,
        ),
        ("symmetric jwk", good().header("jwk", json!({"kty": "oct", "k": "AAAA"})), Invalid::Key),
        ("kid and no jwk", good().without_header("jwk").header("kid", key.kid()), Invalid::Key),
        ("jku and no jwk", good().without_header("jwk").header("jku", "http://127.0.0.1:1/jwks"), Invalid::Key),
        ("x5u and no jwk", good().without_header("jwk").header("x5u", "http://127.0.0.1:1/x"), Invalid::Key),
        ("x5c and no jwk", good().without_header("jwk").header("x5c", json!(["AAAA"])), Invalid::Key),
        ("the key of another", good().header("jwk", self::key().public_jwk()), Invalid::Signature),
    ] {
        assert_eq!(outcome(&verifier, &proof.sign()), Err(reason), "{case}");
    }
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for value in [json!("AAAA"), Value::Null] {
            let proof = good().jwk_member(member, value).sign();
            assert_eq!(outcome(&verifier, &proof), Err(Invalid::Key), "a private key: {member}");
        }
    }
    for (case, proof) in [
        ("the usual members", good().header("jwk", key.public_jwk())),
        ("kid, jku and x5u are not read", good().header("kid", "x").header("jku", "x").header("x5u", 7)),
    ] {
        assert_eq!(outcome(&verifier, &proof.sign()), Ok(()), "{case}");
    }
}

#[test]
fn claim_rules_reject_one_violation_each() {
    let (verifier, key) = (verifier(Dpop::optional()), key());
    let good = || good(&key);
    for (case, proof, reason) in [
        ("no jti", good().without("jti"), Invalid::Id),
        ("empty jti", good().claim("jti", ""), Invalid::Id),
        ("jti as a number", good().claim("jti", 7), Invalid::Id),
        ("long jti", good().claim("jti", "a".repeat(257)), Invalid::Id),
        ("no htm", good().without("htm"), Invalid::Method),
        ("other htm", good().claim("htm", "GET"), Invalid::Method),
        ("htm in lower case", good().claim("htm", "post"), Invalid::Method),
        ("htm in a list", good().claim("htm", json!(["POST"])), Invalid::Method),
        ("no htu", good().without("htu"), Invalid::Target),
        ("empty htu", good().claim("htu", ""), Invalid::Target),
        ("htu in a list", good().claim("htu", json!([URL])), Invalid::Target),
        ("htu of another host", good().claim("htu", "https://evil.example.com/mcp"), Invalid::Target),
        ("htu of another path", good().claim("htu", "https://todo.example.com/other"), Invalid::Target),
        ("htu of another scheme", good().claim("htu", "http://todo.example.com/mcp"), Invalid::Target),
        ("htu without a host", good().claim("htu", "/mcp"), Invalid::Target),
        ("no iat", good().without("iat"), Invalid::Time),
        ("iat as text", good().claim("iat", NOW.to_string()), Invalid::Time),
        ("negative iat", good().claim("iat", -NOW), Invalid::Time),
        ("absurd iat", good().claim("iat", 1e300), Invalid::Time),
        ("old", good().issued_at(NOW - 61), Invalid::Time),
        ("from the future", good().issued_at(NOW + 11), Invalid::Time),
        ("expired", good().claim("exp", NOW), Invalid::Time),
        ("exp as text", good().claim("exp", "never"), Invalid::Time),
        ("exp at the beginning of time", good().claim("exp", 0), Invalid::Time),
        ("not yet valid", good().claim("nbf", NOW + 11), Invalid::Time),
        ("null nbf", good().claim("nbf", Value::Null), Invalid::Time),
        ("no ath", good().without("ath"), Invalid::Token),
        ("null ath", good().claim("ath", Value::Null), Invalid::Token),
        ("ath of another token", good().access_token("another"), Invalid::Token),
        ("the token itself", good().claim("ath", TOKEN), Invalid::Token),
    ] {
        assert_eq!(outcome(&verifier, &proof.sign()), Err(reason), "{case}");
    }
    for (case, proof) in [
        ("a minute old", good().issued_at(NOW - 60)),
        ("a fast clock", good().issued_at(NOW + 10)),
        ("iat with a fraction", good().claim("iat", 1_800_000_000.5)),
        ("the longest jti", good().claim("jti", "a".repeat(256))),
        ("htu in another spelling", good().claim("htu", "HTTPS://TODO.example.com:443/%6dcp")),
        ("query and fragment do not count", good().claim("htu", format!("{URL}?x=1#y"))),
        ("not expired yet", good().claim("exp", NOW + 1).claim("nbf", NOW)),
        ("a nonce that is not required", good().nonce("n")),
        ("further claims", good().claim("aud", "x").claim("iss", 7)),
    ] {
        assert_eq!(outcome(&verifier, &proof.sign()), Ok(()), "{case}");
    }
}

#[test]
fn malformed_proofs_are_rejected() {
    let (verifier, key) = (verifier(Dpop::optional()), key());
    let proof = good(&key).sign();
    let [header, claims, signature] = proof.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (head, body) = (text(header), text(claims));
    // Signed, so that only the format is invalid.
    let signed = |header: &str, claims: &str| key.sign_parts(header.as_bytes(), claims.as_bytes());
    let with = |object: &str, member: &str| format!("{{{member},{}", &object[1..]);
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[10] ^= 1;
    // The last character of 64 bytes has four unused bits.
    let (rest, last) = signature.split_at(signature.len() - 1);
    let loose = format!("{rest}{}", if last == "A" { 'B' } else { char::from(last.as_bytes()[0] + 1) });
    let nested = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let bomb = crate::json::stack_bomb(3);
    let jwk = key.public_jwk();
    let x_twice = head.replacen("\"x\":", &format!("\"x\":{},\"x\":", jwk["x"]), 1);
    assert_eq!(outcome(&verifier, &signed(&head, &body)), Ok(()), "the unmodified parts are valid");
    for (case, proof, reason) in [
        ("nothing", String::new(), Invalid::Malformed),
        ("one part", header.to_owned(), Invalid::Malformed),
        ("two parts", format!("{header}.{claims}"), Invalid::Malformed),
        ("four parts", format!("{proof}.AAAA"), Invalid::Malformed),
        ("five parts, a JWE", format!("{header}.a.b.c.d"), Invalid::Malformed),
        ("no header", format!(".{claims}.{signature}"), Invalid::Malformed),
        ("no claims", format!("{header}..{signature}"), Invalid::Malformed),
        ("no signature", format!("{header}.{claims}."), Invalid::Signature),
        ("another signature", format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(flipped)), Invalid::Signature),
        ("signature with padding", format!("{proof}=="), Invalid::Signature),
        ("signature with loose bits", format!("{header}.{claims}.{loose}"), Invalid::Signature),
        ("header with padding", format!("{header}=.{claims}.{signature}"), Invalid::Malformed),
        ("two proofs in one header", format!("{proof}, {proof}"), Invalid::Malformed),
        ("a space", format!("{proof} "), Invalid::Signature),
        ("header not JSON", signed("x", &body), Invalid::Malformed),
        ("header a list", signed("[\"dpop+jwt\"]", &body), Invalid::Malformed),
        ("header nested deeply", signed(&with(&head, &format!("\"a\":{nested}")), &body), Invalid::Malformed),
        ("header that overflows a parser", signed(&with(&head, &format!("\"a\":{bomb}")), &body), Invalid::Malformed),
        ("typ twice", signed(&with(&head, "\"typ\":\"dpop+jwt\""), &body), Invalid::Malformed),
        ("alg twice, once escaped", signed(&with(&head, "\"\\u0061lg\":\"ES256\""), &body), Invalid::Malformed),
        ("jwk twice", signed(&with(&head, &format!("\"jwk\":{jwk}")), &body), Invalid::Malformed),
        ("kid twice", signed(&with(&with(&head, "\"kid\":1"), "\"kid\":1"), &body), Invalid::Malformed),
        ("x twice in jwk", signed(&x_twice, &body), Invalid::Malformed),
        ("claims not JSON", signed(&head, "x"), Invalid::Malformed),
        ("claims a list", signed(&head, "[]"), Invalid::Malformed),
        ("claims nested deeply", signed(&head, &with(&body, &format!("\"a\":{nested}"))), Invalid::Malformed),
        ("claims that overflow a parser", signed(&head, &with(&body, &format!("\"a\":{bomb}"))), Invalid::Malformed),
        ("jti twice", signed(&head, &with(&body, "\"jti\":\"x\"")), Invalid::Malformed),
        ("htu twice, once escaped", signed(&head, &with(&body, "\"ht\\u0075\":\"x\"")), Invalid::Malformed),
        ("too long", good(&key).claim("x", "a".repeat(8 * 1024)).sign(), Invalid::TooLong),
    ] {
        assert_eq!(outcome(&verifier, &proof), Err(reason), "{case}");
    }
}

#[test]
fn exactly_one_proof_header_is_required() {
    let (verifier, key) = (verifier(Dpop::optional()), key());
    let (one, other) = (good(&key).sign(), good(&key).sign());
    let verify = |proofs: &[&[u8]]| verify(&verifier, proofs, &Method::POST).map(drop);
    assert_eq!(verify(&[one.as_bytes()]), Ok(()));
    assert_eq!(verify(&[]), Err(Invalid::Missing));
    assert_eq!(verify(&[one.as_bytes(), other.as_bytes()]), Err(Invalid::Repeated));
    assert_eq!(verify(&[one.as_bytes(), one.as_bytes()]), Err(Invalid::Repeated));
    assert_eq!(verify(&["\u{ff}".as_bytes()]), Err(Invalid::Malformed));
}

#[test]
fn proof_algorithm_must_be_allowed_and_match_key() {
    for algorithm in [
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Ps256,
        SigningAlgorithm::Es256,
        SigningAlgorithm::Es384,
        SigningAlgorithm::EdDsa,
    ] {
        let key = SigningKey::generate(algorithm);
        let only: Algorithm = algorithm.name().parse().unwrap();
        let others = [Algorithm::Rs384, Algorithm::Es256, Algorithm::EdDsa].into_iter().filter(|other| *other != only);
        let good = || good(&key);
        assert_eq!(outcome(&verifier(Dpop::optional().algorithms([only])), &good().sign()), Ok(()), "{algorithm}");
        let refused = outcome(&verifier(Dpop::optional().algorithms(others)), &good().sign());
        assert_eq!(refused, Err(Invalid::Algorithm), "{algorithm}");
    }
    // An RSA key supports several algorithms. The one of the signature counts.
    let rsa = SigningKey::generate(SigningAlgorithm::Rs256);
    let both = verifier(Dpop::optional().algorithms([Algorithm::Rs256, Algorithm::Ps256]));
    assert_eq!(outcome(&both, &good(&rsa).header("alg", "PS256").sign()), Err(Invalid::Signature));
    assert_eq!(outcome(&both, &good(&rsa).jwk_member("alg", "PS256").sign()), Err(Invalid::Key));
    let small = URL_SAFE_NO_PAD.encode([0xff; 128]);
    let large = URL_SAFE_NO_PAD.encode([0xff; 513]);
    for modulus in [small, large] {
        assert_eq!(outcome(&both, &good(&rsa).jwk_member("n", modulus).sign()), Err(Invalid::Key));
    }
    let named = SigningKey::generate(SigningAlgorithm::EdDsa);
    assert_eq!(outcome(&verifier(Dpop::optional()), &good(&named).header("alg", "Ed25519").sign()), Ok(()), "RFC 9864");
}

#[test]
fn configured_proof_age_is_enforced() {
    let (verifier, key) = (verifier(Dpop::optional().max_age(Duration::from_secs(5))), key());
    assert_eq!(outcome(&verifier, &good(&key).issued_at(NOW - 5).sign()), Ok(()));
    assert_eq!(outcome(&verifier, &good(&key).issued_at(NOW - 6).sign()), Err(Invalid::Time));
}

#[test]
fn nonce_is_required_if_configured() {
    let (verifier, key) = (verifier(Dpop::optional().nonces(Duration::from_secs(300))), key());
    let (other, now) = (self::verifier(Dpop::optional().nonces(Duration::from_secs(300))), u64::try_from(NOW).unwrap());
    let nonce = |verifier: &DpopVerifier, at| verifier.nonce_at(at).unwrap();
    for (case, proof, expected) in [
        ("none", good(&key), Err(Invalid::Nonce)),
        ("empty", good(&key).nonce(""), Err(Invalid::Nonce)),
        ("made up", good(&key).nonce("AAAA"), Err(Invalid::Nonce)),
        ("a number", good(&key).claim("nonce", 7), Err(Invalid::Nonce)),
        ("another server's", good(&key).nonce(nonce(&other, now)), Err(Invalid::Nonce)),
        ("too old", good(&key).nonce(nonce(&verifier, now - 600)), Err(Invalid::Nonce)),
        ("the one before", good(&key).nonce(nonce(&verifier, now - 300)), Ok(true)),
        ("the current one", good(&key).nonce(nonce(&verifier, now)), Ok(false)),
        ("the current one in a bad proof", good(&key).nonce(nonce(&verifier, now)).without("ath"), Err(Invalid::Token)),
        ("none in a bad proof", good(&key).header("jwk", self::key().public_jwk()), Err(Invalid::Signature)),
    ] {
        let proof = verify(&verifier, &[proof.sign().as_bytes()], &Method::POST);
        assert_eq!(proof.map(|proof| proof.nonce_is_stale()), expected, "{case}");
    }
}

#[test]
fn only_remembering_consumes_the_proof() {
    let (verifier, key) = (verifier(Dpop::optional()), key());
    // Uses the system clock, because `remember` does.
    let proof = key.proof("POST", URL).access_token(TOKEN).claim("jti", "same");
    let headers = |proof: String| HeaderMap::from_iter([(DPOP, HeaderValue::try_from(proof).unwrap())]);
    let verify =
        |headers: &HeaderMap| verifier.verify(Presented { method: &Method::POST, path: "/mcp", headers, token: TOKEN });
    let once = headers(proof.clone().sign());
    let (first, second) = (verify(&once).unwrap_or_else(|_| panic!()), verify(&once).unwrap_or_else(|_| panic!()));
    assert_eq!(verifier.remember(&first), Ok(()));
    assert_eq!(verifier.remember(&second), Err(ReplayError::Used));
    // Signed again with the same jti.
    let again = headers(proof.claim("x", 1).sign());
    assert_eq!(verifier.remember(&verify(&again).unwrap_or_else(|_| panic!())), Err(ReplayError::Used));
    let other = self::key().proof("POST", URL).access_token(TOKEN).claim("jti", "same").sign();
    assert_eq!(
        verifier.remember(&verify(&headers(other)).unwrap_or_else(|_| panic!())),
        Ok(()),
        "the same jti from another client"
    );
}
