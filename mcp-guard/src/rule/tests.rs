use std::collections::BTreeSet;

use super::*;

/// The identifiers are part of the public API: dashboards and alerts use them.
const PINNED: &[&str] = &[
    "token_missing",
    "authorization_header",
    "token_too_long",
    "token_malformed",
    "token_algorithm",
    "token_type",
    "token_extension",
    "token_key",
    "token_signature",
    "token_issuer",
    "token_audience",
    "token_expired",
    "token_not_yet_valid",
    "token_missing_claim",
    "token_client",
    "token_claim_value",
    "token_claim_form",
    "token_binding",
    "token_unbound",
    "token_inactive",
    "token_revoked",
    "token_lifetime",
    "token_ended",
    "token_rejected",
    "issuer_unavailable",
    "proof_required",
    "proof_missing",
    "proof_repeated",
    "proof_too_long",
    "proof_malformed",
    "proof_type",
    "proof_extension",
    "proof_algorithm",
    "proof_key",
    "proof_id",
    "proof_method",
    "proof_target",
    "proof_time",
    "proof_token",
    "proof_signature",
    "proof_nonce",
    "proof_replayed",
    "proof_limit",
    "host",
    "origin",
    "forwarded",
    "connection_limit",
    "address_connection_limit",
    "request_limit",
    "address_request_limit",
    "unread_limit",
    "header_malformed",
    "header_mismatch",
    "content_encoding",
    "accept",
    "body_limit",
    "body_timeout",
    "body_incomplete",
    "body_memory",
    "body_values",
    "message_malformed",
    "message_batch",
    "method_unknown",
    "tool_unknown",
    "subject_missing",
    "task_unknown",
    "request_state",
    "subscription_limit",
    "session_unknown",
    "session_limit",
    "session_request_limit",
    "request_id_in_use",
    "request_id_too_long",
    "credentials_rate",
    "address_rate",
    "caller_rate",
    "caller_concurrency",
    "operation_rate",
    "operation_concurrency",
    "scope",
    "claim_missing",
    "arguments",
    "record_limit",
    "layer_missing",
    "server_error",
];

#[test]
fn rule_identifiers_are_pinned() {
    assert_eq!(Rule::ALL.iter().map(|rule| rule.as_str()).collect::<Vec<_>>(), PINNED);
}

/// Their warnings count them, so that records need not be logged as well.
#[test]
fn rejected_tokens_have_warnings() {
    let tokens = Rule::ALL.iter().filter(|rule| rule.as_str().starts_with("token_"));
    let without: Vec<_> = tokens.filter(|rule| !rule.has_warning()).collect();
    assert_eq!(without, [&Rule::TokenMissing, &Rule::TokenEnded]);
}

#[test]
fn rule_identifiers_are_unique_and_snake_case() {
    let mut seen = BTreeSet::new();
    for rule in Rule::ALL {
        let words = rule.as_str().split('_');
        let is_snake_case = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(words.clone().all(is_snake_case), "{rule}");
        assert!(seen.insert(rule.as_str()), "{rule} is used twice");
        assert_eq!(rule.to_string(), rule.as_str());
    }
}

#[test]
fn documentation_lists_every_rule() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rejections.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rules) = page.split_once("\n## Rules\n").unwrap();
    let listed: Vec<&str> =
        rules.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |")).map(|(rule, _)| rule).collect();
    assert_eq!(listed, Rule::ALL.iter().map(|rule| rule.as_str()).collect::<Vec<_>>());
}
