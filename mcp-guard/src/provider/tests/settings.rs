//! What an operator may say of a provider, and what not.

use serde_json::json;

use super::golden::{connect, connected, golden, issuer};
use super::stand_in::StandIn;
use crate::config::{BuildError, Setting};
use crate::provider::Provider;

/// The error for these settings: issuer, audiences, clients, secret. An empty text is nothing.
async fn refusal(provider: Provider, [server, audience, client, secret]: [&str; 4]) -> BuildError {
    let list = |text: &str| text.split(' ').filter(|text| !text.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let secret = (!secret.is_empty()).then_some(secret);
    connected(issuer(provider, server, &list(audience), &list(client), secret)).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let env = "https://acme.scalekit.dev";
    for (provider, said, setting) in [
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
        let error = refusal(provider, said).await;
        assert_eq!(error.setting(), setting, "{provider}: {error}");
        assert!(error.to_string().contains(setting.method()) && !error.to_string().contains("S3CRET"), "{error}");
    }
}

#[tokio::test]
async fn what_is_not_what_it_should_be_is_told_from_what_is_missing() {
    let env = "https://acme.scalekit.dev";
    for audiences in ["https://todo.example.com/mcp", "res_1 https://todo.example.com/mcp"] {
        let error = refusal(Provider::SCALEKIT.into(), [env, audiences, "", ""]).await;
        assert_eq!(error.setting(), Setting::Audience);
        assert!(error.to_string().contains("\"https://todo.example.com/mcp\""), "{error}");
    }
}

#[tokio::test]
async fn an_authorization_server_that_is_not_the_right_one_is_refused_with_an_example() {
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
        let error = refusal(provider, [server, "res_1", "", ""]).await;
        assert_eq!(error.setting(), Setting::Issuer, "{server}: {error}");
        assert!(error.to_string().contains("https://"), "{error}");
        assert!(!error.to_string().contains("S3CRET"));
    }
}

#[tokio::test]
async fn credentials_that_the_provider_does_not_know_stop_the_start() {
    let mut golden = golden(Provider::SCALEKIT.into()).unwrap();
    let stand_in = StandIn::start(&golden).await;
    connect(Provider::SCALEKIT.into(), &golden, &stand_in).await;
    golden["settings"]["client_secret"] = json!("S3CRET");
    let settings = stand_in.fill(&golden["settings"]);
    let server = settings["authorization_server"].as_str().unwrap();
    let said = [server, "res_69086908265595154", "skc_17002334227857508", "S3CRET"];
    let error = refusal(Provider::SCALEKIT.into(), said).await;
    assert_eq!(error.setting(), Setting::ClientSecret, "{error}");
    assert!(error.to_string().contains("not confirmed"), "{error}");
    assert!(!format!("{error} {error:?}").contains("S3CRET"));
}

#[test]
fn providers_are_found_by_the_names_that_errors_list() {
    for provider in Provider::all() {
        assert_eq!(provider.name().parse::<Provider>().unwrap(), provider);
        assert!(provider.hints().next().is_some(), "{provider} has no hint");
    }
    let error = "keyclock".parse::<Provider>().unwrap_err().to_string();
    assert!(error.contains("keycloak") && error.contains("introspection"), "{error}");
}

#[tokio::test]
async fn what_clients_must_write_in_front_of_scopes_follows_from_the_application() {
    let golden = golden(Provider::ENTRA.into()).unwrap();
    let stand_in = StandIn::start(&golden).await;
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
        let connected = connect(Provider::ENTRA.into(), &golden, &stand_in).await;
        assert_eq!(connected.scope_prefix, Some(prefix), "{audiences:?}");
    }
}

#[tokio::test]
async fn a_secret_is_sent_only_to_whom_the_keys_are_from() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    let token = axum::routing::post(async move || {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        "{}"
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let environment = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().route("/oauth/token", token);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let error = refusal(Provider::SCALEKIT.into(), [&environment, "res_1", "skc_1", "S3CRET"]).await;
    assert_eq!(error.setting(), Setting::JwksUri, "{error}");
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
}
