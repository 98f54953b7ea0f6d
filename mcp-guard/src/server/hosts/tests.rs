use axum::body::Body;

use super::*;

fn allowed(resource: &str, hosts: &[&str]) -> Allowed {
    let resource = ResourceUrl::parse(resource).unwrap();
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut mistakes = Mistakes::default();
    let hosts = AllowedHosts::new(&resource, AllowedHost::read_all(&hosts, &mut mistakes));
    let origins = AllowedOrigins::read(&["https://app.example.com".to_owned()], &mut mistakes);
    assert!(mistakes.is_empty());
    Allowed { hosts, origins: Some(origins.with_own(&resource).unwrap()), throttle: KeyedThrottle::default() }
}

fn passes(allowed: &Allowed, uri: &str, headers: &[(&str, &str)]) -> bool {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    allowed.check(&request.body(Body::empty()).unwrap()).is_ok()
}

#[test]
fn only_configured_hosts_are_allowed() {
    let public = allowed("https://todo.example.com/mcp", &["proxy.example.com:8443"]);
    for (host, pass) in [
        ("todo.example.com", true),
        ("TODO.example.com", true),
        ("todo.example.com:8443", true),
        ("proxy.example.com:8443", true),
        ("proxy.example.com", false),
        ("proxy.example.com:1", false),
        ("evil.example.com", false),
        ("todo.example.com.evil.com", false),
        ("evil.com@todo.example.com", false),
        ("todo.example.com:", false),
        ("todo.example.com:99999", false),
        ("localhost", false),
        ("127.0.0.1", false),
        ("", false),
    ] {
        assert_eq!(passes(&public, "/mcp", &[("host", host)]), pass, "{host}");
    }
    let unreadable = Request::builder().uri("/mcp").header("host", &b"todo.example.com\xff"[..]);
    assert!(public.check(&unreadable.body(Body::empty()).unwrap()).is_err(), "a host that cannot be read");
    let unreadable = Request::builder().uri("https://todo.example.com/mcp").header("host", &b"\xff"[..]);
    assert!(public.check(&unreadable.body(Body::empty()).unwrap()).is_err(), "even if the URI has an allowed host");
    assert!(!passes(&public, "/mcp", &[]), "no host");
    assert!(!passes(&public, "/mcp", &[("host", "todo.example.com"), ("host", "todo.example.com")]), "two hosts");
    assert!(passes(&public, "https://todo.example.com/mcp", &[]), "HTTP/2");
    assert!(!passes(&public, "https://evil.example.com/mcp", &[("host", "todo.example.com")]), "they disagree");
    let local = allowed("http://127.0.0.1:8080/mcp", &[]);
    for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"] {
        assert!(passes(&local, "/mcp", &[("host", host)]), "{host}");
    }
    for host in ["rebound.example.com:8080", "[::1]evil:8080", "127.0.0.1evil", "127.0.0.1:8080x", "127.0.0.1:+80"] {
        assert!(!passes(&local, "/mcp", &[("host", host)]), "{host}");
    }
}

#[test]
fn only_configured_origins_are_allowed() {
    let public = allowed("https://todo.example.com/mcp", &[]);
    let host = ("host", "todo.example.com");
    for (origin, pass) in [
        ("https://app.example.com", true),
        ("https://todo.example.com", true),
        ("https://APP.example.com", false),
        ("http://app.example.com", false),
        ("https://app.example.com:8443", false),
        ("https://app.example.com.evil.com", false),
        ("null", false),
        ("", false),
    ] {
        assert_eq!(passes(&public, "/mcp", &[host, ("origin", origin)]), pass, "{origin}");
    }
    assert!(passes(&public, "/mcp", &[host]), "no browser");
    let twice = [host, ("origin", "https://app.example.com"), ("origin", "https://app.example.com")];
    assert!(!passes(&public, "/mcp", &twice));
}

#[test]
fn invalid_hosts_are_rejected() {
    for host in ["", ":80", "https://h", "h/mcp", "*", "*.example.com", "a@b", "h:", "h:99999", "a b"] {
        assert_eq!(AllowedHost::read(host), None, "{host:?}");
    }
}
