//! Formats that are specific to some issuers.

use super::*;
use crate::provider::{JwtPreset, RFC9068};

fn plain(issuer: &DevAuthServer) -> TokenBuilder {
    good(issuer).header("typ", "JWT").without("client_id").without("jti")
}

/// Returns the scopes of each token, or its error.
async fn table(validator: Issuer<Jwt>, rows: Vec<(&str, TokenBuilder, Result<&str, Invalid>)>) {
    let validator = validator.token_profile(TokenProfile::Jwt).connect(AUDIENCE).await.unwrap();
    for (case, token, expected) in rows {
        let scopes = match check(&validator, &token.sign()).await {
            Ok(token) => Ok(token.scopes().to_string()),
            Err(TokenError::Invalid(reason)) => Err(reason),
            Err(error) => panic!("{case}: {error}"),
        };
        assert_eq!(scopes.as_deref().map_err(|reason| *reason), expected, "{case}");
    }
}

#[tokio::test]
async fn first_present_scope_claim_is_used() {
    let issuer = issuer().await;
    let token = || plain(&issuer).without("scope");
    table(
        validator(&issuer).scope_claims(["scope", "scp", "scopes"]),
        vec![
            ("the first", token().scope("a").claim("scp", "b"), Ok("a")),
            ("the second", token().claim("scp", "b c").claim("scopes", json!(["d"])), Ok("b c")),
            ("the third", token().claim("scopes", json!(["d"])), Ok("d")),
            ("the first is empty", token().scope("").claim("scp", "b"), Ok("")),
            ("the first is of another type", token().claim("scope", 7).claim("scp", "b"), Err(Invalid::BadClaim)),
            ("null", token().claim("scope", Value::Null).claim("scp", "b"), Ok("b")),
            ("none, and no client", token().claim("permissions", json!(["a"])), Err(Invalid::Type)),
            ("none", token().client_id("app").claim("permissions", json!(["a"])), Ok("")),
        ],
    )
    .await;
}

#[tokio::test]
async fn scopes_without_prefix_are_ignored() {
    let issuer = issuer().await;
    let token = |scope: &str| plain(&issuer).scope(scope);
    table(
        validator(&issuer).token_scope_prefix("https://todo/"),
        vec![
            ("with it", token("https://todo/todo:read"), Ok("todo:read")),
            (
                "those of OpenID Connect are the same everywhere",
                token("https://todo/todo:read openid"),
                Ok("openid todo:read"),
            ),
            ("without it", token("todo:read"), Ok("")),
            ("that of another", token("https://other/todo:read"), Ok("")),
            ("nothing behind it", token("https://todo/"), Ok("")),
            ("twice", token("https://todo/https://todo/a"), Ok("https://todo/a")),
        ],
    )
    .await;
}

#[tokio::test]
async fn missing_audience_requires_known_client() {
    let issuer = issuer().await;
    let token = |client: &str| plain(&issuer).without("aud").client_id(client);
    table(
        validator(&issuer).clients_without_audience(["app"]),
        vec![
            ("the known client", token("app"), Ok("todo:read")),
            ("another client", token("other"), Err(Invalid::Audience)),
            ("no client", token("app").without("client_id"), Err(Invalid::Audience)),
            ("our audience", token("other").audience(AUDIENCE), Ok("todo:read")),
            ("another audience", token("app").audience("https://other.example.com"), Err(Invalid::Audience)),
            ("an empty audience", token("app").claim("aud", json!([])), Err(Invalid::Audience)),
            ("null", token("app").claim("aud", Value::Null), Ok("todo:read")),
            ("null, and another client", token("other").claim("aud", Value::Null), Err(Invalid::Audience)),
        ],
    )
    .await;
}

#[tokio::test]
async fn issuer_alias_is_compared_exactly() {
    let issuer = issuer().await;
    let builder = validator(&issuer).alias("https://sts.example.com/tenant/");
    let alias = |iss: &str| good(&issuer).claim("iss", iss);
    table(
        builder.clone(),
        vec![
            ("itself", good(&issuer), Ok("todo:read")),
            ("the alias", alias("https://sts.example.com/tenant/"), Ok("todo:read")),
            ("without the slash", alias("https://sts.example.com/tenant"), Err(Invalid::Issuer)),
            ("another", alias("https://sts.example.com/other/"), Err(Invalid::Issuer)),
        ],
    )
    .await;
    let validator = builder.connect(AUDIENCE).await.unwrap();
    let token = check(&validator, &alias("https://sts.example.com/tenant/").sign()).await.unwrap();
    assert_eq!(token.issuer(), issuer.issuer(), "the same issuer for all aliases");
}

#[tokio::test]
async fn required_claims_are_checked() {
    let issuer = issuer().await;
    let token = || plain(&issuer).claim("use", "access").claim("tid", "t");
    table(
        validator(&issuer).require_claim("use", "access").require_any_claim("tid"),
        vec![
            ("as required", token(), Ok("todo:read")),
            ("another value", token().claim("use", "id"), Err(Invalid::UnexpectedClaim)),
            ("in capitals", token().claim("use", "Access"), Err(Invalid::UnexpectedClaim)),
            ("missing", token().without("use"), Err(Invalid::MissingClaim)),
            ("of another type", token().claim("use", json!(["access"])), Err(Invalid::BadClaim)),
            ("any value missing", token().without("tid"), Err(Invalid::MissingClaim)),
            ("any value empty", token().claim("tid", ""), Err(Invalid::BadClaim)),
        ],
    )
    .await;
}

#[tokio::test]
async fn client_is_read_from_configured_claims() {
    let issuer = issuer().await;
    let client = async |builder: Issuer<Jwt>, token: TokenBuilder| {
        let validator = builder.token_profile(TokenProfile::Jwt).connect(AUDIENCE).await.unwrap();
        check(&validator, &token.sign()).await.map(|token| token.client_id().map(str::to_owned))
    };
    let okta = || validator(&issuer).client_claims(["cid"]);
    let token = || plain(&issuer);
    assert_eq!(client(validator(&issuer), token().claim("azp", "app")).await, Ok(Some("app".to_owned())));
    assert_eq!(client(okta(), token().claim("cid", "app").claim("azp", "other")).await, Ok(Some("app".to_owned())));
    assert_eq!(client(okta(), token().client_id("other")).await, Ok(None));
    assert_eq!(client(okta(), token().claim("cid", 7)).await, Err(Invalid::BadClaim.into()));
    assert!(
        client(okta(), token().claim("cid", "app").without("scope")).await.is_ok(),
        "the client claim identifies an access token"
    );
}

#[tokio::test]
async fn token_type_claims_are_checked() {
    let issuer = issuer().await;
    let says = |name: &str, kind: Value| plain(&issuer).claim(name, kind);
    table(
        validator(&issuer),
        vec![
            ("an access token", says("token_use", json!("access")).claim("token_type", "Bearer"), Ok("todo:read")),
            ("Keycloak's typ of a bound token", says("typ", json!("DPoP")), Ok("todo:read")),
            ("a refresh token", says("token_use", json!("refresh_token")), Err(Invalid::Type)),
            ("an ID token", says("token_type", json!("id_token")), Err(Invalid::Type)),
            ("a session", says("token_type", json!("mcp_session")), Err(Invalid::Type)),
            ("a refresh token by its typ", says("typ", json!("Refresh")), Err(Invalid::Type)),
            ("null", says("token_use", Value::Null), Ok("todo:read")),
        ],
    )
    .await;
}

#[tokio::test]
async fn subject_is_read_from_configured_claims() {
    let issuer = issuer().await;
    let validator = validator(&issuer).subject_claims(["uid", "sub"]).connect(AUDIENCE).await.unwrap();
    let token = || good(&issuer).subject("alice@example.com");
    let user = check(&validator, &token().claim("uid", "00u1").sign()).await.unwrap();
    let machine = check(&validator, &token().sign()).await.unwrap();
    assert_eq!((user.subject(), machine.subject()), ("00u1", "alice@example.com"));
    assert_eq!(rejection(&validator, &token().claim("uid", 7).sign()).await, Invalid::BadClaim);
    assert_eq!(rejection(&validator, &token().claim("uid", "00u1").without("sub").sign()).await, Invalid::MissingClaim);
}

#[tokio::test]
async fn claims_of_other_token_types_are_rejected() {
    let issuer = issuer().await;
    table(
        validator(&issuer).preset(&JwtPreset {
            foreign_claims: &["drn"],
            access_token_claims: Some(&["uid"]),
            ..RFC9068
        }),
        vec![
            ("an access token", plain(&issuer).claim("uid", "u"), Ok("todo:read")),
            ("a session", plain(&issuer).claim("uid", "u").claim("drn", "DS"), Err(Invalid::Type)),
            ("a session with an empty value", plain(&issuer).claim("uid", "u").claim("drn", ""), Err(Invalid::Type)),
            ("without the claim of access tokens", plain(&issuer), Err(Invalid::Type)),
        ],
    )
    .await;
}

#[tokio::test]
async fn clients_not_allowed_are_rejected() {
    let issuer = issuer().await;
    table(
        validator(&issuer).clients(["app", "cli"]),
        vec![
            ("one", plain(&issuer).client_id("app"), Ok("todo:read")),
            ("the other", plain(&issuer).claim("azp", "cli"), Ok("todo:read")),
            ("a third", plain(&issuer).client_id("other"), Err(Invalid::Client)),
            (
                "a third that names one elsewhere",
                plain(&issuer).client_id("other").claim("azp", "app"),
                Err(Invalid::Client),
            ),
            ("nobody", plain(&issuer), Err(Invalid::Client)),
        ],
    )
    .await;
}

#[tokio::test]
async fn empty_setting_values_are_rejected() {
    let issuer = issuer().await;
    for builder in [
        validator(&issuer).alias(""),
        validator(&issuer).clients_without_audience([""]),
        validator(&issuer).scope_claims([""]),
        validator(&issuer).client_claims([""]),
        validator(&issuer).subject_claims([""]),
        validator(&issuer).clients([""]),
        validator(&issuer).scope_claims([""; 0]),
        validator(&issuer).subject_claims([""; 0]),
        validator(&issuer).client_claims([""; 0]),
        validator(&issuer).require_claim("", "x"),
        validator(&issuer).require_claim("x", ""),
        validator(&issuer).require_any_claim(""),
    ] {
        assert_eq!(builder.connect(AUDIENCE).await.map(drop).unwrap_err().settings().count(), 1);
    }
    for prefix in ["", "todo", "a b/"] {
        let built = validator(&issuer).token_scope_prefix(prefix).connect(AUDIENCE).await.map(drop);
        assert_eq!(built.unwrap_err().setting(), Setting::TokenScopePrefix, "{prefix:?}");
    }
}
