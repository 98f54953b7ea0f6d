use super::*;

const METADATA: &str = "https://h/.well-known/oauth-protected-resource/mcp";

fn challenge(error: Option<ChallengeError>, needed: &str) -> String {
    let header = Challenger::new(METADATA).challenge(error, &needed.parse().unwrap());
    header.to_str().unwrap().to_owned()
}

#[test]
fn challenge_has_the_form_that_clients_parse() {
    for (error, needed, expected) in [
        (None, "todo:read", format!(r#"Bearer scope="todo:read", resource_metadata="{METADATA}""#)),
        (None, "", format!(r#"Bearer resource_metadata="{METADATA}""#)),
        (
            Some(ChallengeError::InvalidToken),
            "todo:read",
            format!(
                r#"Bearer error="invalid_token", scope="todo:read", resource_metadata="{METADATA}", error_description="The access token has expired or is not valid for this server""#
            ),
        ),
        (
            Some(ChallengeError::InsufficientScope),
            "todo:write todo:read",
            format!(
                r#"Bearer error="insufficient_scope", scope="todo:read todo:write", resource_metadata="{METADATA}", error_description="The access token lacks a required scope""#
            ),
        ),
    ] {
        assert_eq!(challenge(error, needed), expected);
    }
}

#[test]
fn challenge_spells_scopes_with_the_prefix() {
    let challenger = Challenger::new(METADATA).scope_prefix("api://todo/").unwrap();
    let header = challenger.challenge(None, &"todo:read openid".parse().unwrap());
    let expected = format!(r#"Bearer scope="api://todo/todo:read openid", resource_metadata="{METADATA}""#);
    assert_eq!(header.to_str().unwrap(), expected);
    assert!(Challenger::new(METADATA).scope_prefix("a\", error=\"x").is_err());
}

#[test]
fn dpop_challenge_follows_or_replaces_bearer() {
    let bearer = Challenger::new(METADATA);
    let either = bearer.clone().with_dpop(["ES256", "EdDSA"], false);
    let required = bearer.clone().with_dpop(["ES256", "EdDSA"], true);
    let (no_error, invalid, scope) =
        (None, Some(ChallengeError::InvalidToken), Some(ChallengeError::InsufficientScope));
    let metadata = format!("resource_metadata=\"{METADATA}\"");
    let algs = "algs=\"ES256 EdDSA\"";
    let description = |error: ChallengeError| format!("error_description=\"{}\"", error.description());
    for (challenger, error, expected) in [
        (&either, no_error, format!("Bearer scope=\"a\", {metadata}, DPoP {algs}")),
        (
            &either,
            invalid,
            format!(
                "Bearer error=\"invalid_token\", scope=\"a\", {metadata}, {}, DPoP {algs}",
                description(ChallengeError::InvalidToken)
            ),
        ),
        (
            &either,
            scope,
            format!(
                "Bearer error=\"insufficient_scope\", scope=\"a\", {metadata}, {}",
                description(ChallengeError::InsufficientScope)
            ),
        ),
        (&required, no_error, format!("DPoP scope=\"a\", {metadata}, {algs}")),
        (
            &required,
            Some(ChallengeError::UseDpopNonce),
            format!(
                "DPoP error=\"use_dpop_nonce\", scope=\"a\", {metadata}, {algs}, {}",
                description(ChallengeError::UseDpopNonce)
            ),
        ),
        (
            &either.for_dpop(),
            scope,
            format!(
                "DPoP error=\"insufficient_scope\", scope=\"a\", {metadata}, {algs}, {}",
                description(ChallengeError::InsufficientScope)
            ),
        ),
        (&bearer.for_dpop(), no_error, format!("Bearer scope=\"a\", {metadata}")),
    ] {
        let header = challenger.challenge(error, &"a".parse().unwrap());
        assert_eq!(header.to_str().unwrap(), expected);
    }
}

#[test]
fn description_never_resembles_a_parameter() {
    for error in [
        ChallengeError::InvalidRequest,
        ChallengeError::InvalidToken,
        ChallengeError::InsufficientScope,
        ChallengeError::InvalidDpopProof,
        ChallengeError::UseDpopNonce,
    ] {
        assert!(error.description().chars().all(|c| matches!(c, '\x20' | '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')));
        assert!(!error.description().contains(['=', ',']));
    }
}

#[test]
fn quote_cannot_end_the_metadata_url() {
    let header = Challenger::new("https://h/\"\r\nX: y\\ü").challenge(None, &ScopeSet::new());
    assert_eq!(header.to_str().unwrap(), r#"Bearer resource_metadata="https://h/X:y""#);
}
