use super::*;

#[test]
fn metadata_must_be_an_object() {
    let issuer = "https://auth.example.com";
    assert!(Metadata::parse(&format!(r#"["{issuer}","{issuer}/jwks"]"#)).is_none());
    let metadata = Metadata::parse(&format!(r#" {{"jwks_uri":"{issuer}/jwks","issuer":"{issuer}"}}"#)).unwrap();
    assert_eq!(metadata.issuer, issuer);
    assert!(Metadata::parse(&format!(r#"{{"issuer":"{issuer}","issuer":"other"}}"#)).is_none(), "duplicate issuer");
}

#[test]
fn metadata_urls_follow_mcp_order() {
    for (issuer, expected) in [
        (
            "https://auth.example.com/tenant1",
            &[
                "https://auth.example.com/.well-known/oauth-authorization-server/tenant1",
                "https://auth.example.com/.well-known/openid-configuration/tenant1",
                "https://auth.example.com/tenant1/.well-known/openid-configuration",
            ][..],
        ),
        (
            "https://auth.example.com",
            &[
                "https://auth.example.com/.well-known/oauth-authorization-server",
                "https://auth.example.com/.well-known/openid-configuration",
            ],
        ),
        (
            "https://tenant.auth0.example/",
            &[
                "https://tenant.auth0.example/.well-known/oauth-authorization-server",
                "https://tenant.auth0.example/.well-known/openid-configuration",
            ],
        ),
        (
            "https://host.example/application/o/app/",
            &[
                "https://host.example/.well-known/oauth-authorization-server/application/o/app",
                "https://host.example/.well-known/openid-configuration/application/o/app",
                "https://host.example/application/o/app/.well-known/openid-configuration",
            ],
        ),
    ] {
        let urls = metadata_urls(&Url::parse(issuer).unwrap(), MetadataForm::MCP);
        let urls: Vec<String> = urls.into_iter().map(String::from).collect();
        assert_eq!(urls, expected, "{issuer}");
    }
}
