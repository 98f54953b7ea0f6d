//! Fuzzes the documents of an authorization server: its metadata and its keys.

#![no_main]

use std::net::Ipv4Addr;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const ISSUER: &str = "https://auth.example.com";
const LOCAL: &str = "http://127.0.0.1:8081";

/// Returns whether the host of a normalized URL is a loopback address. Host names are checked when they are resolved.
fn is_loopback(uri: &str) -> bool {
    let host = uri.split_once("://").map_or("", |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    host.starts_with("[::1]") || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// Returns whether a key could verify any signature.
fn may_verify(jwk: &Value) -> bool {
    let is_public = ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().all(|member| jwk.get(member).is_none());
    let is_for_signatures = jwk.get("use").is_none_or(|usage| usage.is_null() || usage == "sig");
    let material = match (jwk["kty"].as_str(), jwk["crv"].as_str()) {
        (Some("RSA"), _) => jwk["n"].as_str().is_some_and(|n| n.len() >= 342) && jwk["e"].is_string(),
        (Some("EC"), Some("P-256" | "P-384")) => jwk["x"].is_string() && jwk["y"].is_string(),
        (Some("OKP"), Some("Ed25519")) => jwk["x"].is_string(),
        _ => false,
    };
    is_public && is_for_signatures && material
}

fuzz_target!(|document: &str| {
    for issuer in [ISSUER, LOCAL] {
        let Some(uri) = mcp_guard::fuzzing::jwks_uri(document, issuer) else { continue };
        let metadata: Value = serde_json::from_str(document).expect("accepted metadata is JSON");
        assert_eq!(metadata["issuer"], issuer);
        assert!(uri.starts_with("https://") || issuer == LOCAL && uri.starts_with("http://"));
        assert!(issuer == LOCAL || !is_loopback(&uri));
    }
    if let Some(usable) = mcp_guard::fuzzing::usable_keys(document) {
        let set: Value = serde_json::from_str(document).expect("an accepted key set is JSON");
        let keys = set["keys"].as_array().expect("a list of keys");
        assert!(usable <= keys.iter().filter(|key| may_verify(key)).count());
    }
});
