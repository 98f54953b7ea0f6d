use super::*;

#[test]
fn well_known_part_precedes_the_resource_path() {
    for (resource, path, metadata) in [
        ("https://h", "/", "https://h/.well-known/oauth-protected-resource"),
        ("https://h/", "/", "https://h/.well-known/oauth-protected-resource"),
        ("https://h/mcp", "/mcp", "https://h/.well-known/oauth-protected-resource/mcp"),
        ("https://h/public/mcp", "/public/mcp", "https://h/.well-known/oauth-protected-resource/public/mcp"),
        ("https://h/mcp/", "/mcp/", "https://h/.well-known/oauth-protected-resource/mcp/"),
        ("http://127.0.0.1:8080/mcp", "/mcp", "http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp"),
        ("http://[::1]:8080/mcp", "/mcp", "http://[::1]:8080/.well-known/oauth-protected-resource/mcp"),
    ] {
        let parsed = ResourceUrl::parse(resource).unwrap();
        assert_eq!(parsed.as_str(), resource);
        assert_eq!(parsed.path(), path);
        assert_eq!(parsed.metadata_url(), metadata);
    }
}

#[test]
fn invalid_resource_is_rejected() {
    for (resource, expected) in [
        ("", "an absolute URL"),
        ("/mcp", "an absolute URL"),
        ("todo.example.com/mcp", "an absolute URL"),
        ("urn:todo", "an absolute URL"),
        ("http://todo.example.com/mcp", "https, or http on loopback"),
        ("http://0.0.0.0:8080/mcp", "https, or http on loopback"),
        ("https://h/mcp?x=1", "without a query"),
        ("https://h/mcp#x", "without a fragment"),
        ("https://user@h/mcp", "without a user name or password"),
        ("https://:pw@h/mcp", "without a user name or password"),
        ("https://H/mcp", "the canonical form \"https://h/mcp\""),
        ("HTTPS://h/mcp", "the canonical form \"https://h/mcp\""),
        ("https://h:443/mcp", "the canonical form \"https://h/mcp\""),
        ("https://h/a/../mcp", "the canonical form \"https://h/mcp\""),
        (" https://h/mcp", "the canonical form \"https://h/mcp\""),
        ("https://h/m\"cp", "the canonical form \"https://h/m%22cp\""),
    ] {
        let error = ResourceUrl::parse(resource).unwrap_err();
        assert_eq!(error.setting(), Setting::Resource);
        assert!(error.to_string().contains(expected) && !error.to_string().contains("pw@"), "{resource:?}: {error}");
    }
}

#[test]
fn loopback_address_is_that_of_the_url() {
    for (url, address) in [
        ("http://127.0.0.1:9000/mcp", Some("127.0.0.1:9000")),
        ("http://localhost:9000/mcp", Some("127.0.0.1:9000")),
        ("http://[::1]:9000/mcp", Some("[::1]:9000")),
        ("http://127.0.0.1/mcp", Some("127.0.0.1:80")),
        ("https://localhost/mcp", Some("127.0.0.1:443")),
        ("https://todo.example.com:9000/mcp", None),
        ("https://192.0.2.1:9000/mcp", None),
    ] {
        let found = ResourceUrl::parse(url).unwrap().loopback_address();
        assert_eq!(found, address.map(|address| address.parse().unwrap()), "{url}");
    }
}
