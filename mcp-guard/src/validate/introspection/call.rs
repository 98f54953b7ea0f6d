//! A call to the introspection endpoint.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use url::Url;

use super::exchange::{CallError, TokenStatus};
use super::github::GitHub;
use super::google::Google;
use super::rfc7662::Rfc7662;
use crate::metrics;
use crate::metrics::Document;
use crate::validate::fetch::Fetcher;
use crate::validate::keys::MetadataForm;
use crate::validate::keys::discovery::{DiscoveryError, introspection_endpoint};

/// The time limit of a call, because a request waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The upper limit for `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// An endpoint with its protocol.
#[derive(Debug)]
pub(super) struct Call {
    fetcher: Fetcher,
    /// Empty until it is discovered.
    endpoint: OnceLock<Url>,
    source: CallSource,
}

/// The protocol of an endpoint.
#[derive(Debug)]
pub(crate) enum CallSource {
    Rfc7662(Rfc7662),
    Google(Google),
    GitHub(GitHub),
}

/// A failed call.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) cause: CallError,
    pub(super) retry_after: Option<Duration>,
}

impl Call {
    pub(super) fn new(fetcher: Fetcher, endpoint: Option<Url>, source: CallSource) -> Self {
        Self { fetcher, endpoint: endpoint.map_or_else(OnceLock::new, OnceLock::from), source }
    }

    /// Discovers the endpoint of `issuer`, for all further calls.
    pub(super) async fn discover(&self, issuer: &str, forms: &[MetadataForm]) -> Result<(), DiscoveryError> {
        let endpoint = introspection_endpoint(&self.fetcher, issuer, forms).await?;
        self.endpoint.get_or_init(|| endpoint);
        Ok(())
    }

    /// Returns the endpoint, for messages.
    pub(super) fn endpoint(&self) -> Option<&str> {
        self.endpoint.get().map(Url::as_str)
    }

    /// Sends a token to the endpoint and returns its status.
    pub(super) async fn introspect(&self, token: &str) -> Result<TokenStatus, Failure> {
        let status = self.request(token).await;
        let failure = status.as_ref().err().map(|failed| failed.cause.failure().as_str());
        metrics::fetched(Document::Introspection, failure);
        status
    }

    async fn request(&self, token: &str) -> Result<TokenStatus, Failure> {
        let failed = |cause| Failure { cause, retry_after: None };
        let endpoint = self.endpoint.get().ok_or(CallError::NoEndpoint).map_err(failed)?;
        let endpoint_request = match &self.source {
            CallSource::Rfc7662(source) => source.request(token).map_err(failed)?,
            CallSource::Google(source) => source.request(token).map_err(failed)?,
            CallSource::GitHub(source) => source.request(token),
        };
        let build = |client: &reqwest::Client| {
            let mut request = client
                .post(endpoint.clone())
                .timeout(TIMEOUT)
                .header(CONTENT_TYPE, endpoint_request.content_type)
                // Without this header, some servers reject an empty body with 411.
                .header(CONTENT_LENGTH, endpoint_request.body.len())
                .body(endpoint_request.body);
            if let Some(mut authorization) = endpoint_request.authorization {
                authorization.set_sensitive(true);
                request = request.header(AUTHORIZATION, authorization);
            }
            request
        };
        let reply = self.fetcher.send(endpoint, build).await.map_err(|error| failed(error.into()))?;
        let status = match &self.source {
            CallSource::Rfc7662(source) => source.token_status(&reply, endpoint),
            CallSource::Google(source) => source.token_status(&reply, endpoint),
            CallSource::GitHub(source) => source.token_status(&reply, endpoint),
        };
        status.map_err(|cause| Failure { cause, retry_after: retry_after(&reply.headers) })
    }
}

/// Returns the `Retry-After` delay (RFC 9110 section 10.2.3), within limits.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).unwrap_or_default(),
    };
    Some(wait.clamp(Duration::from_secs(1), MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests;
