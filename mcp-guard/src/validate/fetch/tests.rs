//! Allowed URLs and addresses, limits, and invalid responses.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

use super::fetcher::{Limits, check_url};
use super::reply::{MAX_BYTES, max_age};
use super::resolver::Lookup;
use super::*;

mod environment;
mod proxy;

/// The longest that a test waits before it fails.
const FOREVER: Duration = Duration::from_secs(60);
/// A limit that is never reached.
const NEVER: Duration = Duration::from_secs(60 * 60);
const SOON: Duration = Duration::from_millis(100);

fn public() -> NetworkPolicy {
    NetworkPolicy::for_url(&url("https://auth.example.com"))
}

fn local() -> NetworkPolicy {
    NetworkPolicy::for_url(&url("http://127.0.0.1:8081"))
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn fetcher(policy: NetworkPolicy) -> Fetcher {
    Fetcher::with(policy, &Egress::default(), Limits::DEFAULT, &resolver::system()).unwrap()
}

/// A fetcher whose resolver returns these addresses, one list for each resolution. The last list is repeated.
fn fetcher_with_addresses(policy: NetworkPolicy, names: &[(&str, &[&[&str]])]) -> (Fetcher, Arc<AtomicUsize>) {
    let parse = |list: &[&str]| list.iter().map(|address| address.parse().unwrap()).collect::<Vec<IpAddr>>();
    let names: HashMap<String, Vec<Vec<IpAddr>>> = names
        .iter()
        .map(|(name, lists)| ((*name).to_owned(), lists.iter().map(|list| parse(list)).collect()))
        .collect();
    let lookups = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lookups);
    let lookup: Lookup = Arc::new(move |name| {
        let time = count.fetch_add(1, Ordering::SeqCst);
        let lists = names.get(&name);
        let found = lists.and_then(|lists| lists.get(time).or(lists.last())).cloned();
        std::future::ready(found.ok_or_else(|| io::Error::other("no such name"))).boxed()
    });
    (Fetcher::with(policy, &Egress::default(), Limits { connect: FOREVER, total: FOREVER }, &lookup).unwrap(), lookups)
}

/// A server that responds to every request with these bytes and closes the connection, and its connection count.
async fn server_with_response(answer: impl Into<Vec<u8>>) -> (u16, Arc<AtomicUsize>) {
    let answer: Arc<[u8]> = answer.into().into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
            });
        }
    });
    (port, connections)
}

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[test]
fn invalid_max_age_is_ignored() {
    assert_eq!(max_age("public, max-age=300"), Some(Duration::from_secs(300)));
    assert_eq!(max_age("max-age=\"60\""), Some(Duration::from_secs(60)));
    for nonsense in ["no-store", "max-age=", "max-age=-1", "max-age=ten", "s-maxage=5"] {
        assert_eq!(max_age(nonsense), None, "{nonsense}");
    }
}

#[tokio::test]
async fn invalid_documents_are_rejected() {
    let page = |text: String| axum::routing::get(move || std::future::ready(text.clone()));
    let app = axum::Router::new()
        .route("/good", page("{}".to_owned()))
        .route("/moved", axum::routing::get(async || axum::response::Redirect::to("/good")))
        .route("/large", page(format!("\"{}\"", "x".repeat(MAX_BYTES))))
        .route("/nested", page(crate::json::stack_bomb(2)))
        .route("/text", page("hello".to_owned()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let fetcher = fetcher(local());
    let get = async |path: &str| fetcher.get(&url(&format!("http://{address}{path}")), Accept::JSON).await;
    assert_eq!(get("/good").await.unwrap().body, "{}");
    assert!(matches!(get("/moved").await, Err(FetchError::Status { status: 303, .. })), "redirects are not followed");
    assert!(matches!(get("/gone").await, Err(FetchError::Status { status: 404, .. })));
    assert!(matches!(get("/large").await, Err(FetchError::TooLarge(_))));
    assert!(matches!(get("/nested").await, Err(FetchError::NotJson(_))));
    assert!(matches!(get("/text").await, Err(FetchError::NotJson(_))));
}

#[tokio::test]
async fn insecure_urls_are_never_requested() {
    let url = Url::parse("http://192.0.2.1/keys").unwrap();
    assert!(matches!(fetcher(local()).get(&url, Accept::JSON).await, Err(FetchError::Insecure(_))));
}

#[tokio::test]
async fn ip_address_hosts_are_checked() {
    for (text, of_public, of_local, of_private) in [
        ("https://8.8.8.8/x", true, true, true),
        ("https://127.0.0.1/x", false, true, false),
        ("http://127.0.0.1:1/x", false, true, false),
        ("https://[::1]/x", false, true, false),
        ("https://[::ffff:127.0.0.1]/x", false, true, false),
        ("https://10.0.0.1/x", false, false, true),
        ("https://[fd00::1]/x", false, false, true),
        ("https://169.254.169.254/latest/meta-data", false, false, false),
        ("https://[fe80::1]/x", false, false, false),
        ("https://0.0.0.0/x", false, false, false),
        ("https://[::]/x", false, false, false),
        // Other spellings of IPv4 addresses.
        ("https://2130706433/x", false, true, false),
        ("https://0x7f.1/x", false, true, false),
        ("https://0177.0.0.1/x", false, true, false),
        ("https://127.1/x", false, true, false),
        ("https://127.0.0.1./x", false, true, false),
        ("https://1\u{ff12}7.0.0.1/x", false, true, false),
        ("https://0xa000001/x", false, false, true),
        ("https://0xa9fea9fe/x", false, false, false),
        ("https://[64:ff9b::a00:1]/x", false, false, false),
        ("https://[2002:a00:1::]/x", false, false, false),
    ] {
        let is_allowed = |policy| {
            check_url(&url(text), policy)
                .map_err(|error| assert!(matches!(error, FetchError::Forbidden { .. }), "{error}"))
                .is_ok()
        };
        assert_eq!(is_allowed(public()), of_public, "{text}");
        assert_eq!(is_allowed(local()), of_local, "{text}");
        assert_eq!(is_allowed(public().allowing_private_network(true)), of_private, "{text}");
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
#[tokio::test]
async fn resolved_address_is_checked_before_sending() {
    let (port, connections) = server_with_response(GOOD).await;
    for (policy, addresses, hint) in [
        (public(), &["127.0.0.1"][..], "only for an issuer on loopback"),
        (public(), &["::1", "127.0.0.1"], "only for an issuer on loopback"),
        (public(), &["::ffff:127.0.0.1"], "only for an issuer on loopback"),
        (public().allowing_private_network(true), &["127.0.0.1"], "only for an issuer on loopback"),
        (public(), &["10.0.0.1"], "`.allow_private_network()`"),
        (public(), &["fd12::1", "192.168.7.7"], "`.allow_private_network()`"),
        (local(), &["10.0.0.1"], "`.allow_private_network()`"),
        (public().allowing_private_network(true), &["169.254.169.254"], "link-local"),
        (local(), &["0.0.0.0"], "link-local"),
    ] {
        let (fetcher, lookups) = fetcher_with_addresses(policy, &[("keys.example.com", &[addresses])]);
        let error =
            fetcher.get(&url(&format!("https://keys.example.com:{port}/jwks")), Accept::JSON).await.err().unwrap();
        assert!(matches!(error, FetchError::Forbidden { .. }), "{addresses:?}: {error}");
        assert!(error.to_string().contains(hint), "{error}");
        assert_eq!(lookups.load(Ordering::SeqCst), 1);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn localhost_resolves_only_to_loopback() {
    let (port, connections) = server_with_response(GOOD).await;
    let local_url = url(&format!("http://localhost:{port}/jwks"));
    let (fetcher, _) = fetcher_with_addresses(local(), &[("localhost", &[&["127.0.0.1"]])]);
    assert!(fetcher.get(&local_url, Accept::JSON).await.is_ok(), "for an issuer on loopback");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let (fetcher, _) = fetcher_with_addresses(public(), &[("localhost", &[&["127.0.0.1"]])]);
    assert!(
        matches!(fetcher.get(&local_url, Accept::JSON).await, Err(FetchError::Forbidden { .. })),
        "for other issuers"
    );
    // Without TLS, a name that resolves to another machine must be rejected.
    for elsewhere in ["8.8.8.8", "10.0.0.1"] {
        let (fetcher, _) =
            fetcher_with_addresses(local().allowing_private_network(true), &[("localhost", &[&[elsewhere]])]);
        assert!(
            matches!(fetcher.get(&local_url, Accept::JSON).await, Err(FetchError::Forbidden { .. })),
            "{elsewhere}"
        );
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn forbidden_addresses_of_a_name_are_skipped() {
    let (port, connections) = server_with_response(GOOD).await;
    let (fetcher, _) =
        fetcher_with_addresses(local(), &[("localhost", &[&["10.0.0.1", "169.254.169.254", "127.0.0.1"]])]);
    assert!(fetcher.get(&url(&format!("http://localhost:{port}/jwks")), Accept::JSON).await.is_ok());
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn each_resolution_is_checked_again() {
    let (port, connections) = server_with_response(GOOD).await;
    let lists: &[&[&str]] = &[&["127.0.0.1"], &["10.0.0.1"], &["127.0.0.1"]];
    let (fetcher, lookups) = fetcher_with_addresses(local(), &[("localhost", lists)]);
    let url = url(&format!("http://localhost:{port}/jwks"));
    // The server closes each connection, so each fetch resolves the name again.
    assert!(fetcher.get(&url, Accept::JSON).await.is_ok());
    assert!(matches!(fetcher.get(&url, Accept::JSON).await, Err(FetchError::Forbidden { .. })));
    assert!(fetcher.get(&url, Accept::JSON).await.is_ok());
    // One resolution for each connection: the checked address is the address of the connection.
    assert_eq!((lookups.load(Ordering::SeqCst), connections.load(Ordering::SeqCst)), (3, 2));
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
#[tokio::test]
async fn unresolvable_names_are_unreachable() {
    let (fetcher, _) = fetcher_with_addresses(public(), &[("empty.example.com", &[&[]])]);
    for host in ["empty.example.com", "unknown.example.com"] {
        let error = fetcher.get(&url(&format!("https://{host}/x")), Accept::JSON).await.err().unwrap();
        assert_eq!(error.failure(), Failure::Unresolved, "{error}");
    }
}

#[tokio::test]
async fn built_request_url_is_checked() {
    let (port, connections) = server_with_response(GOOD).await;
    let fetcher = fetcher(public());
    let other = format!("http://127.0.0.1:{port}/");
    let sent = fetcher.send(&url("https://auth.example.com"), |client| client.post(other)).await;
    assert!(matches!(sent, Err(FetchError::Forbidden { .. })));
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

/// Returns the error of a fetch with these limits, while `answer` handles each connection.
async fn fetch_within<A, F>(limits: Limits, scheme: &str, answer: A) -> FetchError
where
    A: Fn(tokio::net::TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url(&format!("{scheme}://{}/jwks", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    let fetcher = Fetcher::with(local(), &Egress::default(), limits, &resolver::system()).unwrap();
    let fetched = tokio::time::timeout(FOREVER, fetcher.get(&url, Accept::JSON)).await;
    fetched.expect("the limit is not enforced").err().expect("no document was sent")
}

#[tokio::test]
async fn silent_server_times_out() {
    let silence = |mut stream: tokio::net::TcpStream| async move {
        let mut sink = Vec::new();
        let _ = stream.read_to_end(&mut sink).await;
    };
    let error = fetch_within(Limits { connect: NEVER, total: SOON }, "http", silence).await;
    assert_eq!(error.failure(), Failure::Timeout, "{error}");
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
#[tokio::test]
async fn pending_connection_times_out() {
    let silence = |mut stream: tokio::net::TcpStream| async move {
        let mut sink = Vec::new();
        let _ = stream.read_to_end(&mut sink).await;
    };
    let error = fetch_within(Limits { connect: SOON, total: NEVER }, "https", silence).await;
    assert_eq!(error.failure(), Failure::Connection, "{error}");
}

#[tokio::test]
async fn slow_response_times_out() {
    let trickle = |mut stream: tokio::net::TcpStream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n".to_vec();
        while stream.write_all(&answer).await.is_ok() {
            answer = b" ".to_vec();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let error = fetch_within(Limits { connect: NEVER, total: SOON }, "http", trickle).await;
    assert_eq!(error.failure(), Failure::Timeout, "{error}");
}

#[test]
fn default_limits_match_documentation() {
    assert_eq!(Limits::DEFAULT.connect, Duration::from_secs(5));
    assert_eq!(Limits::DEFAULT.total, Duration::from_secs(10));
}

#[tokio::test]
async fn malformed_responses_are_rejected() {
    let headers: String = (0..1_000).map(|i| format!("x-{i}: y\r\n")).collect();
    // The smallest gzip stream of `{}`. A decoder would return JSON.
    let zipped = [
        &b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 22\r\n\r\n"[..],
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xae, 5, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0, 0],
    ];
    for (answer, expected) in [
        (String::new().into_bytes(), "cannot be reached"),
        (b"garbage\r\n\r\n".to_vec(), "cannot be reached"),
        (format!("HTTP/1.1 200 OK\r\n{headers}\r\n{{}}").into_bytes(), "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\nx: ".iter().copied().chain(vec![b'y'; 1 << 20]).collect(), "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n".to_vec(), "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n".to_vec(), "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}".to_vec(), "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}".to_vec(), "cannot be reached"),
        (b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), "returned status 204"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfe".to_vec(), "valid JSON document"),
        (zipped.concat(), "valid JSON document"),
    ] {
        let (port, _) = server_with_response(answer.clone()).await;
        let fetched = fetcher(local()).get(&url(&format!("http://127.0.0.1:{port}/")), Accept::JSON).await;
        let error = fetched.err().unwrap_or_else(|| panic!("{}", answer.escape_ascii())).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn http_1_0_and_chunked_responses_are_accepted() {
    for answer in [
        GOOD,
        "HTTP/1.0 200 OK\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    ] {
        let (port, _) = server_with_response(answer).await;
        let fetched = fetcher(local()).get(&url(&format!("http://127.0.0.1:{port}/")), Accept::JSON).await;
        assert_eq!(fetched.unwrap().body, "{}", "{answer}");
    }
}

#[tokio::test]
async fn endless_body_is_cut_off() {
    let endless = |mut stream: tokio::net::TcpStream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        while stream.write_all(&answer).await.is_ok() {
            answer = vec![b' '; 64 * 1024];
        }
    };
    let error = fetch_within(Limits { connect: NEVER, total: NEVER }, "http", endless).await;
    assert!(matches!(error, FetchError::TooLarge(_)), "{error}");
}
