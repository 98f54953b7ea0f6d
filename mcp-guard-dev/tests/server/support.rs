//! Shared helpers: a client that does not follow redirects, and request builders.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_guard_dev::{DevAuthServer, DevAuthServerBuilder};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

pub(crate) const RESOURCE: &str = "http://127.0.0.1:8080/mcp";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:4711/callback";
/// The verifier and the challenge of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

pub(crate) async fn start() -> DevAuthServer {
    started(DevAuthServer::builder()).await
}

pub(crate) async fn started(builder: DevAuthServerBuilder) -> DevAuthServer {
    builder.start().await.expect("the server starts")
}

pub(crate) fn client() -> Client {
    Client::builder().redirect(Policy::none()).no_proxy().build().expect("the client is built")
}

pub(crate) fn form(url: &str, pairs: Pairs<'_>) -> RequestBuilder {
    let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
    client().post(url).header("content-type", "application/x-www-form-urlencoded").body(body)
}

pub(crate) async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("the server answers")
}

pub(crate) async fn get(url: &str) -> Response {
    send(client().get(url)).await
}

pub(crate) async fn body(response: Response) -> Value {
    response.json().await.expect("the body is JSON")
}

/// Sends a token request and returns the status with the body.
pub(crate) async fn token(server: &DevAuthServer, pairs: Pairs<'_>) -> (StatusCode, Value) {
    let response = send(form(server.token_endpoint(), pairs)).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status(), body(response).await)
}

/// Sends a token request that must succeed, and returns the body.
pub(crate) async fn granted(server: &DevAuthServer, pairs: Pairs<'_>) -> Value {
    let (status, body) = token(server, pairs).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// Sends a token request that must fail, and returns the error code.
pub(crate) async fn rejected(server: &DevAuthServer, pairs: Pairs<'_>) -> String {
    let (status, body) = token(server, pairs).await;
    let error = body["error"].as_str().expect("an error response has a code").to_owned();
    let expected = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    assert_eq!(status, expected, "{body}");
    error
}

/// Sends an authorization request.
pub(crate) async fn authorize(server: &DevAuthServer, pairs: Pairs<'_>) -> Response {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    get(&format!("{}?{query}", server.authorization_endpoint())).await
}

/// Returns a valid authorization request with these parameters replaced; an empty value removes a parameter.
pub(crate) fn request<'a>(replaced: Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    with_replaced(
        &[
            ("response_type", "code"),
            ("client_id", "app"),
            ("redirect_uri", REDIRECT),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("scope", "todo:read todo:write"),
            ("resource", RESOURCE),
            ("state", "xyz &="),
        ],
        replaced,
    )
}

/// Returns a valid exchange of this code with these parameters replaced.
pub(crate) fn exchange<'a>(code: &'a str, replaced: Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    with_replaced(
        &[
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", REDIRECT),
            ("resource", RESOURCE),
        ],
        replaced,
    )
}

fn with_replaced<'a>(base: &[(&'a str, &'a str)], replaced: Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    let kept = base.iter().filter(|(name, _)| replaced.iter().all(|(other, _)| other != name));
    kept.chain(replaced).copied().filter(|(_, value)| !value.is_empty()).collect()
}

/// Returns the parameters of the redirect to the client.
pub(crate) fn redirected(response: &Response) -> Value {
    assert_eq!(response.status(), StatusCode::FOUND);
    let location = response.headers()["location"].to_str().expect("a location is ASCII");
    let url = Url::parse(location).expect("a location is a URL");
    assert!(location.starts_with("http://127.0.0.1:"), "{location}");
    url.query_pairs().map(|(name, value)| (name.into_owned(), json!(value))).collect::<serde_json::Map<_, _>>().into()
}

/// Sends a valid authorization request and returns the code.
pub(crate) async fn code(server: &DevAuthServer, replaced: Pairs<'_>) -> String {
    let answer = redirected(&authorize(server, &request(replaced)).await);
    answer["code"].as_str().unwrap_or_else(|| panic!("expected a code, got {answer}")).to_owned()
}

/// Returns the claims of a token, without verifying it.
pub(crate) fn claims(body: &Value) -> Value {
    let token = body["access_token"].as_str().expect("the body has a token");
    let payload = token.split('.').nth(1).expect("a token has a payload");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("a payload is base64url");
    serde_json::from_slice(&payload).expect("a payload is JSON")
}
