use super::*;

#[test]
fn most_specific_range_decides() {
    for (accept, json, events) in [
        ("application/json, text/event-stream", true, true),
        ("TEXT/EVENT-STREAM,Application/Json", true, true),
        ("*/*", true, true),
        ("application/*, text/*", true, true),
        ("application/json", true, false),
        ("application/*", true, false),
        ("text/event-stream", false, true),
        ("application/json, application/mcp+json", true, false),
        ("*/*;q=0.1, text/html", true, true),
        ("*/*, application/json;q=0", false, true),
        ("application/json;q=0, application/*", false, false),
        ("application/json;q=0.0, text/event-stream;q=0.001", false, true),
        ("application/json;q=x", true, false),
        ("application/json; charset=utf-8 ; Q=0", false, false),
        ("text/html", false, false),
        ("*", false, false),
        ("json", false, false),
        ("", false, false),
        (",,", false, false),
    ] {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        assert_eq!(Accepted::of(&headers), Accepted { json, events }, "{accept}");
    }
}

#[test]
fn several_headers_are_one_list_and_none_accepts_everything() {
    let mut headers = HeaderMap::new();
    assert_eq!(Accepted::of(&headers), Accepted { json: true, events: true });
    headers.append(ACCEPT, HeaderValue::from_static("application/json"));
    headers.append(ACCEPT, HeaderValue::from_static("text/event-stream"));
    assert_eq!(Accepted::of(&headers), Accepted { json: true, events: true });
    headers.insert(ACCEPT, HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(Accepted::of(&headers), Accepted { json: false, events: false });
}
