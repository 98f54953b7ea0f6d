//! Accepted and rejected settings of providers.

use serde_json::json;

use super::golden::{connect, connected, golden, issuer};
use super::mock_provider::MockProvider;
use crate::config::{BuildError, Setting};
use crate::provider::Provider;

/// Returns the error for these settings: issuer, audiences, clients, secret. An empty text leaves a setting unset.
async fn settings_error(provider: Provider, [server, audience, client, secret]: [&str; 4]) -> BuildError {
    let list = |text: &str| text.split(' ').filter(|text| !text.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let secret = (!secret.is_empty()).then_some(secret);
    connected(issuer(provider, server, &list(audience), &list(client), secret)).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn missing_setting_is_named() {
    let env = "https://acme.scalekit.dev";
    for (provider, settings, setting) in [
        (Provider::AUTH0.into(), ["", "", "", ""], Setting::Issuer),
        (Provider::SCALEKIT.into(), [env, "", "", ""], Setting::Audience),
        (Provider::SCALEKIT.into(), [env, "res_1", "", "S3CRET"], Setting::ClientSecret),
        (Provider::ENTRA.into(), ["https://login.microsoftonline.com/t/v2.0", "", "", ""], Setting::Audience),
        (Provider::GOOGLE.into(), ["", "", "", ""], Setting::Clients),
        (Provider::GITHUB.into(), ["", "", "Iv1", ""], Setting::ClientSecret),
        (Provider::GITHUB.into(), ["", "", "", "S3CRET"], Setting::ClientSecret),
        (Provider::AUTHENTIK.into(), ["https://a.example.com/application/o/x/", "", "", "S"], Setting::ClientSecret),
        (Provider::INTROSPECTION.into(), ["https://a.example.com", "", "todo", ""], Setting::ClientSecret),
    ] {
        let provider: Provider = provider;
        let error = settings_error(provider, settings).await;
        assert_eq!(error.setting(), setting, "{provider}: {error}");
        assert!(error.to_string().contains(setting.method()) && !error.to_string().contains("S3CRET"), "{error}");
    }
}

#[tokio::test]
async fn invalid_audience_is_named() {
    let env = "https://acme.scalekit.dev";
    for audiences in ["https://todo.example.com/mcp", "res_1 https://todo.example.com/mcp"] {
        let error = settings_error(Provider::SCALEKIT.into(), [env, audiences, "", ""]).await;
        assert_eq!(error.setting(), Setting::Audience);
        assert!(error.to_string().contains("\"https://todo.example.com/mcp\""), "{error}");
    }
}

#[tokio::test]
async fn wrong_issuer_error_contains_an_example() {
    for (provider, server) in [
        (Provider::from(Provider::OKTA), "https://acme.okta.com"),
        (Provider::from(Provider::KEYCLOAK), "https://keycloak.example.com"),
        (Provider::from(Provider::SUPABASE), "https://ref.supabase.co"),
        (Provider::from(Provider::DESCOPE), "https://api.descope.com"),
        (Provider::from(Provider::DESCOPE), "https://api.descope.com/v1/apps/agentic/P1"),
        (Provider::from(Provider::ENTRA), "https://login.microsoftonline.com/common/v2.0"),
        (Provider::from(Provider::ENTRA), "https://login.microsoftonline.com/organizations/v2.0"),
        (Provider::from(Provider::ENTRA), "https://login.microsoftonline.com/consumers/v2.0"),
        (Provider::from(Provider::ENTRA), "https://login.microsoftonline.com//v2.0"),
        (Provider::from(Provider::ENTRA), "https://sts.windows.net/t/"),
        (Provider::from(Provider::SCALEKIT), "https://acme.scalekit.dev/resources/res_2"),
        (Provider::from(Provider::SCALEKIT), "https://acme.scalekit.dev\n"),
        (Provider::from(Provider::SCALEKIT), " https://acme.scalekit.dev"),
        (Provider::from(Provider::SCALEKIT), "HTTPS://acme.scalekit.dev"),
        (Provider::from(Provider::AUTH0), "http://tenant.auth0.com/"),
        (Provider::from(Provider::AUTH0), "https://user:S3CRET@tenant.auth0.com/"),
    ] {
        let error = settings_error(provider, [server, "res_1", "", ""]).await;
        assert_eq!(error.setting(), Setting::Issuer, "{server}: {error}");
        assert!(error.to_string().contains("https://"), "{error}");
        assert!(!error.to_string().contains("S3CRET"));
    }
}

#[tokio::test]
async fn unconfirmed_credentials_are_rejected() {
    let mut golden = golden(Provider::SCALEKIT.into()).unwrap();
    let mock = MockProvider::start(&golden).await;
    connect(Provider::SCALEKIT.into(), &golden, &mock).await;
    golden["settings"]["client_secret"] = json!("S3CRET");
    let settings = mock.fill(&golden["settings"]);
    let server = settings["authorization_server"].as_str().unwrap();
    let wrong = [server, "res_69086908265595154", "skc_17002334227857508", "S3CRET"];
    let error = settings_error(Provider::SCALEKIT.into(), wrong).await;
    assert_eq!(error.setting(), Setting::ClientSecret, "{error}");
    assert!(error.to_string().contains("not confirmed"), "{error}");
    assert!(!format!("{error} {error:?}").contains("S3CRET"));
}

#[test]
fn provider_names_parse_and_errors_list_them() {
    for provider in Provider::all() {
        assert_eq!(provider.name().parse::<Provider>().unwrap(), provider);
        assert!(provider.hints().next().is_some(), "{provider} has no hint");
    }
    let error = "keyclock".parse::<Provider>().unwrap_err().to_string();
    assert!(error.contains("keycloak") && error.contains("introspection"), "{error}");
}

#[tokio::test]
async fn entra_scope_prefix_follows_from_the_audience() {
    let golden = golden(Provider::ENTRA.into()).unwrap();
    let mock = MockProvider::start(&golden).await;
    let id = golden["settings"]["audiences"][0].as_str().unwrap();
    let (api, url) = (format!("api://{id}"), "https://contoso.onmicrosoft.com/todo".to_owned());
    for (audiences, prefix) in [
        (vec![id.to_owned()], format!("{api}/")),
        (vec![api.clone()], format!("{api}/")),
        (vec![url.clone()], format!("{url}/")),
        (vec![id.to_owned(), url.clone()], format!("{url}/")),
    ] {
        let mut golden = golden.clone();
        golden["settings"]["audiences"] = json!(audiences);
        let connected = connect(Provider::ENTRA.into(), &golden, &mock).await;
        assert_eq!(connected.scope_prefix, Some(prefix), "{audiences:?}");
    }
}

#[tokio::test]
async fn secret_is_sent_only_to_the_server_with_the_keys() {
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&calls);
    let token = axum::routing::post(async move || {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        "{}"
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let environment = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().route("/oauth/token", token);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let error = settings_error(Provider::SCALEKIT.into(), [&environment, "res_1", "skc_1", "S3CRET"]).await;
    assert_eq!(error.setting(), Setting::JwksUri, "{error}");
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 0);
}
