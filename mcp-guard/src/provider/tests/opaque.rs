//! Golden responses of providers to requests about opaque tokens, and invalid variants.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::golden::{golden, registration};
use crate::provider::Provider;
use crate::token::{BearerToken, TokenError};
use crate::validate::SharedValidator;

/// A mock of the endpoint that validates tokens, and its next response.
struct MockEndpoint {
    base: String,
    tokens_are_jwts: bool,
    next: Arc<Mutex<(StatusCode, Value)>>,
}

impl MockEndpoint {
    async fn start(golden: &Value) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let next = Arc::new(Mutex::new((StatusCode::IM_A_TEAPOT, Value::Null)));
        let answers = Arc::clone(&next);
        let answer = post(async move || {
            let (status, body) = answers.lock().unwrap().clone();
            (status, Json(body))
        });
        let mut router = Router::new().route(golden["endpoint"].as_str().unwrap(), answer);
        for (path, document) in golden["endpoints"].as_object().into_iter().flatten() {
            let document = fill(document, &base);
            router = router.route(path, get(async move || Json(document)));
        }
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, tokens_are_jwts: golden["tokens_are"] == "JWTs", next }
    }

    /// Returns the result of validating a new token with this response.
    async fn outcome(&self, validator: &SharedValidator, row: &Value, body: &Value) -> Result<Value, String> {
        let status = StatusCode::from_u16(u16::try_from(row["status"].as_u64().unwrap()).unwrap()).unwrap();
        let name = row["what"].as_str().unwrap().replace([' ', ','], "-");
        // The validator does not verify the content of the JWT.
        let is_jwt = self.tokens_are_jwts && row["opaque"] != true;
        let token = if is_jwt { format!("eyJhbGciOiJSUzI1NiJ9.e30.{name}") } else { format!("opaque-{name}") };
        let body: Value = serde_json::from_str(&fill(body, &self.base).to_string().replace("{token}", &token)).unwrap();
        *self.next.lock().unwrap() = (status, body);
        match validator.validate(&BearerToken::new(token)).await {
            Ok(token) => Ok(json!({
                "subject": token.subject(), "client": token.client_id(), "scopes": token.scopes().to_string(),
            })),
            Err(TokenError::Invalid(reason)) => Err(reason.name().to_owned()),
            Err(TokenError::Unavailable { .. }) => Err("unavailable".to_owned()),
        }
    }
}

/// Replaces the placeholders of a golden file with the URL of the mock and current times.
fn fill(value: &Value, base: &str) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let text = value.to_string().replace("{base}", base);
    let text =
        text.replace("\"{exp:number}\"", &(now + 3600).to_string()).replace("\"{iat:number}\"", &now.to_string());
    serde_json::from_str(&text.replace("{exp}", &(now + 3600).to_string())).unwrap()
}

async fn validator(provider: Provider, golden: &Value, mock: &MockEndpoint) -> SharedValidator {
    let settings = fill(&golden["settings"], &mock.base);
    let client = settings["client_ids"][0].as_str().unwrap().to_owned();
    // Providers with fixed endpoints use the endpoints of the mock instead.
    let at = |path: &str| format!("{}{path}", mock.base);
    let secret = settings["client_secret"].as_str().unwrap_or_default();
    let fixed = match provider {
        Provider::Google(google) => Some(google.issuer([client]).at(at("/tokeninfo"))),
        Provider::GitHub(github) => Some(github.issuer(client, secret).at(at(""))),
        _ => None,
    };
    let connected = registration(provider, &settings).await;
    assert_eq!(connected.authorization_server, fill(&golden["published"], &mock.base)["authorization_server"]);
    match fixed {
        Some(issuer) => SharedValidator::new(issuer.connect().await.unwrap()),
        None => connected.validator,
    }
}

#[tokio::test]
async fn golden_answers_are_accepted_and_spoiled_ones_rejected() {
    let (mut good, mut bad) = (0, 0);
    for provider in Provider::all() {
        let golden = golden(provider).unwrap();
        let Some(answers) = golden["answers"].as_array() else { continue };
        let mock = MockEndpoint::start(&golden).await;
        let validator = validator(provider, &golden, &mock).await;
        for row in answers {
            let outcome = mock.outcome(&validator, row, &row["body"]).await;
            assert_eq!(outcome.as_ref(), Ok(&row["expect"]), "{provider}, {}", row["what"]);
            good += 1;
        }
        for row in golden["spoiled"].as_array().unwrap() {
            let body = row.get("body").cloned().unwrap_or_else(|| {
                let mut body = answers[0]["body"].clone();
                for (name, value) in row["set"].as_object().into_iter().flatten() {
                    body[name] = value.clone();
                }
                for name in row["remove"].as_array().into_iter().flatten() {
                    body.as_object_mut().unwrap().remove(name.as_str().unwrap());
                }
                body
            });
            let outcome = mock.outcome(&validator, row, &body).await;
            assert_eq!(outcome.unwrap_err(), row["reason"], "{provider}, {}", row["what"]);
            bad += 1;
        }
    }
    assert!(good >= 6 && bad >= 25, "only {good} and {bad} answers");
}
