use mcp_guard_dev::DevAuthServer;

use crate::support::{RESOURCE, claims, code, exchange, granted, rejected, start};

const GRANT: (&str, &str) = ("grant_type", "refresh_token");
const CLIENT: (&str, &str) = ("client_id", "app");

async fn refresh_token(server: &DevAuthServer) -> String {
    let code = code(server, &[]).await;
    text(&granted(server, &exchange(&code, &[])).await["refresh_token"])
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().expect("a string").to_owned()
}

#[tokio::test]
async fn refresh_token_is_rotated() {
    let server = start().await;
    let first = refresh_token(&server).await;
    let body = granted(&server, &[GRANT, CLIENT, ("refresh_token", &first)]).await;
    let second = text(&body["refresh_token"]);
    assert_ne!(first, second);
    assert_eq!(body["scope"], "todo:read todo:write");
    assert_eq!(claims(&body)["sub"], "dev-user");
    assert_eq!(claims(&body)["aud"], RESOURCE);
    assert_eq!(rejected(&server, &[GRANT, CLIENT, ("refresh_token", &first)]).await, "invalid_grant");
    granted(&server, &[GRANT, CLIENT, ("refresh_token", &second)]).await;
}

#[tokio::test]
async fn narrowed_scope_applies_to_one_access_token() {
    let server = start().await;
    let first = refresh_token(&server).await;
    let body = granted(&server, &[GRANT, CLIENT, ("refresh_token", &first), ("scope", "todo:read")]).await;
    assert_eq!(body["scope"], "todo:read");
    assert_eq!(claims(&body)["scope"], "todo:read");
    let second = text(&body["refresh_token"]);
    let body = granted(&server, &[GRANT, CLIENT, ("refresh_token", &second)]).await;
    assert_eq!(body["scope"], "todo:read todo:write");
}

#[tokio::test]
async fn rejected_refresh_does_not_consume_the_token() {
    let server = start().await;
    let token = refresh_token(&server).await;
    let presented = ("refresh_token", token.as_str());
    for (pairs, expected) in [
        (&[GRANT, CLIENT, presented, ("scope", "todo:read admin")][..], "invalid_scope"),
        (&[GRANT, CLIENT, presented, ("resource", "https://other.example")], "invalid_target"),
        (&[GRANT, ("client_id", "other"), presented], "invalid_grant"),
        (&[GRANT, CLIENT], "invalid_request"),
        (&[GRANT, CLIENT, ("refresh_token", "unknown")], "invalid_grant"),
    ] {
        assert_eq!(rejected(&server, pairs).await, expected, "{pairs:?}");
    }
    granted(&server, &[GRANT, CLIENT, presented]).await;
}
