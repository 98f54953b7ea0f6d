//! Fuzzes the `Authorization` headers of a request.

#![no_main]

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|lines: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(AUTHORIZATION, value);
        }
    }
    let values: Vec<&HeaderValue> = headers.get_all(AUTHORIZATION).iter().collect();
    match mcp_guard::fuzzing::presented(&headers) {
        Some(Some(token)) => {
            let [value] = values[..] else { panic!("accepted {} headers", values.len()) };
            let value = value.as_bytes();
            // `Bearer`, one or more spaces, a b64token (RFC 6750 section 2.1), and optional spaces.
            assert!(value[..6].eq_ignore_ascii_case(b"Bearer") && value[6] == b' ');
            assert_eq!(value[6..].trim_ascii(), token.as_bytes());
            let text = token.trim_end_matches('=');
            assert!(!text.is_empty());
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)));
        }
        Some(None) => assert!(!values.is_empty()),
        None => assert!(values.len() <= 1),
    }
});
