use super::*;

#[test]
fn registration_accepts_https_loopback_and_private_schemes() {
    for good in [
        "https://app.example/callback",
        "http://127.0.0.1/callback",
        "http://localhost:3000/callback",
        "http://[::1]:3000/callback",
        "com.example.app:/callback",
        "cursor://anysphere.cursor-retrieval/oauth/callback",
    ] {
        assert!(may_be_registered(good), "{good} was rejected");
    }
    for bad in [
        "",
        "/callback",
        "http://app.example/callback",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "http://user@127.0.0.1/",
        "https://app.example/#fragment",
        "https://app.example/\n",
        "https://app.example\\@evil.example/",
        "https://âpp.example/",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
    ] {
        assert!(!may_be_registered(bad), "{bad:?} passed");
    }
}

#[test]
fn unregistered_client_requires_loopback_redirect() {
    for good in ["http://127.0.0.1:1/cb", "http://localhost:1/cb", "http://[::1]:1/cb", "http://127.9.9.9/"] {
        assert!(is_allowed(good, None), "{good} was rejected");
    }
    for bad in ["https://app.example/cb", "https://127.0.0.1/cb", "http://10.0.0.1/cb", "com.example.app:/cb"] {
        assert!(!is_allowed(bad, None), "{bad} passed");
    }
}

#[test]
fn registered_redirect_matches_except_loopback_port() {
    let registered = ["https://app.example/cb", "http://127.0.0.1/cb?x=1"].map(str::to_owned);
    for (presented, allowed) in [
        ("https://app.example/cb", true),
        ("https://app.example/cb/", false),
        ("https://app.example:8443/cb", false),
        ("https://app.example/cb?x=1", false),
        ("http://127.0.0.1/cb?x=1", true),
        ("http://127.0.0.1:54321/cb?x=1", true),
        ("http://127.0.0.1:54321/cb", false),
        ("http://localhost:54321/cb?x=1", false),
        ("https://127.0.0.1/cb?x=1", false),
    ] {
        assert_eq!(is_allowed(presented, Some(&registered)), allowed, "{presented}");
    }
    assert!(!is_allowed("http://127.0.0.1:1/cb", Some(&[])));
}

#[test]
fn parameters_extend_existing_query() {
    assert_eq!(with_params("http://localhost/cb", &[("a", "b c")]), "http://localhost/cb?a=b+c");
    assert_eq!(with_params("http://localhost/cb?x=1", &[("a", "&")]), "http://localhost/cb?x=1&a=%26");
}
