use mcp_guard_dev::{DevAuthServer, MetadataForm};
use serde_json::json;

use crate::support::{body, get, start, started};

#[tokio::test]
async fn metadata_is_served_at_every_well_known_address() {
    let server = started(DevAuthServer::builder().issuer_path("/tenant1")).await;
    let origin = format!("http://{}", server.address());
    assert_eq!(server.issuer(), format!("{origin}/tenant1"));
    for path in [
        "/.well-known/oauth-authorization-server/tenant1",
        "/.well-known/openid-configuration/tenant1",
        "/tenant1/.well-known/openid-configuration",
    ] {
        let response = get(&format!("{origin}{path}")).await;
        assert_eq!(response.status(), 200, "{path}");
        let document = body(response).await;
        assert_eq!(document["issuer"], server.issuer());
        assert_eq!(document["jwks_uri"], server.jwks_uri());
        // OpenID Connect Discovery 1.0 §3 requires this member; RFC 8414 does not define it.
        assert_eq!(document.get("subject_types_supported").is_some(), path.contains("openid"), "{path}");
    }
    for path in ["/.well-known/oauth-authorization-server", "/tenant1/.well-known/oauth-authorization-server"] {
        assert_eq!(get(&format!("{origin}{path}")).await.status(), 404, "{path}");
    }
    assert_eq!(get(server.jwks_uri()).await.status(), 200);
}

#[tokio::test]
async fn metadata_lists_capabilities_without_scopes() {
    let server = start().await;
    let issuer = server.issuer();
    let document = body(get(&format!("{issuer}/.well-known/oauth-authorization-server")).await).await;
    assert_eq!(
        document,
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "registration_endpoint": format!("{issuer}/register"),
            "jwks_uri": format!("{issuer}/jwks"),
            "introspection_endpoint": format!("{issuer}/introspect"),
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "authorization_response_iss_parameter_supported": true,
            "dpop_signing_alg_values_supported": ["ES256", "ES384", "EdDSA", "PS256", "RS256"],
        })
    );
}

#[tokio::test]
async fn metadata_forms_can_be_chosen() {
    let paths = [
        (MetadataForm::OAuth, "/.well-known/oauth-authorization-server/t"),
        (MetadataForm::OpenIdInserted, "/.well-known/openid-configuration/t"),
        (MetadataForm::OpenIdAppended, "/t/.well-known/openid-configuration"),
    ];
    for (only, _) in paths {
        let server = started(DevAuthServer::builder().issuer_path("/t").metadata_forms([only])).await;
        for (form, path) in paths {
            let status = get(&format!("http://{}{path}", server.address())).await.status();
            assert_eq!(status == 200, form == only, "{only:?} {path}");
        }
        assert_eq!(server.metadata_fetches(), 3);
    }
}

#[tokio::test]
async fn metadata_issuer_can_be_overridden() {
    let server = started(DevAuthServer::builder().metadata_issuer("https://evil.example")).await;
    let document = body(get(&format!("{}/.well-known/openid-configuration", server.issuer())).await).await;
    assert_eq!(document["issuer"], "https://evil.example");
    assert_eq!(document["token_endpoint"], server.token_endpoint());
}
