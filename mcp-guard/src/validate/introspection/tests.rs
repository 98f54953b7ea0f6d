//! Each response in these tests violates exactly one rule.

mod assertion;
mod calls;
mod keys;
mod mock;
mod providers;

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use self::mock::{Answer, Mock};
use super::validator::RETRY_AFTER;
use super::*;
use crate::config::Setting;
use crate::issuer::{Introspection, Issuer};
use crate::provider::Provider;
use crate::token::{BearerToken, InvalidToken as Invalid, TokenError, ValidatedToken};
use crate::validate::TokenValidator as _;
use crate::validate::cache::hash;
use crate::validate::clock::unix_now;

const AUDIENCE: &str = "https://todo.example.com/mcp";
const ISSUER: &str = "https://auth.example.com";

fn credentials() -> ClientAuthentication {
    ClientAuthentication::secret("todo", "S3CRET-of-ours")
}

fn builder(mock: &Mock) -> Issuer<Introspection> {
    Issuer::introspection(ISSUER, credentials()).endpoint(mock.url()).audience(AUDIENCE)
}

/// A valid response with these members replaced. `null` removes a member.
fn answer(replaced: Value) -> Value {
    let mut answer = json!({
        "active": true,
        "iss": ISSUER,
        "sub": "alice",
        "client_id": "app",
        "aud": AUDIENCE,
        "scope": "todo:read",
        "token_type": "Bearer",
        "exp": unix_now() + 3600,
        "iat": unix_now(),
    });
    let Value::Object(replaced) = replaced else { panic!("members to replace") };
    for (name, value) in replaced {
        match value {
            Value::Null => answer.as_object_mut().unwrap().remove(&name),
            value => answer.as_object_mut().unwrap().insert(name, value),
        };
    }
    answer
}

async fn check(validator: &IntrospectionValidator, token: &str) -> Result<ValidatedToken, TokenError> {
    validator.validate(&BearerToken::new(token)).await
}

fn is_unavailable(result: &Result<ValidatedToken, TokenError>) -> bool {
    matches!(result, Err(TokenError::Unavailable { .. }))
}

#[tokio::test]
async fn valid_token_is_accepted() {
    let echo = json!({"tenant": "acme", "echo": "S3CRET-token", "deep": {"x": [1, {"y": "Bearer S3CRET-token"}]}});
    let mock = Mock::start(Answer::json(&answer(echo))).await;
    let validator = builder(&mock).connect(AUDIENCE).await.unwrap();
    let token = check(&validator, "S3CRET-token").await.unwrap();
    assert_eq!((token.subject(), token.issuer(), token.client_id()), ("alice", ISSUER, Some("app")));
    assert_eq!(token.audience(), [AUDIENCE]);
    assert_eq!(token.scopes().to_string(), "todo:read");
    assert!(token.expires_at().unwrap() > SystemTime::now());
    assert_eq!(token.claims()["tenant"], "acme");
    assert!(!format!("{:?}", token.claims()).contains("S3CRET"), "claims do not contain the token");
    assert_eq!(validator.readiness().issuer_reachable, Some(true));
}

#[tokio::test]
async fn response_rules_reject_one_violation_each() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = builder(&mock).cache_time(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    let later = unix_now() + 3600;
    for (case, replaced, reason) in [
        ("not active", json!({"active": false}), Invalid::Inactive),
        ("other iss", json!({"iss": "https://evil.example.com"}), Invalid::Issuer),
        ("iss with a slash", json!({"iss": format!("{ISSUER}/")}), Invalid::Issuer),
        ("iss in a list", json!({"iss": [ISSUER]}), Invalid::BadClaim),
        ("empty iss", json!({"iss": ""}), Invalid::BadClaim),
        ("no aud", json!({"aud": null}), Invalid::Audience),
        ("other aud", json!({"aud": "https://other.example.com/mcp"}), Invalid::Audience),
        ("aud with a slash", json!({"aud": format!("{AUDIENCE}/")}), Invalid::Audience),
        ("empty aud", json!({"aud": []}), Invalid::Audience),
        ("aud with a number", json!({"aud": [AUDIENCE, 7]}), Invalid::BadClaim),
        ("expired", json!({"exp": unix_now() - 31}), Invalid::Expired),
        ("exp as text", json!({"exp": later.to_string()}), Invalid::BadClaim),
        ("exp as bool", json!({"exp": true}), Invalid::BadClaim),
        ("nbf in the future", json!({"nbf": later}), Invalid::NotYetValid),
        ("nbf as text", json!({"nbf": "0"}), Invalid::BadClaim),
        ("iat in the future", json!({"iat": later}), Invalid::NotYetValid),
        ("no sub", json!({"sub": null}), Invalid::MissingClaim),
        ("empty sub", json!({"sub": ""}), Invalid::BadClaim),
        ("sub as a number", json!({"sub": 7}), Invalid::BadClaim),
        ("client_id as a number", json!({"client_id": 7}), Invalid::BadClaim),
        ("another token_type", json!({"token_type": "N_A"}), Invalid::Type),
        ("token_type as a list", json!({"token_type": ["Bearer"]}), Invalid::BadClaim),
        ("a DPoP token that is not bound", json!({"token_type": "DPoP"}), Invalid::Type),
        ("a refresh token in the format of Hydra", json!({"token_use": "refresh_token"}), Invalid::Type),
        ("an ID token in the format of Cognito", json!({"token_use": "id"}), Invalid::Type),
        ("a refresh token in the format of Keycloak", json!({"typ": "Refresh"}), Invalid::Type),
        ("an ID token in the format of Keycloak", json!({"typ": "ID"}), Invalid::Type),
        ("an ID token, by its hash", json!({"at_hash": "x"}), Invalid::Type),
        ("an ID token, by its nonce", json!({"nonce": "x", "scope": null, "client_id": null}), Invalid::Type),
        ("a logout token", json!({"events": {}}), Invalid::Type),
        ("cnf", json!({"cnf": {"jkt": "x"}}), Invalid::SenderConstrained),
        ("cnf of another kind", json!({"cnf": {"x": "y"}}), Invalid::SenderConstrained),
        ("scope as a number", json!({"scope": 7}), Invalid::BadClaim),
        ("scope with a quote", json!({"scope": "a\"b"}), Invalid::BadClaim),
    ] {
        mock.respond_with(Answer::json(&answer(replaced)));
        assert_eq!(check(&validator, "token").await.map(drop), Err(reason.into()), "{case}");
    }
    mock.respond_with(Answer::json(&answer(json!({}))));
    assert!(check(&validator, "token").await.is_ok());
}

#[tokio::test]
async fn client_tokens_require_opt_in() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = builder(&mock).allow_client_tokens().cache_time(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    for (case, replaced, subject) in [
        ("a user", json!({}), Ok("alice")),
        ("a client", json!({"sub": null}), Ok("urn:mcp-guard:client:app")),
        ("a user with the name of a client", json!({"sub": "urn:mcp-guard:client:app"}), Err(Invalid::BadClaim)),
        ("a user who signed in", json!({"sub": null, "auth_time": 1}), Err(Invalid::MissingClaim)),
        ("a user with another claim", json!({"sub": null, "username": "bob"}), Err(Invalid::MissingClaim)),
        ("neither user nor client", json!({"sub": null, "client_id": null}), Err(Invalid::MissingClaim)),
        ("an empty sub", json!({"sub": ""}), Err(Invalid::BadClaim)),
    ] {
        mock.respond_with(Answer::json(&answer(replaced)));
        let found = check(&validator, "token").await.map(|token| token.subject().to_owned());
        assert_eq!(found, subject.map(str::to_owned).map_err(TokenError::from), "{case}");
    }
}

#[tokio::test]
async fn response_variants_are_accepted() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = builder(&mock).audience("other").cache_time(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    for (case, replaced) in [
        (
            "without optional members",
            json!({"iss": null, "exp": null, "iat": null, "client_id": null, "scope": null, "token_type": null}),
        ),
        ("one of several aud", json!({"aud": ["x", AUDIENCE]})),
        ("the other aud", json!({"aud": "other"})),
        ("expired within the leeway", json!({"exp": unix_now() - 20})),
        ("not yet valid within the leeway", json!({"nbf": unix_now() + 10, "iat": unix_now() + 10})),
        ("a fraction of a second", json!({"exp": 253_402_300_799.0})),
        ("token_type in lower case", json!({"token_type": "bearer"})),
        ("an access token in the format of Hydra", json!({"token_use": "access_token"})),
        ("an access token in the format of Keycloak", json!({"typ": "Bearer"})),
        ("scopes as a list", json!({"scope": ["a", "b"]})),
    ] {
        mock.respond_with(Answer::json(&answer(replaced)));
        assert!(check(&validator, "token").await.is_ok(), "{case}");
    }
}

#[tokio::test]
async fn missing_audience_requires_opt_out() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let validator = builder(&mock).cache_time(Duration::ZERO).danger_accept_tokens_without_audience();
    let validator = validator.connect(AUDIENCE).await.unwrap();
    for (aud, accepted) in [
        (json!(null), true),
        (json!([]), true),
        (json!(AUDIENCE), true),
        (json!("https://other.example.com/mcp"), false),
        (json!(["https://other.example.com/mcp"]), false),
        (json!(""), false),
        (json!(7), false),
    ] {
        mock.respond_with(Answer::json(&answer(json!({"aud": aud}))));
        assert_eq!(check(&validator, "token").await.is_ok(), accepted, "{aud}");
    }
}

#[tokio::test]
async fn stolen_bound_token_does_not_affect_its_owner() {
    use base64::Engine as _;
    let jkt = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode([1; 32]);
    let bound = json!({"cnf": {"jkt": jkt}, "token_type": "DPoP"});
    let mock = Mock::start(Answer::json(&answer(bound))).await;
    let validator = builder(&mock).connect(AUDIENCE).await.unwrap();
    let owner = BearerToken::proving("token", [1; 32]);
    let thieves = [BearerToken::new("token"), BearerToken::proving("token", [2; 32])];
    for _ in 0..2 {
        for thief in &thieves {
            assert_eq!(validator.validate(thief).await.map(drop), Err(Invalid::SenderConstrained.into()));
        }
        assert!(validator.validate(&owner).await.is_ok());
    }
    mock.respond_with(Answer::json(&answer(json!({}))));
    let unbound = validator.validate(&BearerToken::proving("another", [1; 32])).await;
    assert_eq!(unbound.map(drop), Err(Invalid::NotBound.into()));
}

#[tokio::test]
async fn scopes_are_read_from_configured_claims() {
    #[derive(serde::Deserialize)]
    struct Roles {
        roles: Vec<String>,
    }
    let mock = Mock::start(Answer::json(&answer(json!({"scp": ["a"], "roles": ["editor"]})))).await;
    let validator = builder(&mock)
        .scope_claims(["scp"])
        .grants(|claims: &Roles| {
            let roles = claims.roles.iter().filter(|role| *role == "editor");
            roles.map(|_| crate::Scope::from_static("todo:write")).collect::<crate::ScopeSet>()
        })
        .connect(AUDIENCE)
        .await
        .unwrap();
    assert_eq!(check(&validator, "token").await.unwrap().scopes().to_string(), "a todo:write");
}

#[tokio::test]
async fn invalid_validator_settings_are_rejected() {
    let mock = Mock::start(Answer::text(500, "")).await;
    let at = |issuer: &str| Issuer::introspection(issuer, credentials()).endpoint(mock.url());
    let with = |credentials| Issuer::introspection(ISSUER, credentials).endpoint(mock.url()).audience("a");
    let built = async |builder: Issuer<Introspection>| {
        let error = builder.connect(AUDIENCE).await.map(drop).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("S3CRET"), "{error}");
        error
    };
    let opted_out = at(ISSUER).danger_accept_tokens_without_audience();
    assert_eq!(opted_out.connect("").await.map(drop).unwrap_err().setting(), Setting::Resource);
    assert_eq!(built(at(ISSUER).audience("")).await.setting(), Setting::Audience);
    for issuer in ["http://auth.example.com", "https://:S3CRET@auth.example.com", "https://auth.example.com?x", "x"] {
        assert_eq!(built(at(issuer).audience("a")).await.setting(), Setting::Issuer, "{issuer}");
    }
    for endpoint in
        ["http://auth.example.com", "https://u:S3CRET@auth.example.com", "https://auth.example.com#x", "x", ""]
    {
        let error = built(builder(&mock).endpoint(endpoint)).await;
        assert_eq!(error.setting(), Setting::Endpoint, "{endpoint}");
    }
    assert_eq!(built(builder(&mock).leeway(Duration::from_secs(301))).await.setting(), Setting::Leeway);
    let forever = built(builder(&mock).cache_time(Duration::MAX)).await;
    assert_eq!(forever.setting(), Setting::CacheTime);
    assert_eq!(built(builder(&mock).max_calls(0)).await.setting(), Setting::MaxCalls);
    for credentials in [
        ClientAuthentication::secret("", "S3CRET"),
        ClientAuthentication::secret("todo", ""),
        ClientAuthentication::secret_post("todo", ""),
        ClientAuthentication::private_key_jwt("todo", crate::issuer::Algorithm::Es256, "S3CRET").into(),
    ] {
        assert_eq!(built(with(credentials)).await.setting(), Setting::ClientSecret);
    }
}

#[test]
fn debug_shows_no_secret() {
    for credentials in [
        ClientAuthentication::secret("todo", "S3CRET"),
        ClientAuthentication::secret_post("todo", "S3CRET"),
        ClientAuthentication::private_key_jwt("todo", crate::issuer::Algorithm::Es256, "S3CRET").into(),
    ] {
        let builder = Issuer::introspection(ISSUER, credentials.clone());
        let printed = format!("{credentials:?} {builder:?} {:?}", Provider::GITHUB.issuer("id", "S3CRET"));
        assert!(printed.contains("todo") && !printed.contains("S3CRET"), "{printed}");
    }
}
