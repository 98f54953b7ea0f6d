//! The calls: requests, valid responses, and their number.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use mcp_guard_dev::DevAuthServer;
use serde_json::json;

use super::*;

#[tokio::test]
async fn request_is_a_form_with_credentials() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let at = |credentials| Issuer::introspection(ISSUER, credentials).endpoint(mock.url()).audience(AUDIENCE);
    let basic = at(ClientAuthentication::secret("todo server", "a:b%c+d/ü")).connect(AUDIENCE).await.unwrap();
    let post = at(ClientAuthentication::secret_post("todo server", "a:b%c+d/ü")).connect(AUDIENCE).await.unwrap();
    assert!(check(&basic, "a&b=c+d").await.is_ok());
    assert!(check(&post, "a&b=c+d").await.is_ok());
    let requests = mock.requests();
    for request in &requests {
        assert_eq!((request.method.as_str(), request.uri.as_str()), ("POST", "/"), "the token is not in the URL");
        assert_eq!(request.header("accept"), Some("application/json"));
        assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(request.form("token"), ["a&b=c+d"]);
        assert_eq!(request.form("token_type_hint"), ["access_token"]);
    }
    // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    let expected = format!("Basic {}", STANDARD.encode("todo+server:a%3Ab%25c%2Bd%2F%C3%BC"));
    assert_eq!(requests[0].header("authorization"), Some(expected.as_str()));
    assert!(requests[0].form("client_id").is_empty() && requests[0].form("client_secret").is_empty());
    assert_eq!(requests[1].header("authorization"), None);
    assert_eq!(requests[1].form("client_id"), ["todo server"]);
    assert_eq!(requests[1].form("client_secret"), ["a:b%c+d/ü"]);
}

#[tokio::test]
async fn invalid_responses_are_unavailable() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = builder(&mock).connect(AUDIENCE).await.unwrap();
    let good = answer(json!({})).to_string();
    let doubled = good.replacen('{', "{\"active\":true,", 1);
    let at = |status: u16| Answer::text(status, &good);
    for (case, answer) in [
        ("401", at(401)),
        ("403", at(403)),
        ("401 with an inactive token", Answer::text(401, r#"{"active":false}"#)),
        ("400", at(400)),
        ("400 for another reason", Answer::text(400, r#"{"error":"invalid_request"}"#)),
        ("404", at(404)),
        ("429", at(429)),
        ("500", at(500)),
        ("503", at(503)),
        ("201", at(201)),
        ("204", Answer::text(204, "")),
        ("a redirect", at(302).header("location", &mock.url())),
        ("active as text", Answer::json(&answer(json!({"active": "true"})))),
        ("active as a number", Answer::json(&answer(json!({"active": 1})))),
        ("active as false text", Answer::json(&answer(json!({"active": "false"})))),
        ("no active", Answer::json(&answer(json!({"active": null})))),
        ("active repeated", Answer::text(200, &doubled)),
        ("no JSON", Answer::text(200, "active")),
        ("cut off", Answer::text(200, &good[..good.len() - 1])),
        ("a list", Answer::text(200, &format!("[{good}]"))),
        ("nothing", Answer::text(200, "")),
        ("a page", at(200).header("content-type", "text/html")),
        ("a signed response", at(200).header("content-type", "application/token-introspection+jwt")),
        ("no content type", Answer { headers: Vec::new(), ..at(200) }),
        ("unsafe JSON", Answer::text(200, &crate::json::stack_bomb(2))),
        ("too much", Answer::json(&answer(json!({"x": "x".repeat(1024 * 1024)})))),
    ] {
        mock.respond_with(answer);
        assert!(is_unavailable(&check(&validator, "token").await), "{case}");
        assert_eq!(validator.readiness().issuer_reachable, Some(false), "{case}");
    }
    mock.respond_with(at(200).header("content-type", "Application/JSON; charset=UTF-8"));
    assert!(check(&validator, "token").await.is_ok(), "none of these responses was cached");
    assert!(validator.readiness().ready);
}

#[tokio::test]
async fn unsupported_token_type_is_rejected() {
    let mock = Mock::start(Answer::text(400, r#"{"error":"unsupported_token_type"}"#)).await;
    let validator = builder(&mock).connect(AUDIENCE).await.unwrap();
    assert_eq!(check(&validator, "token").await.map(drop), Err(TokenError::Invalid(Invalid::Inactive)));
    assert_eq!(validator.readiness().issuer_reachable, Some(true));
}

#[tokio::test]
async fn retry_after_of_authorization_server_is_used() {
    let mock = Mock::start(Answer::text(503, "").header("retry-after", "17")).await;
    let validator = builder(&mock).connect(AUDIENCE).await.unwrap();
    let retry_after = Duration::from_secs(17);
    assert_eq!(check(&validator, "token").await.map(drop), Err(TokenError::Unavailable { retry_after }));
    mock.respond_with(Answer::text(503, ""));
    let retry_after = RETRY_AFTER;
    assert_eq!(check(&validator, "token").await.map(drop), Err(TokenError::Unavailable { retry_after }));
}

#[tokio::test]
async fn unreachable_issuer_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let validator = Issuer::introspection(ISSUER, credentials()).endpoint(gone).audience(AUDIENCE);
    assert!(is_unavailable(&check(&validator.connect(AUDIENCE).await.unwrap(), "token").await));
}

#[tokio::test]
async fn responses_are_cached_for_the_cache_time() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let calls = async |validator: Issuer<Introspection>, token: &str| {
        let (validator, before) = (validator.connect(AUDIENCE).await.unwrap(), mock.requests().len());
        for _ in 0..3 {
            let _ = check(&validator, token).await;
        }
        mock.requests().len() - before
    };
    assert_eq!(calls(builder(&mock), "good").await, 1);
    assert_eq!(calls(builder(&mock).cache_time(Duration::ZERO), "good").await, 3);
    assert_eq!(calls(builder(&mock).cached_tokens(0), "good").await, 3);
    mock.respond_with(Answer::json(&json!({"active": false})));
    assert_eq!(calls(builder(&mock), "bad").await, 1, "a rejected token is cached");
    assert_eq!(calls(builder(&mock).cache_time(Duration::ZERO), "bad").await, 3);
    mock.respond_with(Answer::text(503, ""));
    assert_eq!(calls(builder(&mock), "unknown").await, 3, "an outage is not cached");
}

#[tokio::test]
async fn expired_responses_are_not_cached() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let validator = builder(&mock).cache_time(Duration::from_millis(20)).connect(AUDIENCE).await.unwrap();
    assert!(check(&validator, "token").await.is_ok());
    tokio::time::sleep(Duration::from_millis(40)).await;
    mock.respond_with(Answer::json(&json!({"active": false})));
    assert_eq!(check(&validator, "token").await.map(drop), Err(Invalid::Inactive.into()));
    tokio::time::sleep(Duration::from_millis(40)).await;
    mock.respond_with(Answer::json(&answer(json!({"exp": unix_now() - 1}))));
    let validator = builder(&mock).connect(AUDIENCE).await.unwrap();
    for _ in 0..2 {
        assert!(check(&validator, "token").await.is_ok(), "within the leeway");
    }
    assert_eq!(mock.requests().len(), 4, "each use causes a call");
}

#[tokio::test]
async fn invalid_tokens_do_not_evict_valid_ones() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let validator = builder(&mock).cached_tokens(16).connect(AUDIENCE).await.unwrap();
    assert!(check(&validator, "good").await.is_ok());
    mock.respond_with(Answer::json(&json!({"active": false})));
    for number in 0..200 {
        assert_eq!(check(&validator, &format!("junk {number}")).await.map(drop), Err(Invalid::Inactive.into()));
    }
    assert!(check(&validator, "good").await.is_ok(), "the token is cached");
    assert_eq!((validator.accepted.len(), validator.rejected.len()), (1, 200));
    for number in 0..20_000 {
        let token = BearerToken::new(number.to_string());
        validator.rejected.insert(&validator.accepted.slot_of(hash(token.expose())), &token, Invalid::Inactive);
    }
    assert!(validator.rejected.len() <= 10_000);
}

#[tokio::test]
async fn removed_token_is_introspected_again() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let validator = builder(&mock).connect(AUDIENCE).await.unwrap();
    let handle = validator.cache_handle();
    assert!(check(&validator, "token").await.is_ok());
    mock.respond_with(Answer::json(&json!({"active": false})));
    assert!(check(&validator, "token").await.is_ok(), "revoked, but still cached");
    handle.forget_where(|token| token.subject() == "alice");
    assert_eq!(check(&validator, "token").await.map(drop), Err(Invalid::Inactive.into()));
    mock.respond_with(Answer::json(&answer(json!({}))));
    handle.forget("token");
    assert!(check(&validator, "token").await.is_ok(), "a rejection is also removed");
}

#[tokio::test]
async fn concurrent_requests_share_one_call() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let validator = Arc::new(builder(&mock).cache_time(Duration::ZERO).connect(AUDIENCE).await.unwrap());
    mock.delay(true);
    let requests: Vec<_> = (0..50)
        .map(|_| {
            let validator = Arc::clone(&validator);
            tokio::spawn(async move { check(&validator, "token").await })
        })
        .collect();
    mock.wait_for_requests(1).await;
    // On one thread, every request has joined the call before the call arrives.
    mock.delay(false);
    assert!(join_all(requests).await.into_iter().all(|result| result.unwrap().is_ok()));
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn call_outlives_its_request() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let validator = Arc::new(builder(&mock).connect(AUDIENCE).await.unwrap());
    mock.delay(true);
    let start = || {
        let validator = Arc::clone(&validator);
        tokio::spawn(async move { check(&validator, "token").await })
    };
    let first = start();
    mock.wait_for_requests(1).await;
    let second = start();
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    mock.delay(false);
    assert!(second.await.unwrap().is_ok());
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn call_before_removal_does_not_serve_later_requests() {
    let mock = Mock::start(Answer::json(&answer(json!({"sub": "stale"})))).await;
    let validator = Arc::new(builder(&mock).connect(AUDIENCE).await.unwrap());
    mock.delay(true);
    let start = || {
        let validator = Arc::clone(&validator);
        tokio::spawn(async move { check(&validator, "token").await.map(|token| token.subject().to_owned()) })
    };
    let before = start();
    mock.wait_for_requests(1).await;
    validator.cache_handle().forget("token");
    let after = start();
    mock.wait_for_requests(2).await;
    mock.delay(false);
    assert!(before.await.unwrap().is_ok());
    assert!(after.await.unwrap().is_ok());
    assert_eq!(mock.requests().len(), 2);
    assert!(check(&validator, "token").await.is_ok());
    assert_eq!(mock.requests().len(), 2, "the later response is cached");
}

#[tokio::test]
async fn concurrent_and_waiting_calls_are_bounded() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let validator = Arc::new(builder(&mock).max_calls(2).connect(AUDIENCE).await.unwrap());
    assert!(check(&validator, "known").await.is_ok());
    mock.delay(true);
    let start = |number: usize| {
        let validator = Arc::clone(&validator);
        tokio::spawn(async move { check(&validator, &format!("token {number}")).await })
    };
    let waiting: Vec<_> = (0..18).map(start).collect();
    mock.wait_for_requests(3).await;
    while validator.in_flight.len() < 18 {
        tokio::task::yield_now().await;
    }
    assert_eq!(mock.requests().len(), 3, "two calls in progress, sixteen tokens waiting");
    assert!(is_unavailable(&check(&validator, "one too many").await));
    assert!(check(&validator, "known").await.is_ok(), "a cached token needs no call");
    mock.delay(false);
    assert!(join_all(waiting).await.into_iter().all(|result| result.unwrap().is_ok()));
    assert_eq!(validator.in_flight.len(), 0);
    assert!(check(&validator, "one too many").await.is_ok());
}

#[tokio::test]
async fn long_token_is_not_introspected() {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let validator = builder(&mock).max_token_bytes(10).connect(AUDIENCE).await.unwrap();
    assert_eq!(check(&validator, &"x".repeat(11)).await.map(drop), Err(Invalid::TooLong.into()));
    assert!(mock.requests().is_empty());
    assert!(check(&validator, &"x".repeat(10)).await.is_ok());
}

#[tokio::test]
async fn endpoint_is_discovered_in_issuer_metadata() {
    let dev = DevAuthServer::builder().resource_server("todo", "S3CRET-of-ours").start().await.unwrap();
    let at = |issuer: &str| Issuer::introspection(issuer, credentials()).audience(AUDIENCE);
    let validator = at(dev.issuer()).connect(AUDIENCE).await.unwrap();
    let token = dev.opaque_token(dev.token().audience(AUDIENCE).scope("todo:read"));
    assert_eq!(check(&validator, &token).await.unwrap().issuer(), dev.issuer());
    assert_eq!(dev.introspections(), 1);
    let discovery = async |issuer: &str| match at(issuer).connect(AUDIENCE).await.map(drop) {
        Err(error) => error.to_string(),
        Ok(()) => panic!("it was built"),
    };
    let liar = DevAuthServer::builder().metadata_issuer("https://other.example.com").start().await.unwrap();
    assert!(discovery(liar.issuer()).await.contains("is of issuer"));
    for endpoint in [json!(null), json!("http://auth.example.com/introspect"), json!("introspect")] {
        let mock = Mock::start(Answer::text(500, "")).await;
        mock.respond_with(Answer::json(&json!({"issuer": mock.url(), "introspection_endpoint": endpoint})));
        assert!(discovery(&mock.url()).await.contains("no usable introspection_endpoint"), "{endpoint}");
    }
}
