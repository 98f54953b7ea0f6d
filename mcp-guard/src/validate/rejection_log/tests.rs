use serde_json::json;

use super::*;

#[test]
fn audience_is_quoted_printable_ascii() {
    let list = |value: Value| quoted(value.as_array().unwrap());
    for (audience, expected) in [
        (json!(["https://todo.example.com/mcp"]), r#""https://todo.example.com/mcp""#),
        (json!(["a", "b"]), r#""a", "b""#),
        (json!([]), r#""""#),
        (json!(["a\", rule=\"scope"]), r#""a\", rule=\"scope""#),
        (json!(["a\r\nWARN \u{1b}[31m\\"]), r#""a\r\nWARN \u{1b}[31m\\""#),
        (json!(["\u{202e}é\u{0}\u{7f}"]), r#""\u{202e}\u{e9}\u{0}\u{7f}""#),
    ] {
        assert_eq!(list(audience), expected);
    }
}

#[test]
fn long_audience_is_cut() {
    for audience in [
        json!(["a".repeat(10_000)]),
        json!(vec!["a"; 10_000]),
        json!(["\u{1b}".repeat(10_000)]),
        json!(["a".repeat(MAX_AUDIENCE - CUT.len())]),
    ] {
        let shown = quoted(audience.as_array().unwrap());
        assert!(shown.len() <= MAX_AUDIENCE && shown.ends_with(CUT), "{} {shown}", shown.len());
    }
    let fits = "a".repeat(MAX_AUDIENCE - CUT.len() - 1);
    assert_eq!(quoted(&[json!(fits)]), format!("\"{fits}\""));
}
