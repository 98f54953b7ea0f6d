//! Fuzzes challenges. The input is a digit for the error, the metadata URL, and scopes, separated by zero bytes.
//! A strict parser of RFC 9110 section 11.6.1 must find exactly one challenge with the intended parameters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_guard::error::ChallengeError;
use mcp_guard::layer::Challenger;
use mcp_guard::{Scope, ScopeSet};

/// Parses `Scheme name="value", name="value"`, without escapes in values (RFC 6750 section 3).
fn parse(header: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let text = std::str::from_utf8(header).ok()?;
    if !text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
        return None;
    }
    let (scheme, mut rest) = text.split_once(' ')?;
    let mut parameters = Vec::new();
    loop {
        let (name, after) = rest.split_once("=\"")?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return None;
        }
        let (value, after) = after.split_once('"')?;
        if value.contains('\\') {
            return None;
        }
        parameters.push((name.to_owned(), value.to_owned()));
        if after.is_empty() {
            return Some((scheme.to_owned(), parameters));
        }
        rest = after.strip_prefix(", ")?;
    }
}

fuzz_target!(|input: &str| {
    let mut parts = input.split('\0');
    let error = match parts.next() {
        Some("1") => Some(ChallengeError::InvalidRequest),
        Some("2") => Some(ChallengeError::InvalidToken),
        Some("3") => Some(ChallengeError::InsufficientScope),
        _ => None,
    };
    let metadata = parts.next().unwrap_or_default();
    let needed: ScopeSet = parts.filter_map(|scope| Scope::new(scope.to_owned()).ok()).collect();
    let header = Challenger::new(metadata).challenge(error, &needed);
    let (scheme, parameters) = parse(header.as_bytes()).expect("one challenge");
    assert_eq!(scheme, "Bearer");
    let mut expected = Vec::new();
    if let Some(error) = error {
        expected.push(("error".to_owned(), error.code().to_owned()));
    }
    if !needed.is_empty() {
        expected.push(("scope".to_owned(), needed.to_string()));
    }
    let visible = |c: &char| matches!(c, '!'..='~') && !matches!(c, '"' | '\\');
    expected.push(("resource_metadata".to_owned(), metadata.chars().filter(visible).collect()));
    if let Some(error) = error {
        expected.push(("error_description".to_owned(), error.description().to_owned()));
    }
    assert_eq!(parameters, expected);
});
