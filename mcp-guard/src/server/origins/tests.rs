use super::*;

#[test]
fn param_headers_include_nested_arguments() {
    let schema = serde_json::json!({"properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "inner": {"properties": {"id": {"x-mcp-header": "Id"}}},
        "plain": {"type": "string"},
        "odd": {"x-mcp-header": "not a header"},
    }});
    let found: Vec<String> =
        param_headers(schema.as_object().unwrap()).iter().map(|name| name.as_str().to_owned()).collect();
    assert_eq!(found, ["mcp-param-id", "mcp-param-region"]);
}

#[test]
fn invalid_origins_are_rejected() {
    let is_wrong = |origin: &str| {
        let mut mistakes = Mistakes::default();
        AllowedOrigins::read(&[origin.to_owned()], &mut mistakes);
        !mistakes.is_empty()
    };
    for origin in ["https://app.example.com", "http://localhost:6274", "http://[::1]:8080"] {
        assert!(!is_wrong(origin), "{origin}");
    }
    for origin in [
        "",
        "*",
        "null",
        "app.example.com",
        "https://app.example.com/",
        "https://app.example.com/x",
        "https://APP.example.com",
        "https://app.example.com:443",
        "http://localhost:*",
        "file:///x",
    ] {
        assert!(is_wrong(origin), "{origin:?}");
    }
}
