//! Fuzzes tokens. The fuzzer has no key, so an accepted token must be equal to one of the tokens in `seeds/tokens`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mcp_guard::fuzzing::Tokens;
use mcp_guard::issuer::TokenProfile;

const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "https://todo.example.com/mcp";
const SIGNED: &str = include_str!("../seeds/tokens");

static VALIDATORS: LazyLock<[Tokens; 2]> = LazyLock::new(|| {
    let validator = |profile| Tokens::new(include_str!("../seeds/jwks.json"), ISSUER, AUDIENCE, profile);
    let validators = [validator(TokenProfile::Rfc9068), validator(TokenProfile::Jwt)];
    for (name, token) in SIGNED.lines().filter_map(|line| line.split_once(' ')) {
        let accepted = validators.each_ref().map(|validator| validator.validate(token).is_some());
        assert_eq!(
            accepted,
            [name.starts_with("good"), name.starts_with("good") || name.starts_with("plain")],
            "{name}"
        );
    }
    validators
});

fuzz_target!(|token: &str| {
    for (strict, validator) in [true, false].into_iter().zip(&*VALIDATORS) {
        let Some(validated) = validator.validate(token) else { continue };
        assert_eq!(validated.issuer(), ISSUER);
        assert!(validated.audience().iter().any(|audience| audience == AUDIENCE));
        let (signed, _) = token.rsplit_once('.').expect("a token has three parts");
        let known = SIGNED.lines().filter_map(|line| line.split_once(' ')).find(|(name, token)| {
            token.rsplit_once('.').is_some_and(|(known, _)| known == signed)
                && (name.starts_with("good") || !strict && name.starts_with("plain"))
        });
        assert!(known.is_some(), "an unsigned token was accepted");
    }
});
