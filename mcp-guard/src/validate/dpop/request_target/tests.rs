use super::*;

#[test]
fn equivalent_urls_match() {
    let base = RequestUrls::below("https://todo.example.com").unwrap();
    let target = base.target("/a-b/mcp").unwrap();
    for (htu, same) in [
        ("https://todo.example.com/a-b/mcp", true),
        ("HTTPS://Todo.Example.COM/a-b/mcp", true),
        ("https://todo.example.com:443/a-b/mcp", true),
        ("https://todo.example.com:/a-b/mcp", true),
        ("https://todo.example.com/a%2Db/%6dcp", true),
        ("https://todo.example.com/a%2db/x/../mcp", true),
        ("https://todo.example.com/./a-b/mcp", true),
        ("https://todo.example.com/a-b/mcp?x=1", true),
        ("https://todo.example.com/a-b/mcp#x", true),
        ("http://todo.example.com/a-b/mcp", false),
        ("http://todo.example.com:443/a-b/mcp", false),
        ("https://todo.example.com:8443/a-b/mcp", false),
        ("https://todo.example.com:65979/a-b/mcp", false),
        ("https://evil.example.com/a-b/mcp", false),
        ("https://todo.example.com.evil.com/a-b/mcp", false),
        ("https://todo.example.com./a-b/mcp", false),
        ("https://todo.example.com@evil.com/a-b/mcp", false),
        ("https://user@todo.example.com/a-b/mcp", false),
        ("https://todo.example.com/a-b/mcp/", false),
        ("https://todo.example.com/a-b/MCP", false),
        ("https://todo.example.com/a-b", false),
        ("https://todo.example.com", false),
        ("https://todo.example.com//a-b/mcp", false),
        ("https://todo.example.com/a-b%2Fmcp", false),
        ("https://todo.example.com/a-b/mcp%20", false),
        ("https:/todo.example.com/a-b/mcp", false),
        ("https:\\\\todo.example.com\\a-b\\mcp", false),
        ("https://todo.example.com/a-b/\nmcp", false),
        (" https://todo.example.com/a-b/mcp", false),
        ("https://todo.example.com/a-b/mcp ", false),
        ("//todo.example.com/a-b/mcp", false),
        ("/a-b/mcp", false),
        ("urn:todo.example.com/a-b/mcp", false),
        ("ftp://todo.example.com:443/a-b/mcp", false),
        ("", false),
    ] {
        assert_eq!(Target::parse(htu).as_ref() == Some(&target), same, "{htu:?}");
    }
}

#[test]
fn request_path_cannot_change_the_host() {
    let base = RequestUrls::below("https://todo.example.com").unwrap();
    for path in ["*", "", ".evil.com/mcp", "@evil.com/mcp", ":8443/mcp", "/a b", "/\"", "/%zz"] {
        assert_eq!(base.target(path), None, "{path:?}");
    }
    assert_eq!(base.target("/"), Target::parse("https://todo.example.com"));
    assert_eq!(base.target("//evil.com/"), Target::parse("https://todo.example.com//evil.com/"));
}

#[test]
fn base_url_may_have_a_path() {
    assert_eq!(RequestUrls::below("http://h").unwrap().target("/"), Target::parse("http://h:80/"));
    let base = RequestUrls::below("http://127.0.0.1:8080/api/").unwrap();
    assert_eq!(base.target("/me"), Target::parse("http://127.0.0.1:8080/api/me"));
    for text in ["", "/api", "api.example.com", "https://h?x", "https://h#x", "https://u@h", "mailto:a@b", "https://"] {
        assert!(RequestUrls::below(text).is_none(), "{text:?}");
    }
}
