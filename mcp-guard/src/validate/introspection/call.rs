//! One call to the endpoint, and what its answer is worth.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use url::Url;

use super::github::GitHub;
use super::google::Google;
use super::question::{Cause, Verdict};
use super::rfc7662::Rfc7662;
use crate::validate::fetch::Fetcher;

/// The longest that a call may take: a request waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);
/// What an authorization server may ask to be left alone for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// Whom to ask, and how.
#[derive(Debug)]
pub(super) struct Call {
    fetcher: Fetcher,
    endpoint: Url,
    source: CallSource,
}

/// How the question is put, and how the answer is read.
#[derive(Debug)]
pub(crate) enum CallSource {
    Rfc7662(Rfc7662),
    Google(Google),
    GitHub(GitHub),
}

/// There is no answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) cause: Cause,
    pub(super) retry_after: Option<Duration>,
}

impl Call {
    pub(super) const fn new(fetcher: Fetcher, endpoint: Url, source: CallSource) -> Self {
        Self { fetcher, endpoint, source }
    }

    pub(super) const fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Asks about a token.
    pub(super) async fn ask(&self, token: &str) -> Result<Verdict, Failure> {
        let failed = |cause| Failure { cause, retry_after: None };
        let question = match &self.source {
            CallSource::Rfc7662(source) => source.question(token).map_err(failed)?,
            CallSource::Google(source) => source.question(token).map_err(failed)?,
            CallSource::GitHub(source) => source.question(token),
        };
        let request = |client: &reqwest::Client| {
            let mut request = client
                .post(self.endpoint.clone())
                .timeout(TIMEOUT)
                .header(CONTENT_TYPE, question.content_type)
                // An empty body would be sent without it, which some servers answer with 411.
                .header(CONTENT_LENGTH, question.body.len())
                .body(question.body);
            if let Some(mut authorization) = question.authorization {
                authorization.set_sensitive(true);
                request = request.header(AUTHORIZATION, authorization);
            }
            request
        };
        let reply = self.fetcher.send(&self.endpoint, request).await.map_err(|error| failed(error.into()))?;
        let verdict = match &self.source {
            CallSource::Rfc7662(source) => source.verdict(&reply, &self.endpoint),
            CallSource::Google(source) => source.verdict(&reply, &self.endpoint),
            CallSource::GitHub(source) => source.verdict(&reply, &self.endpoint),
        };
        verdict.map_err(|cause| Failure { cause, retry_after: retry_after(&reply.headers) })
    }
}

/// `Retry-After` (RFC 9110 section 10.2.3), within bounds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).unwrap_or_default(),
    };
    Some(wait.clamp(Duration::from_secs(1), MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_taken_over_within_bounds() {
        let at = |text: &str| {
            let headers = [(RETRY_AFTER, HeaderValue::from_str(text).unwrap())].into_iter().collect();
            retry_after(&headers).map(|wait| wait.as_secs())
        };
        for (text, seconds) in [
            ("30", Some(30)),
            ("0", Some(1)),
            ("86400", Some(300)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(1)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(300)),
            ("-1", None),
            ("99999999999999999999999", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(at(text), seconds, "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
