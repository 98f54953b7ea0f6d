//! Discovery, rotation and withdrawal of keys, and outages.

use std::sync::Mutex;

use axum::routing::get;
use axum::{Json, Router};
use futures::FutureExt as _;
use tokio::sync::Semaphore;

use super::*;

#[tokio::test]
async fn every_metadata_form_is_discovered() {
    for (form, path) in [
        (MetadataForm::OAuth, ""),
        (MetadataForm::OpenIdInserted, ""),
        (MetadataForm::OAuth, "/tenant1"),
        (MetadataForm::OpenIdInserted, "/tenant1"),
        (MetadataForm::OpenIdAppended, "/tenant1"),
    ] {
        let mut builder = DevAuthServer::builder().metadata_forms([form]);
        if !path.is_empty() {
            builder = builder.issuer_path(path);
        }
        let issuer = builder.start().await.unwrap();
        let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
        assert!(check(&validator, &good(&issuer).sign()).await.is_ok(), "{form:?} {path}");
    }
}

#[tokio::test]
async fn configured_jwks_url_skips_discovery() {
    let issuer = issuer().await;
    let validator = validator(&issuer).jwks_uri(issuer.jwks_uri()).connect(AUDIENCE).await.unwrap();
    assert!(check(&validator, &good(&issuer).sign()).await.is_ok());
    assert_eq!(issuer.metadata_fetches(), 0);
    let nowhere = Issuer::jwt(issuer.issuer()).audience("a").jwks_uri(issuer.token_endpoint()).connect(AUDIENCE).await;
    assert_eq!(nowhere.map(drop).unwrap_err().setting(), Setting::JwksUri);
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
#[tokio::test]
async fn private_network_requires_opt_in() {
    let error = async |builder: Issuer<Jwt>| {
        builder.audience(AUDIENCE).connect(AUDIENCE).await.map(drop).unwrap_err().to_string()
    };
    let of = |issuer: &str| Issuer::jwt(issuer);
    for builder in [of("https://10.0.0.1"), of("https://auth.example.com").jwks_uri("https://[fd99::1]/jwks")] {
        let error = error(builder).await;
        assert_eq!(error.matches("allow_private_network()").count(), 1, "{error}");
    }
    // No server is listening there, but the request is allowed.
    let allowed =
        error(of("https://auth.example.com").jwks_uri("https://[fd99::1]:1/jwks").allow_private_network()).await;
    assert!(allowed.contains("cannot be reached"), "{allowed}");
    let metadata = error(of("https://169.254.169.254").allow_private_network()).await;
    assert!(metadata.contains("link-local"), "{metadata}");
}

#[tokio::test]
async fn metadata_cannot_bypass_network_policy() {
    for (jwks_uri, reason) in [
        ("https://169.254.169.254/jwks", "link-local"),
        ("https://10.0.0.1/jwks", "private network"),
        ("http://10.0.0.1/jwks", "expected https, or http on loopback"),
        ("file:///etc/passwd", "expected https, or http on loopback"),
        ("https://:S3CRET@auth.example.com/jwks", "no usable jwks_uri"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let metadata = json!({"issuer": issuer, "jwks_uri": jwks_uri});
        let metadata = get(move || std::future::ready(Json(metadata.clone())));
        let app = Router::new().route("/.well-known/oauth-authorization-server", metadata);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let built = Issuer::jwt(&issuer).audience(AUDIENCE).connect(AUDIENCE).await;
        let error = built.map(drop).unwrap_err().to_string();
        assert!(error.contains(reason) && !error.contains("S3CRET"), "{error}");
    }
}

#[tokio::test]
async fn configured_loopback_jwks_url_is_allowed() {
    let issuer = issuer().await;
    let builder = Issuer::jwt("https://auth.example.com").audience(AUDIENCE).jwks_uri(issuer.jwks_uri());
    let validator = builder.connect(AUDIENCE).await.unwrap();
    let token = good(&issuer).claim("iss", "https://auth.example.com").sign();
    assert!(check(&validator, &token).await.is_ok());
}

#[tokio::test]
async fn concurrent_requests_share_one_key_fetch() {
    let issuer = issuer().await;
    let validator = Arc::new(validator(&issuer).connect(AUDIENCE).await.unwrap());
    assert_eq!(issuer.jwks_fetches(), 1);
    issuer.rotate_key();
    let token = good(&issuer).sign();
    let checks = (0..50).map(|_| {
        let (validator, token) = (Arc::clone(&validator), token.clone());
        tokio::spawn(async move { check(&validator, &token).await.is_ok() })
    });
    for accepted in futures::future::join_all(checks).await {
        assert!(accepted.unwrap());
    }
    assert_eq!(issuer.jwks_fetches(), 2);
}

#[tokio::test]
async fn unknown_kid_flood_causes_few_fetches() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let mut unavailable = 0;
    for i in 0..200 {
        let token = good(&issuer).header("kid", format!("made-up-{i}")).sign();
        match check(&validator, &token).await {
            Err(TokenError::Invalid(Invalid::UnknownKey)) => {}
            Err(TokenError::Unavailable { .. }) => unavailable += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(issuer.jwks_fetches(), 6, "the first fetch and a burst of five");
    assert_eq!(unavailable, 195, "a key is not reported as unknown without a fetch");
    assert!(check(&validator, &good(&issuer).sign()).await.is_ok());
}

#[tokio::test]
async fn unknown_kid_does_not_delay_rotation() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    assert_eq!(rejection(&validator, &good(&issuer).header("kid", "made-up").sign()).await, Invalid::UnknownKey);
    issuer.rotate_key();
    assert!(check(&validator, &good(&issuer).sign()).await.is_ok());
}

#[tokio::test]
async fn stream_checks_reserve_fetches_for_unknown_keys() {
    let issuer = issuer().await;
    let day = Duration::from_secs(24 * 60 * 60);
    let validator = validator(&issuer).refresh_cool_down(day).connect(AUDIENCE).await.unwrap();
    let old = good(&issuer).sign();
    let check_again = async |age| validator.validate(&BearerToken::new(old.as_str()).checked_again(age)).await;
    for _ in 0..3 {
        assert!(check_again(day).await.is_ok());
    }
    assert_eq!(issuer.jwks_fetches(), 1, "the keys are recent enough");
    for _ in 0..10 {
        assert!(check_again(Duration::ZERO).await.is_ok());
    }
    assert_eq!(issuer.jwks_fetches(), 4, "the first fetch and three of a burst of five");
    issuer.rotate_key();
    assert!(check(&validator, &good(&issuer).sign()).await.is_ok(), "a request with the new key may fetch");
    assert_eq!(check_again(day).await.unwrap_err(), Invalid::UnknownKey.into());
}

#[tokio::test]
async fn stream_check_detects_withdrawn_key() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let old = good(&issuer).sign();
    issuer.rotate_key();
    assert!(check(&validator, &old).await.is_ok(), "the keys were not fetched yet");
    let check = BearerToken::new(old.as_str()).checked_again(Duration::ZERO);
    assert_eq!(validator.validate(&check).await.unwrap_err(), Invalid::UnknownKey.into());
}

#[tokio::test]
async fn fetch_allowance_grows_over_time() {
    let issuer = issuer().await;
    let validator = validator(&issuer).refresh_cool_down(Duration::from_millis(200)).connect(AUDIENCE).await.unwrap();
    let made_up = async || check(&validator, &good(&issuer).header("kid", "made-up").sign()).await;
    for _ in 0..5 {
        assert_eq!(made_up().await.unwrap_err(), Invalid::UnknownKey.into());
    }
    assert!(matches!(made_up().await, Err(TokenError::Unavailable { .. })));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(made_up().await.unwrap_err(), Invalid::UnknownKey.into(), "one more fetch");
    assert!(matches!(made_up().await, Err(TokenError::Unavailable { .. })), "no second fetch");
}

#[tokio::test]
async fn due_keys_are_refreshed_in_background() {
    let issuer = DevAuthServer::builder().jwks_max_age(Duration::ZERO).start().await.unwrap();
    let validator = validator(&issuer).refresh_cool_down(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    let token = good(&issuer).sign();
    assert!(check(&validator, &token).await.is_ok());
    let deadline = SystemTime::now() + Duration::from_secs(5);
    while issuer.jwks_fetches() < 3 && SystemTime::now() < deadline {
        assert!(check(&validator, &token).await.is_ok());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(issuer.jwks_fetches() >= 3, "no key was unknown");
}

#[tokio::test]
async fn empty_key_set_retires_all_keys() {
    let issuer = issuer().await;
    let validator = validator(&issuer).refresh_cool_down(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    let token = good(&issuer).sign();
    assert!(check(&validator, &token).await.is_ok());
    issuer.retire_key(issuer.current_key().kid());
    assert_eq!(rejection(&validator, &good(&issuer).header("kid", "made-up").sign()).await, Invalid::UnknownKey);
    assert_eq!(rejection(&validator, &token).await, Invalid::UnknownKey);
    assert!(!validator.readiness().ready);
}

#[tokio::test]
async fn retired_key_invalidates_cached_tokens() {
    let issuer = issuer().await;
    let validator = validator(&issuer).refresh_cool_down(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    let old = good(&issuer).sign();
    assert!(check(&validator, &old).await.is_ok());
    issuer.rotate_key();
    assert!(check(&validator, &good(&issuer).sign()).await.is_ok(), "the new key is fetched");
    assert_eq!(rejection(&validator, &old).await, Invalid::UnknownKey);
}

#[tokio::test]
async fn issuer_outage_is_unavailable_not_invalid() {
    let issuer = issuer().await;
    let validator = validator(&issuer).refresh_cool_down(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    let known = good(&issuer).sign();
    issuer.add_key();
    let unknown = good(&issuer).sign();
    issuer.set_outage(true);
    assert!(check(&validator, &known).await.is_ok(), "the known key stays in use");
    let Err(TokenError::Unavailable { retry_after }) = check(&validator, &unknown).await else { panic!() };
    assert!(retry_after >= Duration::from_secs(1));
    assert_eq!(validator.readiness().issuer_reachable, Some(false));
    assert!(validator.readiness().ready);
    issuer.set_outage(false);
    assert!(check(&validator, &unknown).await.is_ok(), "after the outage, the new key is found");
}

#[tokio::test]
async fn known_keys_survive_outage_for_limited_time() {
    let issuer = DevAuthServer::builder().jwks_max_age(Duration::ZERO).start().await.unwrap();
    let validator = validator(&issuer)
        .refresh_cool_down(Duration::ZERO)
        .outage_grace(Duration::from_millis(300))
        .connect(AUDIENCE)
        .await
        .unwrap();
    let token = good(&issuer).sign();
    issuer.set_outage(true);
    assert!(check(&validator, &token).await.is_ok());
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(matches!(check(&validator, &token).await, Err(TokenError::Unavailable { .. })), "cached or not");
    assert!(!validator.readiness().ready);
    issuer.set_outage(false);
    assert!(check(&validator, &token).await.is_ok());
}

#[tokio::test]
async fn invalid_keys_do_not_affect_valid_keys() {
    let issuer = issuer().await;
    for garbage in
        [json!(7), json!({}), json!({"kty": "oct", "k": "AAAA"}), json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"})]
    {
        issuer.publish_jwk(garbage);
    }
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    assert!(check(&validator, &good(&issuer).sign()).await.is_ok());
}

#[tokio::test]
async fn moved_jwks_uri_is_rediscovered() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    // The JWKS URL and the published key.
    let first = SigningKey::generate(SigningAlgorithm::Es256);
    let published = Arc::new(Mutex::new(("first", first.public_jwk())));
    let metadata = {
        let (published, issuer) = (Arc::clone(&published), issuer.clone());
        async move || {
            let place = published.lock().unwrap().0;
            Json(json!({"issuer": issuer, "jwks_uri": format!("{issuer}/{place}")}))
        }
    };
    let keys = {
        let published = Arc::clone(&published);
        async move |axum::extract::Path(asked): axum::extract::Path<String>| {
            let (place, key) = published.lock().unwrap().clone();
            if asked == place { Ok(Json(json!({"keys": [key]}))) } else { Err(http::StatusCode::NOT_FOUND) }
        }
    };
    let app =
        Router::new().route("/.well-known/oauth-authorization-server", get(metadata)).route("/{place}", get(keys));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let builder = Issuer::jwt(&issuer).audience(AUDIENCE).refresh_cool_down(Duration::ZERO);
    let validator = builder.connect(AUDIENCE).await.unwrap();
    let second = SigningKey::generate(SigningAlgorithm::Es256);
    *published.lock().unwrap() = ("second", second.public_jwk());
    let token = second.token(&issuer).audience(AUDIENCE).scope("todo:read").sign();
    assert!(matches!(check(&validator, &token).await, Err(TokenError::Unavailable { .. })), "the old URL is gone");
    assert!(check(&validator, &token).await.is_ok(), "the new URL is discovered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_flood_does_not_affect_valid_tokens() {
    const TASKS: usize = 8;
    const ROUNDS: usize = 10;
    let issuer = issuer().await;
    // The allowance does not grow during the test.
    let day = Duration::from_secs(24 * 60 * 60);
    let validator = Arc::new(validator(&issuer).refresh_cool_down(day).connect(AUDIENCE).await.unwrap());
    let made_up = |i| good(&issuer).header("kid", format!("made-up-{i}")).sign();
    let flood: Arc<Vec<String>> = Arc::new((0..1_000).map(made_up).collect());
    let known = good(&issuer).sign();
    let tasks = (0..TASKS).map(|task| {
        let (validator, flood, known) = (Arc::clone(&validator), Arc::clone(&flood), known.clone());
        tokio::spawn(async move {
            let (mut unknown, mut unavailable, mut accepted) = (0, 0, 0);
            for (i, token) in (0..ROUNDS).flat_map(|_| flood.iter().enumerate()).filter(|(i, _)| i % TASKS == task) {
                match check(&validator, token).await {
                    Err(TokenError::Invalid(Invalid::UnknownKey)) => unknown += 1,
                    Err(TokenError::Unavailable { .. }) => unavailable += 1,
                    other => panic!("{other:?}"),
                }
                if i % 10 == task {
                    check(&validator, &known).await.expect("a valid token");
                    accepted += 1;
                }
            }
            [unknown, unavailable, accepted]
        })
    });
    let counts = futures::future::join_all(tasks).await.into_iter().map(Result::unwrap);
    let [unknown, unavailable, accepted] =
        counts.fold([0; 3], |sum, counts| std::array::from_fn(|i| sum[i] + counts[i]));
    println!("unknown: {unknown}, unavailable: {unavailable}, accepted: {accepted}");
    assert_eq!(unknown + unavailable, 10_000);
    assert!(accepted > 0);
    assert_eq!(issuer.jwks_fetches(), 6, "the first fetch and a burst of five");
    assert!(
        (5..=5 * TASKS).contains(&unknown),
        "only requests that waited for one of the five fetches get this error: {unknown}"
    );
}

/// A fetch whose response was written before the new key was published, and arrives after.
#[tokio::test]
async fn fetch_older_than_key_is_repeated() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let published = Arc::new(Mutex::new(Vec::<Value>::new()));
    // The first response is immediate. Each later one waits for the test.
    let (written, let_go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(1)));
    let keys = {
        let (published, written, let_go) = (Arc::clone(&published), Arc::clone(&written), Arc::clone(&let_go));
        async move || {
            let answer = Json(json!({"keys": *published.lock().unwrap()}));
            written.add_permits(1);
            let_go.acquire().await.unwrap().forget();
            answer
        }
    };
    let app = Router::new().route("/keys", get(keys));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let (first, second) =
        (SigningKey::generate(SigningAlgorithm::Es256), SigningKey::generate(SigningAlgorithm::Es256));
    published.lock().unwrap().push(first.public_jwk());
    let builder = Issuer::jwt(&issuer).audience(AUDIENCE).jwks_uri(format!("{issuer}/keys"));
    let validator = builder.connect(AUDIENCE).await.unwrap();
    written.acquire().await.unwrap().forget();

    let token = |key: &SigningKey| key.token(&issuer).audience(AUDIENCE).scope("todo:read");
    let (made_up, good) = (token(&first).header("kid", "made-up").sign(), token(&second).sign());
    let mut asks = Box::pin(check(&validator, &made_up));
    assert!((&mut asks).now_or_never().is_none());
    written.acquire().await.unwrap().forget();
    published.lock().unwrap().push(second.public_jwk());
    let mut joins = Box::pin(check(&validator, &good));
    assert!((&mut joins).now_or_never().is_none());
    let_go.add_permits(100);
    let (asked, joined) = futures::future::join(asks, joins).await;
    assert_eq!(asked.unwrap_err(), Invalid::UnknownKey.into());
    assert!(joined.is_ok(), "the key was published before the request");
}

#[tokio::test]
async fn key_without_kid_can_be_replaced() {
    let nameless = |key: &SigningKey| {
        let mut jwk = key.public_jwk();
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    };
    let issuer = issuer().await;
    let (old, new) = (SigningKey::generate(SigningAlgorithm::Rs256), SigningKey::generate(SigningAlgorithm::Rs256));
    let signed = |key: &SigningKey| key.token(issuer.issuer()).audience(AUDIENCE).without_header("kid").sign();
    let keys = Arc::new(Mutex::new(nameless(&old)));
    let current = Arc::clone(&keys);
    let jwks = get(async move || Json(json!({"keys": [current.lock().unwrap().clone()]})));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/jwks", jwks)).await });
    let validator = validator(&issuer).jwks_uri(url).connect(AUDIENCE).await.unwrap();
    assert!(check(&validator, &signed(&old)).await.is_ok());
    *keys.lock().unwrap() = nameless(&new);
    assert!(check(&validator, &signed(&new)).await.is_ok());
    *keys.lock().unwrap() = nameless(&SigningKey::generate(SigningAlgorithm::Rs256));
    let forged = signed(&SigningKey::generate(SigningAlgorithm::Rs256));
    assert_eq!(rejection(&validator, &forged).await, Invalid::Signature, "only the published key is accepted");
    assert_eq!(rejection(&validator, &signed(&old)).await, Invalid::Signature);
}

/// A server of a JWKS with this content type that records the `Accept` header of each request.
async fn key_server(content_type: Option<&'static str>, body: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&accepted);
    let keys = get(async move |headers: http::HeaderMap| {
        seen.lock().unwrap().push(headers["accept"].to_str().unwrap().to_owned());
        let mut response = http::Response::new(axum::body::Body::from(body));
        if let Some(content_type) = content_type {
            response.headers_mut().insert("content-type", http::HeaderValue::from_static(content_type));
        }
        response
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/jwks", keys)).await });
    (url, accepted)
}

#[tokio::test]
async fn key_sets_of_any_content_type_are_used() {
    let issuer = issuer().await;
    let body = json!({"keys": [issuer.current_key().public_jwk()]}).to_string();
    for content_type in [
        Some("application/jwk-set+json"),
        Some("application/jwk-set+json;charset=UTF-8"),
        Some("application/json"),
        Some("application/json; charset=utf-8"),
        Some("text/plain"),
        Some("application/octet-stream"),
        None,
    ] {
        let (url, accepted) = key_server(content_type, body.clone()).await;
        let validator = validator(&issuer).jwks_uri(url).connect(AUDIENCE).await.unwrap();
        assert!(check(&validator, &good(&issuer).sign()).await.is_ok(), "{content_type:?}");
        assert_eq!(*accepted.lock().unwrap(), ["application/jwk-set+json, application/json"]);
    }
}

#[tokio::test]
async fn large_key_set_is_a_clear_error() {
    let issuer = issuer().await;
    let padding = "A".repeat(10_000_000);
    let (url, _) = key_server(None, json!({"keys": [{"kty": "oct", "k": padding}]}).to_string()).await;
    let error = validator(&issuer).jwks_uri(&url).connect(AUDIENCE).await.map(drop).unwrap_err().to_string();
    assert!(error.contains(&url) && error.contains("is larger than 1048576 bytes"), "{error}");
}

/// Without the rule, these tokens get 401 until the fetch allowance is used up, and then 503.
#[tokio::test]
async fn unusable_key_is_rejected_without_a_fetch() {
    let issuer = issuer().await;
    let (twin, other_twin) =
        (SigningKey::generate(SigningAlgorithm::Es256).public_jwk(), SigningKey::generate(SigningAlgorithm::Es256));
    let named = |mut jwk: Value, kid: &str| {
        jwk["kid"] = kid.into();
        jwk
    };
    let mut encryption = named(SigningKey::generate(SigningAlgorithm::Rs256).public_jwk(), "enc");
    encryption["use"] = "enc".into();
    for jwk in [
        named(json!({"kty": "EC", "crv": "P-521", "x": "AAAA", "y": "AAAA"}), "p521"),
        named(json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}), "future"),
        named(json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "short"),
        named(twin, "twins"),
        named(other_twin.public_jwk(), "twins"),
        encryption,
    ] {
        issuer.publish_jwk(jwk);
    }
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    for _ in 0..10 {
        for kid in ["p521", "future", "short", "twins", "enc"] {
            assert_eq!(rejection(&validator, &good(&issuer).header("kid", kid).sign()).await, Invalid::UnknownKey);
        }
    }
    assert_eq!(issuer.jwks_fetches(), 1);
    assert!(check(&validator, &good(&issuer).sign()).await.is_ok());
}

#[tokio::test]
async fn keys_with_one_kid_and_two_algorithms_are_used() {
    let issuer = issuer().await;
    let rsa = SigningKey::generate(SigningAlgorithm::Rs256);
    let mut jwk = rsa.public_jwk();
    jwk["kid"] = issuer.current_key().kid().into();
    issuer.publish_jwk(jwk);
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let by_rsa = rsa.token(issuer.issuer()).audience(AUDIENCE).scope("todo:read");
    for token in [good(&issuer), by_rsa.header("kid", issuer.current_key().kid())] {
        assert!(check(&validator, &token.sign()).await.is_ok());
    }
}
