//! Requests through a configured proxy.

use super::*;

const LIMITS: Limits = Limits { connect: FOREVER, total: FOREVER };

/// A fetcher with this proxy, whose resolver returns loopback for every name.
fn proxied(policy: NetworkPolicy, proxy: &str) -> (Fetcher, Arc<AtomicUsize>) {
    let egress = Egress { proxy: Some(EgressProxy::parse(proxy).unwrap()), ..Egress::default() };
    let lookups = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lookups);
    let lookup: Lookup = Arc::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(vec![IpAddr::from([127, 0, 0, 1])])).boxed()
    });
    (Fetcher::with(policy, &egress, LIMITS, &lookup).unwrap(), lookups)
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
#[tokio::test]
async fn proxy_failure_names_the_proxy_without_credentials() {
    for (answer, expected, failure) in [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "unsuccessful", Failure::Connection),
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "proxy authorization required",
            Failure::ProxyCredentials,
        ),
        ("", "unexpected end of file", Failure::Connection),
    ] {
        let (port, connections) = server_with_response(answer).await;
        // The name of the proxy resolves to loopback, which the policy does not allow for other names.
        let (fetcher, lookups) = proxied(public(), &format!("http://user:s3cret@proxy.example.com:{port}"));
        let error = fetcher.get(&url("https://auth.example.com/jwks"), Accept::JSON).await.err().unwrap();
        assert_eq!(error.failure(), failure, "{error}");
        let error = error.to_string();
        assert!(error.contains(&format!("through the proxy http://proxy.example.com:{port}: ")), "{error}");
        assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
        assert_eq!((lookups.load(Ordering::SeqCst), connections.load(Ordering::SeqCst)), (1, 1), "{error}");
    }
}

#[tokio::test]
async fn loopback_is_not_requested_through_the_proxy() {
    let (proxy, at_proxy) = server_with_response(GOOD).await;
    let (port, connections) = server_with_response(GOOD).await;
    let (fetcher, _) = proxied(local(), &format!("http://127.0.0.1:{proxy}"));
    for host in ["127.0.0.1", "localhost"] {
        assert!(fetcher.get(&url(&format!("http://{host}:{port}/jwks")), Accept::JSON).await.is_ok(), "{host}");
    }
    assert_eq!((at_proxy.load(Ordering::SeqCst), connections.load(Ordering::SeqCst)), (0, 2));
}

#[tokio::test]
async fn proxy_keeps_the_checks_of_addresses_and_localhost() {
    let (port, connections) = server_with_response(GOOD).await;
    // The resolver does not check the addresses of this name, because it is that of the proxy.
    let (fetcher, lookups) = proxied(public(), &format!("http://localhost:{port}"));
    for target in [
        format!("http://localhost:{port}/jwks"),
        format!("https://localhost:{port}/jwks"),
        "https://127.0.0.1/jwks".to_owned(),
        "https://10.0.0.1/jwks".to_owned(),
        "https://169.254.169.254/jwks".to_owned(),
    ] {
        let error = fetcher.get(&url(&target), Accept::JSON).await.err().unwrap();
        assert!(matches!(error, FetchError::Forbidden { .. }), "{target}: {error}");
    }
    assert_eq!((lookups.load(Ordering::SeqCst), connections.load(Ordering::SeqCst)), (0, 0));
}
