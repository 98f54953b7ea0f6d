//! Accepts every golden token with the expected content, and rejects every spoiled one for the expected reason.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::mock_provider::MockProvider;
use crate::config::BuildError;
use crate::issuer::Issuer;
use crate::provider::Provider;
use crate::token::{BearerToken, TokenError};
use crate::validate::{ClientAuthentication, SharedValidator};

pub(super) const RESOURCE: &str = "https://todo.example.com/mcp";

pub(super) fn golden(provider: Provider) -> Option<Value> {
    let path = format!("{}/testdata/providers/{}.json", env!("CARGO_MANIFEST_DIR"), provider.name());
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).unwrap();
    assert_eq!(golden["provider"], provider.name());
    Some(golden)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// A connected issuer, and its entries in the metadata.
pub(super) struct Connected {
    pub(super) validator: SharedValidator,
    pub(super) authorization_server: String,
    pub(super) scope_prefix: Option<String>,
}

pub(super) async fn connect(provider: Provider, golden: &Value, mock: &MockProvider) -> Connected {
    registration(provider, &mock.fill(&golden["settings"])).await
}

/// Connects to a provider with the settings of a golden file.
pub(super) async fn registration(provider: Provider, settings: &Value) -> Connected {
    let issuer = issuer(
        provider,
        settings["authorization_server"].as_str().unwrap_or_default(),
        &texts(&settings["audiences"]),
        &texts(&settings["client_ids"]),
        settings["client_secret"].as_str(),
    );
    connected(issuer).await.unwrap_or_else(|error| panic!("{provider}: {error}"))
}

/// Returns an issuer of a provider with the settings that it uses.
pub(super) fn issuer(
    provider: Provider,
    server: &str,
    audiences: &[String],
    clients: &[String],
    secret: Option<&str>,
) -> Issuer {
    let client = clients.first().cloned().unwrap_or_default();
    match provider {
        Provider::Jwt(provider) => {
            let issuer = audiences.iter().cloned().fold(provider.issuer(server), Issuer::audience);
            if clients.is_empty() { issuer.into() } else { issuer.clients(clients).into() }
        }
        Provider::Scalekit(provider) => {
            let issuer = match secret {
                Some(secret) => provider.confirmed_issuer(server, client, secret),
                None => provider.issuer(server),
            };
            audiences.iter().cloned().fold(issuer, Issuer::audience).into()
        }
        Provider::Introspection(provider) => {
            let issuer = provider.issuer(server, ClientAuthentication::secret(client, secret.unwrap_or_default()));
            audiences.iter().cloned().fold(issuer, Issuer::audience).into()
        }
        Provider::Google(provider) => provider.issuer(clients).into(),
        Provider::GitHub(provider) => provider.issuer(client, secret.unwrap_or_default()).into(),
    }
}

pub(super) async fn connected(issuer: Issuer) -> Result<Connected, BuildError> {
    let prepared = issuer.prepare(RESOURCE)?;
    let [authorization_server] = &prepared.authorization_servers[..] else {
        panic!("expected one authorization server")
    };
    let authorization_server = authorization_server.clone();
    let scope_prefix = prepared.scope_prefix.clone().filter(|prefix| !prefix.is_empty());
    let validator = prepared.connect().await?;
    Ok::<_, BuildError>(Connected { validator: validator.into_shared(), authorization_server, scope_prefix })
}

/// Signs a token of the golden file with current times.
fn mint(mock: &MockProvider, header: &Value, claims: &Value) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = mock.fill(claims);
    for (claim, time) in [("iat", now), ("nbf", now), ("auth_time", now), ("exp", now + 3600)] {
        // A row with other numbers tests these numbers.
        if claims.get(claim).is_some_and(|value| *value == json!(0) || *value == json!(1)) {
            claims[claim] = time.into();
        }
    }
    let mut header = header.clone();
    if header.get("kid").is_none() {
        header["kid"] = mock.key().kid().into();
    }
    mock.key().sign_raw(&header, claims.to_string().as_bytes())
}

async fn outcome(connected: &Connected, token: &str) -> String {
    match connected.validator.validate(&BearerToken::new(token)).await {
        Ok(_) => "accepted".to_owned(),
        Err(TokenError::Invalid(reason)) => reason.name().to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Returns the providers whose tokens are JWTs.
fn with_jwts() -> Vec<(Provider, Value)> {
    let all = Provider::all().filter_map(|provider| Some((provider, golden(provider)?)));
    all.filter(|(_, golden)| golden["tokens"].is_array()).collect()
}

#[tokio::test]
async fn golden_tokens_are_accepted_with_expected_content() {
    let mut count = 0;
    for (provider, golden) in with_jwts() {
        let mock = MockProvider::start(&golden).await;
        let connected = connect(provider, &golden, &mock).await;
        let published = mock.fill(&golden["published"]);
        assert_eq!(connected.authorization_server, published["authorization_server"], "{provider}");
        assert_eq!(connected.scope_prefix.as_deref(), published["scope_prefix"].as_str(), "{provider}");
        for row in golden["tokens"].as_array().unwrap() {
            let token = mint(&mock, &row["header"], &row["claims"]);
            let token = connected.validator.validate(&BearerToken::new(token)).await;
            let token = token.unwrap_or_else(|error| panic!("{provider}, {}: {error}", row["what"]));
            let found = json!({
                "subject": token.subject(), "client": token.client_id(), "scopes": token.scopes().to_string(),
            });
            assert_eq!(found, row["expect"], "{provider}, {}", row["what"]);
            assert_eq!(
                token.issuer(),
                connected_issuer(&mock, &golden),
                "{provider}: the issuer does not depend on `iss`"
            );
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} golden tokens");
}

/// Returns the issuer of the metadata, or else the configured one.
fn connected_issuer(mock: &MockProvider, golden: &Value) -> Value {
    let metadata = golden["endpoints"].as_object().unwrap().values().find_map(|answer| answer.get("issuer"));
    mock.fill(metadata.unwrap_or(&golden["settings"]["authorization_server"]))
}

#[tokio::test]
async fn spoiled_golden_tokens_are_rejected() {
    let mut count = 0;
    for (provider, golden) in with_jwts() {
        let mock = MockProvider::start(&golden).await;
        let connected = connect(provider, &golden, &mock).await;
        for row in golden["spoiled"].as_array().unwrap() {
            let valid = &golden["tokens"][usize::try_from(row["of"].as_u64().unwrap()).unwrap()];
            let mut claims = valid["claims"].clone();
            for (claim, value) in row["set"].as_object().into_iter().flatten() {
                claims[claim] = value.clone();
            }
            for claim in texts(&row["remove"]) {
                claims.as_object_mut().unwrap().remove(&claim);
            }
            let header = row.get("header").unwrap_or(&valid["header"]);
            let token = mint(&mock, header, &claims);
            assert_eq!(outcome(&connected, &token).await, row["reason"], "{provider}, {}", row["what"]);
            count += 1;
        }
        for row in golden["malformed"].as_array().into_iter().flatten() {
            let token = row["token"].as_str().unwrap();
            assert_eq!(outcome(&connected, token).await, row["reason"], "{provider}, {}", row["what"]);
            count += 1;
        }
    }
    assert!(count >= 50, "only {count} spoiled tokens");
}

#[tokio::test]
async fn golden_tokens_that_break_a_common_rule_are_rejected() {
    for (provider, golden) in with_jwts() {
        let mock = MockProvider::start(&golden).await;
        let connected = connect(provider, &golden, &mock).await;
        let valid = &golden["tokens"][0];
        let with = |claim: &str, value: Value| {
            let mut claims = valid["claims"].clone();
            claims[claim] = value;
            mint(&mock, &valid["header"], &claims)
        };
        let without = |claim: &str| {
            let mut claims = valid["claims"].clone();
            claims.as_object_mut().unwrap().remove(claim);
            mint(&mock, &valid["header"], &claims)
        };
        let header = |name: &str, value: Value| {
            let mut header = valid["header"].clone();
            header[name] = value;
            mint(&mock, &header, &valid["claims"])
        };
        let good = mint(&mock, &valid["header"], &valid["claims"]);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let mut forged = URL_SAFE_NO_PAD.decode(signature).unwrap();
        forged[7] ^= 1;
        assert_eq!(outcome(&connected, &good).await, "accepted", "{provider}");
        for (case, token, reason) in [
            ("another issuer", with("iss", json!("https://evil.example.com")), "Issuer"),
            ("no issuer", without("iss"), "MissingClaim"),
            ("another audience", with("aud", json!("https://other.example.com/mcp")), "Audience"),
            ("an empty audience", with("aud", json!([])), "Audience"),
            ("expired", with("exp", json!(1_000_000)), "Expired"),
            ("no end", without("exp"), "MissingClaim"),
            ("no subject", without("sub"), "MissingClaim"),
            ("of the future", with("iat", json!(99_999_999_999_u64)), "NotYetValid"),
            ("bound to a key", with("cnf", json!({"jkt": "x"})), "SenderConstrained"),
            ("alg none", header("alg", json!("none")), "Algorithm"),
            ("alg HS256", header("alg", json!("HS256")), "Algorithm"),
            ("an unknown key", header("kid", json!("another")), "UnknownKey"),
            ("the typ of an ID token", header("typ", json!("id_token+jwt")), "Type"),
            ("critical extensions", header("crit", json!(["x"])), "Critical"),
            ("a forged signature", format!("{signed}.{}", URL_SAFE_NO_PAD.encode(forged)), "Signature"),
        ] {
            assert_eq!(outcome(&connected, &token).await, reason, "{provider}, {case}");
        }
    }
}

#[tokio::test]
async fn provider_rejects_tokens_of_other_providers() {
    let mut running = Vec::new();
    for (provider, golden) in with_jwts() {
        let mock = MockProvider::start(&golden).await;
        let connected = connect(provider, &golden, &mock).await;
        let token = mint(&mock, &golden["tokens"][0]["header"], &golden["tokens"][0]["claims"]);
        running.push((provider, connected, token, mock));
    }
    for (provider, connected, ..) in &running {
        for (other, _, token, _) in running.iter().filter(|(other, ..)| other != provider) {
            assert_ne!(outcome(connected, token).await, "accepted", "{provider} accepts a token of {other}");
        }
    }
}

#[test]
fn golden_files_match_the_providers() {
    let folder = format!("{}/testdata/providers", env!("CARGO_MANIFEST_DIR"));
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let names: BTreeSet<String> = Provider::all().map(|provider| provider.name().to_owned()).collect();
    assert_eq!(files, names);
}
