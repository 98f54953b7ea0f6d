//! Google and GitHub, with the responses of their documentation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::issuer::Opaque;

const CLIENT: &str = "1234.apps.googleusercontent.com";

async fn google(mock: &Mock) -> IntrospectionValidator {
    let issuer = Provider::GOOGLE.issuer([CLIENT, "android"]).at(format!("{}/tokeninfo", mock.url()));
    issuer.cache_time(Duration::ZERO).connect().await.unwrap()
}

fn token_info(replaced: Value) -> Value {
    let mut info = answer(json!({
        "active": null, "iss": null, "iat": null, "token_type": null, "client_id": null,
        "azp": CLIENT,
        "aud": CLIENT,
        "sub": "110169484474386276334",
        "scope": "email https://www.googleapis.com/auth/drive openid profile",
        "exp": (unix_now() + 3000).to_string(),
        "expires_in": "3000",
        "email": "alice@example.com",
        "email_verified": "true",
        "access_type": "online",
    }));
    let Value::Object(replaced) = replaced else { panic!("members to replace") };
    for (name, value) in replaced {
        match value {
            Value::Null => info.as_object_mut().unwrap().remove(&name),
            value => info.as_object_mut().unwrap().insert(name, value),
        };
    }
    info
}

#[tokio::test]
async fn google_token_of_own_client_is_accepted() {
    let mock = Mock::start(Answer::json(&token_info(json!({})))).await;
    let token = check(&google(&mock).await, "ya29.a0").await.unwrap();
    assert_eq!((token.subject(), token.issuer()), ("110169484474386276334", "https://accounts.google.com"));
    assert_eq!((token.client_id(), token.audience()), (Some(CLIENT), &[CLIENT.to_owned()][..]));
    assert_eq!(
        token.scopes().to_string(),
        "https://www.googleapis.com/auth/drive https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile openid"
    );
    let left = token.expires_at().unwrap().duration_since(SystemTime::now()).unwrap().as_secs();
    assert!((2000..=3000).contains(&left), "{left}");
    assert_eq!(token.claims()["email_verified"], true);
    let request = &mock.requests()[0];
    assert_eq!((request.method.as_str(), request.uri.as_str()), ("POST", "/tokeninfo"), "no token in the URL");
    assert_eq!(request.header("authorization"), Some("Bearer ya29.a0"));
    assert_eq!(request.header("content-length"), Some("0"), "Google answers 411 without it");
}

#[tokio::test]
async fn google_token_of_other_client_is_rejected() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = google(&mock).await;
    for (case, replaced, reason) in [
        ("other aud", json!({"aud": "other"}), Some(Invalid::Audience)),
        ("other azp", json!({"azp": "other"}), Some(Invalid::Audience)),
        ("both other", json!({"aud": "other", "azp": "other"}), Some(Invalid::Audience)),
        ("no aud", json!({"aud": null}), Some(Invalid::Audience)),
        ("neither", json!({"aud": null, "azp": null}), Some(Invalid::Audience)),
        ("no sub", json!({"sub": null}), Some(Invalid::MissingClaim)),
        ("expired", json!({"exp": (unix_now() - 31).to_string(), "expires_in": null}), Some(Invalid::Expired)),
        ("neither exp nor expires_in", json!({"exp": null, "expires_in": null}), Some(Invalid::MissingClaim)),
        ("another of our clients", json!({"azp": "android"}), None),
        ("no azp", json!({"azp": null}), None),
        ("exp as a number", json!({"exp": unix_now() + 100}), None),
        ("expires_in alone", json!({"exp": null}), None),
    ] {
        mock.respond_with(Answer::json(&token_info(replaced)));
        let outcome = check(&validator, "token").await.err();
        assert_eq!(outcome, reason.map(TokenError::Invalid), "{case}");
    }
}

#[tokio::test]
async fn google_error_responses_are_classified() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = google(&mock).await;
    let invalid = r#"{"error":"invalid_token","error_description":"Invalid Value"}"#;
    let one_platform = r#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#;
    for (status, body, is_bad_token) in [
        (400, invalid, true),
        (400, r#"{"error_description":"Invalid Value"}"#, true),
        (401, one_platform, true),
        (400, r#"{"error":"invalid_request"}"#, false),
        (400, "", false),
        (403, invalid, false),
        (429, invalid, false),
        (500, invalid, false),
        (200, r#"{"exp":"soon"}"#, false),
        (200, "[]", false),
    ] {
        mock.respond_with(Answer::text(status, body));
        let outcome = check(&validator, "token").await.map(drop);
        let expected = if is_bad_token {
            TokenError::Invalid(Invalid::Inactive)
        } else {
            TokenError::Unavailable { retry_after: RETRY_AFTER }
        };
        assert_eq!(outcome, Err(expected), "{status} {body}");
    }
    assert!(is_unavailable(&check(&validator, "a\nb").await), "not a valid header value");
}

async fn github(mock: &Mock, api: &str) -> IntrospectionValidator {
    let issuer = Provider::GITHUB.issuer("Iv1.abc", "S3CRET").at(format!("{}{api}", mock.url()));
    issuer.cache_time(Duration::ZERO).connect().await.unwrap()
}

fn authorization() -> Value {
    json!({
        "id": 1,
        "url": "https://api.github.com/authorizations/1",
        "app": {"url": "http://app.example.com", "name": "todo", "client_id": "Iv1.abc"},
        "token": "gho_S3CRET",
        "token_last_eight": "12345678",
        "hashed_token": "25f94a2a5c7f",
        "scopes": ["repo", "read:user"],
        "user": {"login": "octocat", "id": 583_231, "type": "User"},
        "expires_at": null,
    })
}

#[tokio::test]
async fn github_token_of_own_app_is_accepted() {
    let mock = Mock::start(Answer::json(&authorization())).await;
    for api in ["", "/", "/api/v3"] {
        let token = check(&github(&mock, api).await, "gho_S3CRET").await.unwrap();
        assert_eq!((token.subject(), token.issuer()), ("583231", "https://github.com"));
        assert_eq!(token.client_id(), Some("Iv1.abc"));
        assert_eq!(token.scopes().to_string(), "read:user repo");
        assert_eq!(token.expires_at(), None);
        assert_eq!(token.claims()["login"], "octocat");
        let claims = serde_json::to_string(token.claims()).unwrap();
        assert!(!claims.contains("S3CRET") && !claims.contains("25f94a2a5c7f"), "T8: {claims}");
    }
    let requests = mock.requests();
    let uris: Vec<&str> = requests.iter().map(|request| request.uri.as_str()).collect();
    let path = "/applications/Iv1.abc/token";
    assert_eq!(uris, [path, path, "/api/v3/applications/Iv1.abc/token"]);
    let expected = format!("Basic {}", STANDARD.encode("Iv1.abc:S3CRET"));
    assert_eq!(requests[0].header("authorization"), Some(expected.as_str()));
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    assert!(requests[0].header("user-agent").is_some_and(|agent| agent.starts_with("mcp-guard/")));
    assert!(requests[0].header("accept").is_some_and(|accept| accept.contains("json")));
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body, json!({"access_token": "gho_S3CRET"}));
}

#[tokio::test]
async fn github_token_of_other_app_is_rejected() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = github(&mock, "").await;
    let rejected = TokenError::Invalid;
    let unavailable = || TokenError::Unavailable { retry_after: RETRY_AFTER };
    for (case, member, value, expected) in [
        ("another application", "app", json!({"client_id": "Iv1.other"}), Some(rejected(Invalid::Audience))),
        ("no application", "app", json!(null), Some(unavailable())),
        ("no user", "user", json!(null), Some(rejected(Invalid::MissingClaim))),
        ("expired", "expires_at", json!("2021-05-06T07:08:09Z"), Some(rejected(Invalid::Expired))),
        ("an invalid date", "expires_at", json!("soon"), Some(unavailable())),
        ("before all dates", "expires_at", json!("1960-01-01T00:00:00Z"), Some(rejected(Invalid::BadClaim))),
        ("scopes as a text", "scopes", json!("repo"), Some(unavailable())),
        ("an invalid scope", "scopes", json!(["a b"]), Some(rejected(Invalid::BadClaim))),
        ("not yet expired", "expires_at", json!("2999-05-06T07:08:09Z"), None),
        ("with another zone", "expires_at", json!("2999-05-06T07:08:09+02:00"), None),
        ("no scopes", "scopes", json!(null), None),
    ] {
        let mut answer = authorization();
        answer[member] = value;
        mock.respond_with(Answer::json(&answer));
        assert_eq!(check(&validator, "token").await.err(), expected, "{case}");
    }
}

#[tokio::test]
async fn github_error_responses_are_classified() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = github(&mock, "").await;
    for (status, expected) in [
        (404, TokenError::Invalid(Invalid::Inactive)),
        (422, TokenError::Invalid(Invalid::Inactive)),
        (401, TokenError::Unavailable { retry_after: RETRY_AFTER }),
        (403, TokenError::Unavailable { retry_after: RETRY_AFTER }),
        (429, TokenError::Unavailable { retry_after: RETRY_AFTER }),
        (500, TokenError::Unavailable { retry_after: RETRY_AFTER }),
        (301, TokenError::Unavailable { retry_after: RETRY_AFTER }),
    ] {
        mock.respond_with(Answer::text(status, &authorization().to_string()));
        assert_eq!(check(&validator, "token").await.map(drop), Err(expected), "{status}");
    }
}

#[tokio::test]
async fn invalid_provider_settings_are_rejected() {
    let google = async |ids: &[&str]| Provider::GOOGLE.issuer(ids.to_vec()).connect().await.map(drop).unwrap_err();
    assert_eq!(google(&[]).await.setting(), Setting::Clients);
    assert_eq!(google(&[""]).await.setting(), Setting::Clients);
    let github = async |issuer: Issuer<Opaque>| issuer.connect().await.map(drop).unwrap_err();
    for (id, secret) in [("", "s"), ("id", "")] {
        assert_eq!(github(Provider::GITHUB.issuer(id, secret)).await.setting(), Setting::ClientSecret);
    }
    let insecure = Provider::GITHUB.issuer("a", "b").at("http://api.github.com");
    assert_eq!(github(insecure).await.setting(), Setting::Endpoint);
}
