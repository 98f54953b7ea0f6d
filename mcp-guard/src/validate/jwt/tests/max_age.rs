//! Maximum token age, and tokens without a user.

use super::*;

#[tokio::test]
async fn token_beyond_its_maximum_age_is_rejected() {
    let issuer = issuer().await;
    let hour = validator(&issuer).max_token_age(Duration::from_secs(3600)).token_profile(TokenProfile::Jwt);
    let hour = hour.leeway(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    let issued = |seconds: i64| good(&issuer).claim("iat", unix_now() - seconds).claim("exp", unix_now() + 90_000);
    assert!(check(&hour, &issued(3_000).sign()).await.is_ok());
    assert_eq!(rejection(&hour, &issued(3_600).sign()).await, Invalid::Expired);
    assert_eq!(rejection(&hour, &issued(0).without("iat").sign()).await, Invalid::MissingClaim);
    let end = check(&hour, &issued(3_000).sign()).await.unwrap().expires_at().unwrap();
    let left = end.duration_since(SystemTime::now()).unwrap().as_secs();
    assert!((500..=600).contains(&left), "the expiration reflects the maximum age: {left}");
    let forever = validator(&issuer).max_token_age(Duration::MAX).connect(AUDIENCE).await.unwrap();
    assert!(check(&forever, &issued(80_000).sign()).await.is_ok());
}

#[tokio::test]
async fn client_token_requires_opt_in_and_is_not_a_user() {
    let issuer = issuer().await;
    let strict = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let allowing = validator(&issuer).allow_client_tokens().connect(AUDIENCE).await.unwrap();
    let client = || good(&issuer).without("sub").client_id("app");
    assert_eq!(rejection(&strict, &client().sign()).await, Invalid::MissingClaim);
    let token = check(&allowing, &client().sign()).await.unwrap();
    assert_eq!((token.subject(), token.client_id()), ("urn:mcp-guard:client:app", Some("app")));
    for validator in [&strict, &allowing] {
        let user = check(validator, &good(&issuer).subject("app").client_id("app").sign()).await.unwrap();
        assert!(user.principal() != token.principal(), "a user with the name of the client");
        let posing = good(&issuer).subject("urn:mcp-guard:client:app").client_id("app").sign();
        assert_eq!(rejection(validator, &posing).await, Invalid::BadClaim);
    }
    let user_claims = [
        "username",
        "preferred_username",
        "user_name",
        "user_id",
        "unique_name",
        "upn",
        "uid",
        "login",
        "given_name",
        "family_name",
        "nickname",
        "email",
        "phone_number",
        "auth_time",
        "acr",
        "amr",
        "sid",
    ];
    for claim in user_claims {
        assert_eq!(rejection(&allowing, &client().claim(claim, "x").sign()).await, Invalid::MissingClaim, "{claim}");
    }
    assert_eq!(rejection(&allowing, &client().without("client_id").sign()).await, Invalid::MissingClaim);
    assert_eq!(rejection(&allowing, &client().claim("sub", "").sign()).await, Invalid::BadClaim);
    let okta = validator(&issuer).subject_claims(["uid", "sub"]).allow_client_tokens();
    let okta = okta.connect(AUDIENCE).await.unwrap();
    assert_eq!(
        rejection(&okta, &client().claim("uid", "u").sign()).await,
        Invalid::MissingClaim,
        "a user without `sub`"
    );
}
