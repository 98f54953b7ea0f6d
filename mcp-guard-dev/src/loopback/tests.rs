use super::*;

const GOOD: [&str; 12] = [
    "localhost",
    "localhost:8081",
    "LocalHost:80",
    "127.0.0.1",
    "127.0.0.1:8081",
    "127.1.2.3:65535",
    "127.255.255.255",
    "[::1]",
    "[::1]:8081",
    "[::1]:0",
    "[0:0:0:0:0:0:0:1]:8081",
    "[0000::0001]",
];

const BAD: [&str; 58] = [
    "",
    ":",
    ":8081",
    "evil.example",
    "evil.example:8081",
    "127.0.0.1.evil.com",
    "127.0.0.1.evil.com:8081",
    "localhost.evil.com",
    "evil.com.localhost",
    "evil-localhost",
    "localhost.",
    "127.0.0.1.",
    "127.0.0.1@evil",
    "127.0.0.1:80@evil",
    "evil@127.0.0.1",
    "@localhost",
    "localhost@",
    "localhost:",
    "localhost:x",
    "localhost:+80",
    "localhost:-1",
    "localhost:80 ",
    " localhost",
    "localhost ",
    "localhost\t",
    "localhost:65536",
    "localhost:80:80",
    "localhost/",
    "localhost:80/evil",
    "localhost\\evil",
    "localhost#evil",
    "localhost?evil",
    "localhost%00",
    "localhost, evil",
    "localhost,localhost",
    "127.1",
    "127.0.1",
    "127.0.0.01",
    "0127.0.0.1",
    "0x7f.0.0.1",
    "2130706433",
    "0.0.0.0",
    "128.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "::1",
    "::1:8081",
    "[::1",
    "::1]",
    "[::1]evil:80",
    "[::1]8081",
    "[::1]:",
    "[::1]]",
    "[[::1]]",
    "[::1%25lo]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[127.0.0.1]",
];

fn outcome(uri: &str, headers: &[(HeaderName, &str)]) -> bool {
    let headers = headers.iter().cloned().map(|(name, value)| (name, HeaderValue::from_str(value).unwrap()));
    // `HeaderMap::extend` with pairs would replace existing headers.
    let headers = headers.fold(HeaderMap::new(), |mut headers, (name, value)| {
        headers.append(name, value);
        headers
    });
    check(&uri.parse().unwrap(), &headers).is_ok()
}

#[test]
fn host_must_be_loopback() {
    for host in GOOD {
        assert!(outcome("/token", &[(HOST, host)]), "{host:?} was rejected");
    }
    for host in BAD {
        assert!(!outcome("/token", &[(HOST, host)]), "{host:?} passed");
    }
}

#[test]
fn uri_host_must_be_loopback() {
    for (uri, host, expected) in [
        ("http://localhost:8081/token", None, true),
        ("http://[::1]:8081/token", None, true),
        ("http://localhost:8081/token", Some("127.0.0.1:8081"), true),
        ("http://evil.example/token", None, false),
        ("http://evil.example/token", Some("localhost"), false),
        ("http://localhost/token", Some("evil.example"), false),
        ("http://localhost/token", Some(""), false),
        ("http://127.0.0.1@evil.example/token", None, false),
        ("http://evil.example@127.0.0.1/token", None, false),
        ("evil.example:443", None, false),
        ("*", None, false),
        ("/token", None, false),
    ] {
        let headers: Vec<_> = host.into_iter().map(|host| (HOST, host)).collect();
        assert_eq!(outcome(uri, &headers), expected, "{uri} {host:?}");
    }
}

#[test]
fn present_origin_must_be_loopback() {
    let with = |origin: &str| outcome("/token", &[(HOST, "localhost"), (ORIGIN, origin)]);
    for host in GOOD {
        assert!(with(&format!("http://{host}")), "http://{host} was rejected");
        assert!(with(&format!("https://{host}")), "https://{host} was rejected");
    }
    for host in BAD {
        assert!(!with(&format!("http://{host}")), "http://{host} passed");
        assert!(!with(&format!("https://{host}")), "https://{host} passed");
    }
    for origin in [
        "",
        "null",
        "*",
        "localhost",
        "//localhost",
        "http:localhost",
        "http:/localhost",
        "http:///localhost",
        "HTTP://localhost",
        "ftp://localhost",
        "file://",
        "file://localhost",
        "chrome-extension://localhost",
        "http://https://localhost",
        "http://localhost http://evil.example",
        "https://evil.example",
    ] {
        assert!(!with(origin), "{origin:?} passed");
    }
}

#[test]
fn repeated_host_or_origin_is_rejected() {
    assert!(!outcome("/", &[(HOST, "localhost"), (HOST, "localhost")]));
    assert!(!outcome("/", &[(HOST, "localhost"), (HOST, "evil.example")]));
    let origin = (ORIGIN, "http://localhost");
    assert!(!outcome("/", &[(HOST, "localhost"), origin.clone(), origin]));
}

#[test]
fn non_ascii_headers_are_rejected() {
    let odd = HeaderValue::from_bytes(b"localhost\xff").unwrap();
    assert!(check(&Uri::from_static("/"), &HeaderMap::from_iter([(HOST, odd)])).is_err());
    assert!(!is_loopback_origin(&HeaderValue::from_bytes(b"http://localhost\xff").unwrap()));
}
