use std::time::Duration;

use serde_json::json;

use super::*;

fn parts(subject: &str) -> TokenParts {
    TokenParts { subject: subject.to_owned(), issuer: "https://auth.example.com".to_owned(), ..TokenParts::default() }
}

#[tokio::test]
async fn listed_tokens_are_accepted_and_no_others() {
    let expired = TokenParts { expires_at: Some(SystemTime::now() - Duration::from_secs(1)), ..parts("carol") };
    let bound = TokenParts { claims: [("cnf".to_owned(), json!({"jkt": "x"}))].into_iter().collect(), ..parts("dave") };
    let tokens = [("S3CRET-a", parts("alice")), ("S3CRET-b", parts("bob")), ("S3CRET-c", expired), ("S3CRET-d", bound)];
    let validator = StaticTokens::new(tokens).unwrap();
    let subject =
        async |token: &str| validator.validate(&BearerToken::new(token)).await.map(|token| token.subject().to_owned());
    assert_eq!(subject("S3CRET-a").await.unwrap(), "alice");
    assert_eq!(subject("S3CRET-b").await.unwrap(), "bob");
    for (token, reason) in [
        ("", InvalidToken::Rejected),
        ("S3CRET-", InvalidToken::Rejected),
        ("S3CRET-a ", InvalidToken::Rejected),
        ("s3cret-a", InvalidToken::Rejected),
        ("S3CRET-c", InvalidToken::Expired),
        ("S3CRET-d", InvalidToken::SenderConstrained),
    ] {
        assert_eq!(subject(token).await.unwrap_err(), TokenError::Invalid(reason), "{token}");
    }
    assert!(!format!("{validator:?}").contains("S3CRET"));
}

#[test]
fn invalid_list_is_rejected() {
    for (tokens, expected) in [
        (vec![("", parts("alice"))], "not empty"),
        (vec![("a", parts("alice")), ("a", parts("bob"))], "differ"),
        (vec![("a", parts(""))], "a subject"),
        (vec![("a", TokenParts { issuer: String::new(), ..parts("alice") })], "an issuer"),
    ] {
        let error = StaticTokens::new(tokens).map(drop).unwrap_err();
        assert_eq!(error.setting(), Setting::StaticTokens);
        assert!(error.to_string().contains(expected), "{error}");
    }
}
