//! Invalid dates, and almost equal issuers and audiences.

use super::raw::{HEADER, claims_with, raw_issuer, token};
use super::*;

#[tokio::test]
async fn invalid_dates_are_rejected() {
    let issuer = raw_issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let now = unix_now();
    for (claim, value, reason) in [
        ("exp", "0".to_owned(), Invalid::Expired),
        ("exp", "-0".to_owned(), Invalid::Expired),
        ("exp", "-0.0".to_owned(), Invalid::Expired),
        ("exp", "1e-300".to_owned(), Invalid::Expired),
        ("exp", format!("-{}", now + 600), Invalid::BadClaim),
        ("exp", "-0.5".to_owned(), Invalid::BadClaim),
        ("exp", "-9223372036854775808".to_owned(), Invalid::BadClaim),
        ("exp", "-9223372036854775809".to_owned(), Invalid::BadClaim),
        ("exp", "9223372036854775807".to_owned(), Invalid::BadClaim),
        ("exp", "9223372036854775808".to_owned(), Invalid::BadClaim),
        ("exp", "18446744073709551615".to_owned(), Invalid::BadClaim),
        ("exp", "18446744073709551616".to_owned(), Invalid::BadClaim),
        ("exp", format!("{}000", now + 600), Invalid::BadClaim), // milliseconds
        ("exp", "253402300799.5".to_owned(), Invalid::BadClaim),
        ("exp", "2.5e11".to_owned() + "0", Invalid::BadClaim),
        ("exp", "1e308".to_owned(), Invalid::BadClaim),
        ("exp", "1e400".to_owned(), Invalid::Malformed),
        ("exp", "Infinity".to_owned(), Invalid::Malformed),
        ("exp", "-NaN".to_owned(), Invalid::Malformed),
        ("exp", format!("0{now}"), Invalid::Malformed),
        ("exp", format!("+{now}"), Invalid::Malformed),
        ("exp", format!("{now}."), Invalid::Malformed),
        ("exp", format!("0x{now:x}"), Invalid::Malformed),
        ("exp", format!("\"{}\"", now + 600), Invalid::BadClaim),
        ("exp", format!("[{}]", now + 600), Invalid::BadClaim),
        ("exp", format!("{{\"$date\":{}}}", now + 600), Invalid::BadClaim),
        ("exp", "true".to_owned(), Invalid::BadClaim),
        ("nbf", "\"\"".to_owned(), Invalid::BadClaim),
        ("nbf", "-1".to_owned(), Invalid::BadClaim),
        ("nbf", "18446744073709551615".to_owned(), Invalid::BadClaim),
        ("nbf", "253402300799".to_owned(), Invalid::NotYetValid),
        ("nbf", "1e11".to_owned(), Invalid::NotYetValid),
        ("iat", "-1".to_owned(), Invalid::BadClaim),
        ("iat", "1e11".to_owned(), Invalid::NotYetValid),
        ("iat", format!("\"{now}\""), Invalid::BadClaim),
    ] {
        let claims = claims_with(&issuer, claim, &value);
        assert_eq!(rejection(&validator, &token(HEADER, &claims)).await, reason, "{claim} {value}");
    }
    for (claim, value) in [
        ("exp", format!("{}.999", now + 600)),
        ("exp", format!("{}e0", now + 600)),
        ("exp", format!("{}0E-1", now + 600)),
        ("exp", "253402300799".to_owned()),
        ("nbf", "0".to_owned()),
        ("nbf", "1e9".to_owned()),
        ("iat", format!("{now}.0")),
    ] {
        let claims = claims_with(&issuer, claim, &value);
        assert!(check(&validator, &token(HEADER, &claims)).await.is_ok(), "{claim} {value}");
    }
}

/// Similar spellings of a URL. Each is a different string, and so a different issuer and a different audience (RFC 8725
/// section 3.8, RFC 3986 section 6.2.1).
fn almost(url: &str) -> Vec<String> {
    let (scheme, rest) = url.split_once("://").unwrap();
    let e = rest.rfind('e').or_else(|| rest.rfind('o'));
    let mut all = vec![
        format!("{url}/"),
        format!("{url}."),
        format!("{url} "),
        format!(" {url}"),
        format!("{url}\u{0}"),
        format!("{url}\n"),
        format!("{url}\t"),
        format!("{url}?"),
        format!("{url}#"),
        format!("{url}%00"),
        format!("{url}\u{200b}"),
        format!("{url}\u{200d}"),
        format!("{url}\u{feff}"),
        format!("{url}\u{301}"),
        format!("\u{feff}{url}"),
        format!("\u{202e}{url}"),
        format!("{}://{rest}", scheme.to_uppercase()),
        format!("{scheme}:///{rest}"),
        format!("{scheme}:{rest}"),
        format!("{scheme}://@{rest}"),
        format!("{scheme}://user@{rest}"),
        format!("{scheme}://evil.example.com@{rest}"),
        format!("{scheme}://{rest}@evil.example.com"),
        format!("{scheme}://{rest}.evil.example.com"),
        format!("{scheme}://{rest}/../x"),
        format!("{url},{url}"),
        format!("{url} {url}"),
        rest.to_owned(),
        url[..url.len() - 1].to_owned(),
    ];
    if let Some(at) = e {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        // Cyrillic, full width, composed, decomposed, and uppercase.
        for letter in ["\u{435}", "\u{43e}", "\u{ff45}", "\u{e9}", "e\u{301}", "E", "%65"] {
            all.push(format!("{scheme}://{before}{letter}{after}"));
        }
    }
    all
}

#[tokio::test]
async fn issuer_is_compared_by_code_point() {
    let issuer = raw_issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    for other in almost(issuer.issuer()) {
        let claims = claims_with(&issuer, "iss", &json!(other).to_string());
        assert_eq!(rejection(&validator, &token(HEADER, &claims)).await, Invalid::Issuer, "{other:?}");
    }
    let port = issuer.address().port();
    for other in [format!("http://localhost:{port}"), format!("http://[::1]:{port}"), format!("http://127.1:{port}")] {
        let claims = claims_with(&issuer, "iss", &json!(other).to_string());
        assert_eq!(rejection(&validator, &token(HEADER, &claims)).await, Invalid::Issuer, "{other:?}");
    }
    for (other, reason) in [
        (json!(""), Invalid::BadClaim),
        (json!(null), Invalid::MissingClaim),
        (json!({"iss": issuer.issuer()}), Invalid::BadClaim),
        (json!(true), Invalid::BadClaim),
    ] {
        let claims = claims_with(&issuer, "iss", &other.to_string());
        assert_eq!(rejection(&validator, &token(HEADER, &claims)).await, reason, "{other}");
    }
}

#[tokio::test]
async fn audience_is_compared_by_code_point() {
    let issuer = raw_issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let punycode =
        ["https://xn--todo-9ua.example.com/mcp", "https://todo.example.com:443/mcp", "https://todo.example.com/%6dcp"];
    for other in almost(AUDIENCE).into_iter().chain(punycode.map(str::to_owned)) {
        for aud in [json!(other), json!([other])] {
            let claims = claims_with(&issuer, "aud", &aud.to_string());
            assert_eq!(rejection(&validator, &token(HEADER, &claims)).await, Invalid::Audience, "{aud}");
        }
    }
    for (aud, reason) in [
        (json!(""), Invalid::Audience),
        (json!([""]), Invalid::Audience),
        (json!([[AUDIENCE]]), Invalid::BadClaim),
        (json!([AUDIENCE, null]), Invalid::BadClaim),
        (json!([AUDIENCE, [AUDIENCE]]), Invalid::BadClaim),
        (json!({"aud": AUDIENCE}), Invalid::BadClaim),
        (json!(true), Invalid::BadClaim),
        (json!(0), Invalid::BadClaim),
    ] {
        let claims = claims_with(&issuer, "aud", &aud.to_string());
        assert_eq!(rejection(&validator, &token(HEADER, &claims)).await, reason, "{aud}");
    }
    for aud in [json!([AUDIENCE]), json!([AUDIENCE, AUDIENCE]), json!(["", "x", AUDIENCE])] {
        let claims = claims_with(&issuer, "aud", &aud.to_string());
        assert!(check(&validator, &token(HEADER, &claims)).await.is_ok(), "{aud}");
    }
}
