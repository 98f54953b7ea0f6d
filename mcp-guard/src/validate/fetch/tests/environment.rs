//! Environment variables. Each test runs another one in a process of its own.

use super::*;

/// The variables that name a proxy.
const PROXIES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Runs an ignored test of this file in a process with these variables.
async fn run(test: &str, variables: &[(&str, &str)]) {
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", &format!("validate::fetch::tests::environment::{test}"), "--ignored"]);
    for name in PROXIES.into_iter().chain(["NO_PROXY", "no_proxy"]) {
        child.env_remove(name);
    }
    let output = child.envs(variables.iter().copied()).output().await.unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("1 passed"), "the name of {test} has changed");
}

fn target() -> Url {
    url(&std::env::var("MCP_GUARD_DEV_TARGET").unwrap())
}

#[tokio::test]
#[ignore = "is run by another test, with an environment that names a proxy"]
async fn fetch_url_from_environment() {
    assert_eq!(fetcher(local()).get(&target(), Accept::JSON).await.unwrap().body, "{}");
}

#[tokio::test]
async fn environment_proxy_is_not_used() {
    let (port, connections) = server_with_response(GOOD).await;
    let (proxy, proxied) = server_with_response(GOOD).await;
    let (target, proxy) = (format!("http://127.0.0.1:{port}/"), format!("http://127.0.0.1:{proxy}"));
    let mut variables = PROXIES.map(|name| (name, proxy.as_str())).to_vec();
    variables.push(("MCP_GUARD_DEV_TARGET", &target));
    run("fetch_url_from_environment", &variables).await;
    assert_eq!((connections.load(Ordering::SeqCst), proxied.load(Ordering::SeqCst)), (1, 0));
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
#[tokio::test]
#[ignore = "is run by another test, with an environment that names a proxy"]
async fn fail_to_resolve_a_name() {
    let (fetcher, _) = fetcher_with_addresses(public(), &[]);
    let error = fetcher.get(&url("https://auth.example.com/jwks"), Accept::JSON).await.err().unwrap().to_string();
    for part in ["auth.example.com cannot be resolved", "DNS", "HTTPS_PROXY is set", "MCP_GUARD_EGRESS_PROXY"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
#[tokio::test]
async fn failed_connection_names_the_proxy_setting() {
    run("fail_to_resolve_a_name", &[("HTTPS_PROXY", "http://127.0.0.1:3128")]).await;
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
#[tokio::test]
#[ignore = "is run by another test, with an environment without CA certificates"]
async fn fetch_without_ca_certificates() {
    let fetcher = fetcher(local());
    assert_eq!(fetcher.get(&target(), Accept::JSON).await.unwrap().body, "{}", "http on loopback needs no CA");
    let mut secure = target();
    secure.set_scheme("https").unwrap();
    let error = fetcher.get(&secure, Accept::JSON).await.err().unwrap();
    assert!(matches!(error, FetchError::NoRoots { .. }), "{error}");
    assert!(!error.failure().is_temporary() && error.concerns_every_url(), "waiting does not help");
    for part in ["no usable CA certificates", "install them", "`.ca_file(..)`", "MCP_GUARD_CA_FILE"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}

/// The variables replace the certificates of the system on these platforms only.
#[cfg(all(target_os = "linux", any(feature = "aws-lc-rs", feature = "rustls-no-provider")))]
#[tokio::test]
async fn missing_ca_certificates_are_named_and_needed_only_for_tls() {
    let (port, connections) = server_with_response(GOOD).await;
    let target = format!("http://127.0.0.1:{port}/");
    let variables = [
        ("SSL_CERT_FILE", "/nonexistent/ca.pem"),
        ("SSL_CERT_DIR", "/nonexistent"),
        ("MCP_GUARD_DEV_TARGET", target.as_str()),
    ];
    run("fetch_without_ca_certificates", &variables).await;
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
