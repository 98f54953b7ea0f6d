//! A mock of the provider endpoints that a resource server calls.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use http::StatusCode;
use mcp_guard_dev::{SigningAlgorithm, SigningKey};
use serde_json::{Value, json};

/// A provider with the endpoints of a golden file. Other paths return `404`.
pub(super) struct MockProvider {
    address: SocketAddr,
    key: SigningKey,
}

impl MockProvider {
    pub(super) async fn start(golden: &Value) -> Self {
        let algorithm = match golden["algorithm"].as_str() {
            None => SigningAlgorithm::Rs256,
            Some("ES256") => SigningAlgorithm::Es256,
            Some(other) => panic!("{other}"),
        };
        let key = SigningKey::generate(algorithm);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mock = Self { address: listener.local_addr().unwrap(), key };
        let mut router = Router::new();
        for (path, answer) in golden["endpoints"].as_object().unwrap() {
            let answer = match answer.as_str() {
                Some(keys) => json!({"keys": mock.keys(keys)}),
                None => mock.fill(answer),
            };
            router = router.route(&path.replace('{', "{{").replace('}', "}}"), get(async move || Json(answer)));
        }
        if let Some(path) = golden["token_endpoint"].as_str() {
            let credentials =
                Arc::new([&golden["settings"]["client_ids"][0], &golden["settings"]["client_secret"]].map(text));
            router = router.merge(Router::new().route(path, post(token)).with_state(credentials));
        }
        tokio::spawn(async move { axum::serve(listener, router).await });
        mock
    }

    pub(super) const fn key(&self) -> &SigningKey {
        &self.key
    }

    fn keys(&self, which: &str) -> Vec<Value> {
        let mut jwk = self.key.public_jwk();
        match which {
            "keys" => vec![jwk],
            "keys_without_alg" => {
                jwk.as_object_mut().unwrap().remove("alg");
                vec![jwk]
            }
            "keys_beside_an_encryption_key" => {
                let mut other = SigningKey::generate(SigningAlgorithm::Rs256).public_jwk();
                other["use"] = json!("enc");
                other["alg"] = json!("RSA-OAEP");
                vec![other, jwk]
            }
            other => panic!("{other}"),
        }
    }

    /// Replaces the placeholder of a golden file with the URL of the mock.
    pub(super) fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(text.replace("{base}", &format!("http://{}", self.address))),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), self.fill(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
}

async fn token(State(expected): State<Arc<[String; 2]>>, Form(form): Form<Vec<(String, String)>>) -> StatusCode {
    let get = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let [id, secret] = &*expected;
    if get("client_id") == Some(id) && get("client_secret") == Some(secret) {
        StatusCode::OK
    } else {
        StatusCode::UNAUTHORIZED
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
