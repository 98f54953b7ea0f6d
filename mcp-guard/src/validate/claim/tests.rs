//! Members that are null, in JWTs and in introspection responses.

use mcp_guard_dev::{DevAuthServer, TokenBuilder};

use super::*;
use crate::issuer::{ClientAuthentication, Issuer};
use crate::token::{BearerToken, TokenError};
use crate::validate::{TokenProfile, TokenValidator as _};

const AUDIENCE: &str = "https://todo.example.com/mcp";

/// A claim without a value is absent, and an absent claim that is required is an error.
#[tokio::test]
async fn null_member_is_absent_in_jwts_and_responses() {
    let issuer = DevAuthServer::builder().opaque_tokens().resource_server("todo", "S3CRET").start().await.unwrap();
    let strict = Issuer::jwt(issuer.issuer()).validator(AUDIENCE).await.unwrap();
    let relaxed = Issuer::jwt(issuer.issuer()).token_profile(TokenProfile::Jwt).validator(AUDIENCE).await.unwrap();
    let opaque = Issuer::introspection(issuer.issuer(), ClientAuthentication::secret("todo", "S3CRET"));
    let opaque = opaque.validator(AUDIENCE).await.unwrap();
    let good = || issuer.token().audience(AUDIENCE).scope("todo:read").subject("alice").client_id("app");
    let missing = Err(InvalidToken::MissingClaim);
    // The claim, and the scopes or the error with RFC 9068, with other JWTs, and with introspection.
    for (claim, rfc9068, jwt, response) in [
        ("exp", missing, missing, Ok("todo:read")),
        ("iss", missing, missing, Ok("todo:read")),
        ("aud", Err(InvalidToken::Audience), Err(InvalidToken::Audience), Err(InvalidToken::Audience)),
        ("sub", missing, missing, missing),
        ("iat", missing, Ok("todo:read"), Ok("todo:read")),
        ("jti", missing, Ok("todo:read"), Ok("todo:read")),
        ("client_id", missing, Ok("todo:read"), Ok("todo:read")),
        ("scope", Ok(""), Ok(""), Ok("")),
        ("nbf", Ok("todo:read"), Ok("todo:read"), Ok("todo:read")),
        ("azp", Ok("todo:read"), Ok("todo:read"), Ok("todo:read")),
        ("typ", Ok("todo:read"), Ok("todo:read"), Ok("todo:read")),
        ("token_type", Ok("todo:read"), Ok("todo:read"), Ok("todo:read")),
        ("nonce", Ok("todo:read"), Ok("todo:read"), Ok("todo:read")),
        ("at_hash", Ok("todo:read"), Ok("todo:read"), Ok("todo:read")),
        ("username", Ok("todo:read"), Ok("todo:read"), Ok("todo:read")),
        // A token that could be bound is never treated as unbound.
        (
            "cnf",
            Err(InvalidToken::SenderConstrained),
            Err(InvalidToken::SenderConstrained),
            Err(InvalidToken::SenderConstrained),
        ),
    ] {
        let token = || -> TokenBuilder { good().claim(claim, Value::Null) };
        let jwts = [(&strict, token().sign(), rfc9068), (&relaxed, token().header("typ", "JWT").sign(), jwt)];
        let opaque = (&opaque, issuer.opaque_token(token()), response);
        for (at, (validator, token, expected)) in jwts.into_iter().chain([opaque]).enumerate() {
            let validated = validator.validate(&BearerToken::new(token)).await;
            let validated = validated.map(|token| {
                assert!(!token.claims().contains_key(claim), "{claim} {at}");
                token.scopes().to_string()
            });
            assert_eq!(validated, expected.map(str::to_owned).map_err(TokenError::Invalid), "{claim} {at}");
        }
    }
}
