//! What an operator may say of a provider, and what not.

use serde_json::json;

use super::golden::RESOURCE;
use super::golden::connect;
use super::golden::golden;
use super::stand_in::StandIn;
use crate::provider::Provider;
use crate::provider::ProviderError;
use crate::provider::ProviderSetting::Audience;
use crate::provider::ProviderSetting::AuthorizationServer;
use crate::provider::ProviderSetting::ClientId;
use crate::provider::ProviderSetting::ClientSecret;
use crate::provider::ProviderSetting::ScopePrefix;
use crate::provider::Registration;
use crate::validate::Grants;

/// What an operator says: authorization server, audience, client id, secret, prefix. An empty text is nothing.
async fn refusal(provider: Provider, [server, audience, client, secret, prefix]: [&str; 5]) -> ProviderError {
    let list = |text: &str| text.split(' ').filter(|text| !text.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let some = |text: &'static str| (!text.is_empty()).then_some(text);
    let leak = |text: &str| some(Box::leak(text.to_owned().into_boxed_str()));
    let registration = Registration {
        resource: RESOURCE,
        authorization_server: leak(server),
        audiences: &list(audience),
        client_ids: &list(client),
        client_secret: leak(secret),
        scope_prefix: leak(prefix),
        private_network: false,
        grants: &Grants::default(),
    };
    provider.connect(&registration).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let env = "https://acme.scalekit.dev";
    for (provider, said, setting) in [
        (Provider::AUTH0, ["", "", "", "", ""], AuthorizationServer),
        (Provider::SCALEKIT, [env, "", "", "", ""], Audience),
        (Provider::SCALEKIT, [env, "res_1", "skc_1", "", ""], ClientSecret),
        (Provider::SCALEKIT, [env, "res_1", "", "S3CRET", ""], ClientId),
        (Provider::ENTRA, ["https://login.microsoftonline.com/t/v2.0", "", "", "", ""], Audience),
        (Provider::GOOGLE, ["", "", "", "", ""], ClientId),
        (Provider::GITHUB, ["", "", "Iv1", "", ""], ClientSecret),
        (Provider::GITHUB, ["", "", "", "", ""], ClientId),
        (Provider::AUTHENTIK, ["https://a.example.com/application/o/x/", "", "", "", ""], ClientId),
        (Provider::INTROSPECTION, ["https://a.example.com", "", "todo", "", ""], ClientSecret),
    ] {
        let error = refusal(provider, said).await;
        assert!(
            matches!(error, ProviderError::Missing { setting: found, .. } if found == setting),
            "{provider}: {error}"
        );
        assert!(error.to_string().contains(&setting.to_string()), "{error}");
    }
}

#[tokio::test]
async fn what_is_not_what_it_should_be_is_told_from_what_is_missing() {
    let env = "https://acme.scalekit.dev";
    for (provider, said, setting) in [
        (Provider::SCALEKIT, [env, "https://todo.example.com/mcp", "", "", ""], Audience),
        (Provider::SCALEKIT, [env, "res_1 https://todo.example.com/mcp", "", "", ""], Audience),
        (Provider::SCALEKIT, [env, "res_1", "skc_1 skc_2", "S3CRET", ""], ClientId),
        (Provider::GITHUB, ["", "", "a b", "S3CRET", ""], ClientId),
    ] {
        let error = refusal(provider, said).await;
        assert!(
            matches!(error, ProviderError::Wrong { setting: found, .. } if found == setting),
            "{provider}: {error}"
        );
    }
}

#[tokio::test]
async fn what_has_no_effect_is_refused() {
    for (provider, said, setting) in [
        (Provider::AUTH0, ["https://t.auth0.com/", "", "", "S3CRET", ""], ClientSecret),
        (Provider::AUTH0, ["https://t.auth0.com/", "", "", "", "x/"], ScopePrefix),
        (Provider::GOOGLE, ["https://accounts.google.com", "", "a", "", ""], AuthorizationServer),
        (Provider::GOOGLE, ["", "x", "a", "", ""], Audience),
        (Provider::GOOGLE, ["", "", "a", "S3CRET", ""], ClientSecret),
        (Provider::GITHUB, ["", "x", "a", "S3CRET", ""], Audience),
    ] {
        let error = refusal(provider, said).await;
        assert!(
            matches!(error, ProviderError::Useless { setting: found, .. } if found == setting),
            "{provider}: {error}"
        );
        assert!(!format!("{error} {error:?}").contains("S3CRET"));
    }
}

#[tokio::test]
async fn an_authorization_server_that_is_not_the_right_one_is_refused_with_an_example() {
    for (provider, server) in [
        (Provider::OKTA, "https://acme.okta.com"),
        (Provider::KEYCLOAK, "https://keycloak.example.com"),
        (Provider::SUPABASE, "https://ref.supabase.co"),
        (Provider::DESCOPE, "https://api.descope.com"),
        (Provider::DESCOPE, "https://api.descope.com/v1/apps/agentic/P1"),
        (Provider::ENTRA, "https://login.microsoftonline.com/common/v2.0"),
        (Provider::ENTRA, "https://login.microsoftonline.com/organizations/v2.0"),
        (Provider::ENTRA, "https://login.microsoftonline.com/consumers/v2.0"),
        (Provider::ENTRA, "https://login.microsoftonline.com//v2.0"),
        (Provider::ENTRA, "https://sts.windows.net/t/"),
        (Provider::SCALEKIT, "https://acme.scalekit.dev/resources/res_2"),
        (Provider::SCALEKIT, "https://acme.scalekit.dev\n"),
        (Provider::SCALEKIT, " https://acme.scalekit.dev"),
        (Provider::SCALEKIT, "HTTPS://acme.scalekit.dev"),
        (Provider::AUTH0, "http://tenant.auth0.com/"),
        (Provider::AUTH0, "https://user:S3CRET@tenant.auth0.com/"),
    ] {
        let error = refusal(provider, [server, "res_1", "", "", ""]).await;
        assert!(matches!(error, ProviderError::AuthorizationServer { .. }), "{server}: {error}");
        assert!(error.to_string().contains("https://"), "{error}");
        assert!(!error.to_string().contains("S3CRET"));
    }
}

#[tokio::test]
async fn credentials_that_the_provider_does_not_know_stop_the_start() {
    let mut golden = golden(Provider::SCALEKIT).unwrap();
    let stand_in = StandIn::start(&golden).await;
    connect(Provider::SCALEKIT, &golden, &stand_in).await;
    golden["settings"]["client_secret"] = json!("S3CRET");
    let settings = stand_in.fill(&golden["settings"]);
    let server = settings["authorization_server"].as_str().unwrap();
    let said = [server, "res_69086908265595154", "skc_17002334227857508", "S3CRET", ""];
    let error = refusal(Provider::SCALEKIT, said).await;
    assert!(matches!(error, ProviderError::Credentials { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("S3CRET"));
}

#[test]
fn providers_are_found_by_the_names_that_errors_list() {
    for provider in Provider::all() {
        assert_eq!(provider.name().parse(), Ok(provider));
        assert!(provider.hints().next().is_some(), "{provider} has no hint");
    }
    let error = "keyclock".parse::<Provider>().unwrap_err().to_string();
    assert!(error.contains("keycloak") && error.contains("introspection"), "{error}");
}

#[tokio::test]
async fn what_clients_must_write_in_front_of_scopes_follows_from_the_application() {
    let golden = golden(Provider::ENTRA).unwrap();
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
        let connected = connect(Provider::ENTRA, &golden, &stand_in).await;
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
    let error = refusal(Provider::SCALEKIT, [&environment, "res_1", "skc_1", "S3CRET", ""]).await;
    assert!(matches!(error, ProviderError::Validator(_)), "{error}");
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
}
