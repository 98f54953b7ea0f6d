//! The parameters of a request, from the query or from a form.

use std::collections::HashSet;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use url::form_urlencoded;

use crate::oauth_error::{ErrorCode, OAuthError};

/// Request parameters (RFC 6749 §3.1): a parameter without a value counts as omitted, and the order is not significant.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Parses the parameters of a form.
    pub(crate) fn from_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "Content-Type must be application/x-www-form-urlencoded",
            ));
        }
        Ok(Self::parse(body))
    }

    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// Returns the value of a parameter. If it is repeated, returns the first value.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn required(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.value(name).ok_or(OAuthError::new(ErrorCode::InvalidRequest, missing))
    }

    /// Rejects repeated parameters (RFC 6749 §3.1), except `resource` (RFC 8707 §2).
    pub(crate) fn reject_repeated(&self) -> Result<(), OAuthError> {
        let mut seen = HashSet::new();
        if self.0.iter().any(|(name, _)| name != "resource" && !seen.insert(name)) {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "a parameter is included more than once"));
        }
        Ok(())
    }

    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.values(name).count() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parameter_counts_as_omitted() {
        assert_eq!(Params::parse(b"scope=&state=a+b%21").value("scope"), None);
        assert_eq!(Params::parse(b"scope=&state=a+b%21").value("state"), Some("a b!"));
    }

    #[test]
    fn only_resource_may_be_repeated() {
        assert!(Params::parse(b"resource=a&resource=b&scope=c").reject_repeated().is_ok());
        assert!(Params::parse(b"scope=a&scope=a").reject_repeated().is_err());
    }
}
