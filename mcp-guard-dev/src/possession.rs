//! Proof of possession at the token endpoint (RFC 9449 §5).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::clock::unix_now;
use crate::key::thumbprint;
use crate::oauth_error::{ErrorCode, OAuthError};

/// The maximum difference between `iat` and the current time, in seconds.
const WINDOW: u64 = 60;

/// The supported `alg` values of proofs.
pub(crate) const ALGORITHMS: [&str; 5] = ["ES256", "ES384", "EdDSA", "PS256", "RS256"];

/// Returns the thumbprint of the key in the request's proof, or `None` without a proof.
///
/// Does not detect replays: this server grants a token to any caller anyway.
pub(crate) fn proof_key(headers: &HeaderMap, url: &str) -> Result<Option<String>, OAuthError> {
    let mut proofs = headers.get_all("dpop").iter();
    let Some(proof) = proofs.next() else { return Ok(None) };
    let invalid = |description| OAuthError::new(ErrorCode::InvalidDpopProof, description);
    if proofs.next().is_some() {
        return Err(invalid("more than one DPoP header"));
    }
    let (header, claims, message, signature) =
        proof.to_str().ok().and_then(parse).ok_or(invalid("the proof is malformed"))?;
    if header["typ"] != "dpop+jwt" {
        return Err(invalid("typ must be dpop+jwt"));
    }
    let jwk = &header["jwk"];
    if jwk.get("d").is_some() {
        return Err(invalid("jwk contains a private key"));
    }
    if claims["htm"] != "POST" || claims["htu"] != url {
        return Err(invalid("htm or htu does not match the request"));
    }
    if claims["iat"].as_i64().is_none_or(|iat| iat.abs_diff(unix_now()) > WINDOW) {
        return Err(invalid("iat is too far from the current time"));
    }
    if !claims["jti"].is_string() {
        return Err(invalid("jti is missing"));
    }
    let holds = verify(header["alg"].as_str().unwrap_or_default(), jwk, message, &signature);
    let members = holds.ok_or(invalid("the signature is invalid"))?;
    Ok(Some(thumbprint(&members.into_iter().collect())))
}

/// Splits a proof into the header, the claims, the signed text and the signature.
fn parse(proof: &str) -> Option<(Value, Value, &str, Vec<u8>)> {
    let (message, signature) = proof.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    Some((json(header)?, json(claims)?, message, URL_SAFE_NO_PAD.decode(signature).ok()?))
}

/// Returns the required members of the key if it verifies the signature.
fn verify(alg: &str, jwk: &Value, message: &str, signature: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let member = |name: &'static str| jwk[name].as_str().map(|value| (name, value.to_owned()));
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok();
    let plain = |algorithm: &'static dyn VerificationAlgorithm, key: Vec<u8>| {
        UnparsedPublicKey::new(algorithm, key).verify(message.as_bytes(), signature).ok()
    };
    let rsa = |parameters: &'static RsaParameters| {
        let (n, e) = (bytes("n")?, bytes("e")?);
        RsaPublicKeyComponents { n, e }.verify(parameters, message.as_bytes(), signature).ok()
    };
    // SEC 1 §2.3.3: 0x04, then both coordinates at full length.
    let point = |length: usize| {
        let (x, y) = (bytes("x")?, bytes("y")?);
        (x.len() == length && y.len() == length).then(|| [&[4], x.as_slice(), y.as_slice()].concat())
    };
    let names: &[&'static str] = match (alg, jwk["kty"].as_str()?, jwk["crv"].as_str()) {
        ("ES256", "EC", Some("P-256")) => {
            plain(&ECDSA_P256_SHA256_FIXED, point(32)?)?;
            &["kty", "crv", "x", "y"]
        }
        ("ES384", "EC", Some("P-384")) => {
            plain(&ECDSA_P384_SHA384_FIXED, point(48)?)?;
            &["kty", "crv", "x", "y"]
        }
        ("EdDSA", "OKP", Some("Ed25519")) => {
            plain(&ED25519, bytes("x")?)?;
            &["kty", "crv", "x"]
        }
        ("PS256", "RSA", _) => {
            rsa(&RSA_PSS_2048_8192_SHA256)?;
            &["kty", "n", "e"]
        }
        ("RS256", "RSA", _) => {
            rsa(&RSA_PKCS1_2048_8192_SHA256)?;
            &["kty", "n", "e"]
        }
        _ => return None,
    };
    names.iter().map(|name| member(name)).collect()
}

#[cfg(test)]
mod tests;
