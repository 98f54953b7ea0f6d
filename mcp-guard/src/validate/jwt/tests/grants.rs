//! Scopes that the application derives from other claims.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;

use super::*;
use crate::scope::{Scope, ScopeSet};

#[derive(Deserialize)]
struct Roles {
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct Permissions {
    permissions: Vec<Scope>,
}

fn of_roles(claims: &Roles) -> ScopeSet {
    let scopes = claims.roles.iter().filter_map(|role| match role.as_str() {
        "editor" => Some(Scope::from_static("todo:write")),
        "cleaner" => Some(Scope::from_static("todo:delete")),
        _ => None,
    });
    scopes.collect()
}

fn of_permissions(claims: &Permissions) -> ScopeSet {
    claims.permissions.iter().cloned().collect()
}

async fn scopes(validator: &JwtValidator, token: TokenBuilder) -> String {
    check(validator, &token.sign()).await.unwrap().scopes().to_string()
}

#[tokio::test]
async fn other_claims_grant_no_scopes_by_default() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    for name in ["role", "roles", "permission", "permissions", "group", "groups", "entitlements", "authorities", "scp"]
    {
        for claim in [json!("admin"), json!(["admin"]), json!({"roles": ["admin"]})] {
            assert_eq!(
                scopes(&validator, good(&issuer).claim(name, claim.clone())).await,
                "todo:read",
                "{name} {claim}"
            );
            assert_eq!(scopes(&validator, good(&issuer).without("scope").claim(name, claim)).await, "", "{name}");
        }
    }
    let keycloak = json!({"roles": ["admin"], "account": {"roles": ["admin"]}});
    for name in ["realm_access", "resource_access"] {
        assert_eq!(scopes(&validator, good(&issuer).claim(name, keycloak.clone())).await, "todo:read", "{name}");
    }
}

#[tokio::test]
async fn application_grants_scopes_from_claims() {
    let issuer = issuer().await;
    let validator = validator(&issuer).grants(of_roles).grants(of_permissions).connect(AUDIENCE).await.unwrap();
    let good = || good(&issuer);
    for (case, token, expected) in [
        ("no such claims", good(), "todo:read"),
        ("a role", good().claim("roles", json!(["editor"])), "todo:read todo:write"),
        ("a role, and no scope", good().without("scope").claim("roles", json!(["editor"])), "todo:write"),
        ("several", good().claim("roles", json!(["editor", "cleaner", "editor"])), "todo:delete todo:read todo:write"),
        ("an unknown role", good().claim("roles", json!(["todo:write", "Editor"])), "todo:read"),
        ("no role", good().claim("roles", json!([])), "todo:read"),
        ("a permission", good().claim("permissions", json!(["b", "todo:read"])), "b todo:read"),
        ("both", good().claim("roles", json!(["editor"])).claim("permissions", json!(["a"])), "a todo:read todo:write"),
        ("roles as a text", good().claim("roles", "editor"), "todo:read"),
        ("roles as null", good().claim("roles", Value::Null), "todo:read"),
        ("one role is a number", good().claim("roles", json!(["editor", 7])), "todo:read"),
        ("a permission that is no scope", good().claim("permissions", json!(["a", "b c"])), "todo:read"),
        (
            "a mismatch with one type does not affect another",
            good().claim("roles", 7).claim("permissions", json!(["a"])),
            "a todo:read",
        ),
    ] {
        assert_eq!(scopes(&validator, token).await, expected, "{case}");
    }
}

#[tokio::test]
async fn cached_token_keeps_granted_scopes() {
    let issuer = issuer().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let grants = move |claims: &Roles| {
        counted.fetch_add(1, Ordering::SeqCst);
        of_roles(claims)
    };
    let validator = validator(&issuer).grants(grants).connect(AUDIENCE).await.unwrap();
    let token = good(&issuer).claim("roles", json!(["editor"])).sign();
    for _ in 0..2 {
        assert_eq!(check(&validator, &token).await.unwrap().scopes().to_string(), "todo:read todo:write");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1, "the second result is cached");
}

#[tokio::test]
async fn rejected_token_is_not_passed_to_application() {
    let issuer = issuer().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let grants = move |_: &Value| {
        counted.fetch_add(1, Ordering::SeqCst);
        ScopeSet::new()
    };
    let validator = validator(&issuer).token_profile(TokenProfile::Jwt).grants(grants).connect(AUDIENCE).await.unwrap();
    let forged = SigningKey::generate(SigningAlgorithm::Es256);
    let kid = issuer.current_key().kid().to_owned();
    let good = || good(&issuer);
    for (token, reason) in [
        (forged.token(issuer.issuer()).audience(AUDIENCE).header("kid", kid), Invalid::Signature),
        (good().expires_in(-3600), Invalid::Expired),
        (good().audience("other"), Invalid::Audience),
        (good().claim("cnf", json!({})), Invalid::SenderConstrained),
        (good().claim("nonce", "n"), Invalid::Type),
        (good().claim("scope", 7), Invalid::BadClaim),
        // Granted scopes do not turn an ID token into an access token.
        (good().without("client_id").without("scope").claim("roles", json!(["editor"])), Invalid::Type),
    ] {
        assert_eq!(rejection(&validator, &token.sign()).await, reason);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    assert!(check(&validator, &good().sign()).await.is_ok());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}
