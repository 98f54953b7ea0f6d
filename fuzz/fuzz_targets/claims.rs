//! Fuzzes the claims of a validly signed token. A simple reference check must accept all claims that the rules accept.

#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mcp_guard::fuzzing::Tokens;
use mcp_guard::issuer::TokenProfile;
use serde_json::Value;

const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "https://todo.example.com/mcp";
const NOW: u64 = 1_700_000_000;
const LEEWAY: f64 = 30.0;

static STRICT: LazyLock<Tokens> = LazyLock::new(|| tokens(TokenProfile::Rfc9068));
static RELAXED: LazyLock<Tokens> = LazyLock::new(|| tokens(TokenProfile::Jwt));

fn tokens(profile: TokenProfile) -> Tokens {
    Tokens::new(include_str!("../seeds/jwks.json"), ISSUER, AUDIENCE, profile)
}

fn has_text(claims: &Value, name: &str) -> bool {
    claims[name].as_str().is_some_and(|text| !text.is_empty())
}

fn is_reached(claims: &Value, name: &str, required: bool) -> bool {
    match &claims[name] {
        Value::Null => !required && claims.get(name).is_none(),
        date => date.as_f64().is_some_and(|date| date >= 0.0 && date.floor() <= NOW as f64 + LEEWAY),
    }
}

/// Reads the scopes of a claim.
fn scopes(claim: &Value) -> BTreeSet<String> {
    match claim {
        Value::String(text) => text.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
        Value::Array(list) => list.iter().map(|scope| scope.as_str().expect("a list of strings").to_owned()).collect(),
        Value::Null => BTreeSet::new(),
        other => panic!("unexpected scope claim {other}"),
    }
}

fuzz_target!(|payload: &str| {
    for (validator, strict) in [(&*STRICT, true), (&*RELAXED, false)] {
        let Some(granted) = validator.scopes(payload, NOW) else { continue };
        let claims: Value = serde_json::from_str(payload).expect("accepted claims are JSON");
        assert_eq!(claims["iss"], ISSUER);
        match &claims["aud"] {
            Value::String(one) => assert_eq!(one, AUDIENCE),
            Value::Array(many) => {
                assert!(many.iter().all(Value::is_string));
                assert!(many.iter().any(|one| one == AUDIENCE));
            }
            other => panic!("unexpected audience {other}"),
        }
        let expires = claims["exp"].as_f64().expect("a date");
        assert!(expires.is_finite() && expires + LEEWAY > NOW as f64 && expires < 253_402_300_800.0);
        assert!(is_reached(&claims, "nbf", false) && is_reached(&claims, "iat", strict));
        assert!(has_text(&claims, "sub"));
        assert!(claims.get("cnf").is_none());
        if strict {
            assert!(has_text(&claims, "client_id") && has_text(&claims, "jti"));
        } else {
            assert!(["nonce", "at_hash", "c_hash", "s_hash", "events"].iter().all(|claim| claims.get(claim).is_none()));
            assert!(has_text(&claims, "client_id") || claims.get("scope").is_some());
        }
        let granted: BTreeSet<String> = granted.iter().map(ToString::to_string).collect();
        assert_eq!(granted, scopes(&claims["scope"]));
    }
});
