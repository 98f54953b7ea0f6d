//! Verification of client credentials at an authorization server.

use url::Url;

use super::fetch::{Egress, Failure, FetchError, Fetcher};

/// Requests a token with these client credentials (RFC 6749 section 4.4), and discards it.
///
/// # Errors
///
/// [`ClientCheckError`] with the status of the response. The body is omitted, because it may contain a token.
pub(crate) async fn check_client(
    token_endpoint: &Url,
    egress: &Egress,
    id: &str,
    secret: &str,
) -> Result<(), ClientCheckError> {
    let fetcher = Fetcher::new(token_endpoint, egress)?;
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    let reply = fetcher.send(token_endpoint, |client| client.post(token_endpoint.clone()).form(&form)).await?;
    match reply.status.as_u16() {
        200 => Ok(()),
        status => Err(ClientCheckError::Refused { url: token_endpoint.clone(), status }),
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientCheckError {
    #[error("{url} returned status {status}")]
    Refused { url: Url, status: u16 },
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl ClientCheckError {
    /// Returns the kind of the failure.
    pub(crate) const fn failure(&self) -> Failure {
        match self {
            Self::Refused { status, .. } => Failure::Status(*status),
            Self::Fetch(error) => error.failure(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use axum::{Form, Router};
    use http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn client_credentials_are_checked_and_not_shown() {
        let token = post(async |Form(form): Form<Vec<(String, String)>>| {
            let expected = [("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", "a&b")];
            let matches = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(expected);
            if matches { (StatusCode::OK, "{\"access_token\":\"T0KEN\"}") } else { (StatusCode::UNAUTHORIZED, "T0KEN") }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/token", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/token", token)).await });
        check_client(&url, &Egress::default(), "app", "a&b").await.unwrap();
        let error = check_client(&url, &Egress::default(), "app", "S3CRET").await.unwrap_err();
        assert!(matches!(error, ClientCheckError::Refused { status: 401, .. }));
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("S3CRET") && !shown.contains("T0KEN"), "{shown}");
    }
}
