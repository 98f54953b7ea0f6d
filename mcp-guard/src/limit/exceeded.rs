//! A limit that a request exceeds, and the headers that tell the client.

use std::fmt;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::rate::Rate;
use crate::rule::Rule;

/// The field with the remaining quota (draft-ietf-httpapi-ratelimit-headers-10, section 4).
pub(crate) const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The field with the limits (draft-ietf-httpapi-ratelimit-headers-10, section 3).
pub(crate) const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The `Retry-After` when too many requests are in progress.
const CONCURRENCY_RETRY: Duration = Duration::from_secs(1);

/// A limit that a request exceeds. The response is `429`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Exceeded {
    rule: Rule,
    limit: Limit,
    retry_after: Duration,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Limit {
    Rate(Rate),
    /// The maximum number of requests in progress.
    Concurrency(u32),
}

impl Exceeded {
    pub(super) const fn rate(rule: Rule, rate: Rate, retry_after: Duration) -> Self {
        Self { rule, limit: Limit::Rate(rate), retry_after }
    }

    pub(super) const fn concurrency(rule: Rule, max: u32) -> Self {
        Self { rule, limit: Limit::Concurrency(max), retry_after: CONCURRENCY_RETRY }
    }

    /// Returns the rule that rejects the request.
    pub(crate) const fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns the time after which the client can repeat the request, in whole seconds: at least one.
    pub(crate) fn seconds(&self) -> u64 {
        let is_whole = self.retry_after.subsec_nanos() == 0;
        (self.retry_after.as_secs() + u64::from(!is_whole)).max(1)
    }

    /// Adds `Retry-After` and the RateLimit fields.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let name = self.rule.as_str();
        let (policy, remaining) = match self.limit {
            Limit::Rate(rate) => {
                let (quota, window) = (rate.requests(), rate.window().as_secs());
                (format!("\"{name}\";q={quota};w={window}"), format!("\"{name}\";r=0;t={}", self.seconds()))
            }
            Limit::Concurrency(max) => {
                (format!("\"{name}\";q={max};qu=\"concurrent-requests\""), format!("\"{name}\";r=0"))
            }
        };
        headers.insert(RETRY_AFTER, self.seconds().into());
        let value = |text: String| HeaderValue::try_from(text).expect("names and numbers are valid in a header");
        headers.insert(RATELIMIT_POLICY, value(policy));
        headers.insert(RATELIMIT, value(remaining));
    }
}

/// Writes the message for the client.
impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.limit {
            Limit::Rate(rate) => write!(f, "Too many requests: the limit is {rate}. Retry after {} s", self.seconds()),
            Limit::Concurrency(1) => f.write_str("Another request is in progress. Retry after it has ended"),
            Limit::Concurrency(max) => write!(f, "{max} requests are in progress. Retry after one has ended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_follow_the_draft() {
        let minute = Rate::per_minute(10);
        for (exceeded, expected) in [
            (
                Exceeded::rate(Rule::CallerRate, minute, Duration::from_millis(5_001)),
                ["6", r#""caller_rate";q=10;w=60"#, r#""caller_rate";r=0;t=6"#],
            ),
            (
                Exceeded::rate(Rule::CallerRate, minute, Duration::ZERO),
                ["1", r#""caller_rate";q=10;w=60"#, r#""caller_rate";r=0;t=1"#],
            ),
            (
                Exceeded::concurrency(Rule::OperationConcurrency, 2),
                ["1", r#""operation_concurrency";q=2;qu="concurrent-requests""#, r#""operation_concurrency";r=0"#],
            ),
        ] {
            let mut headers = HeaderMap::new();
            exceeded.write(&mut headers);
            let written =
                [RETRY_AFTER, RATELIMIT_POLICY, RATELIMIT].map(|name| headers[name].to_str().unwrap().to_owned());
            assert_eq!(written, expected);
        }
    }
}
