//! Resource indicators (RFC 8707), which become the audience of a token.

use serde_json::{Value, json};
use url::Url;

use crate::oauth_error::{ErrorCode, OAuthError};

/// The resources of a token: at least one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Resources(Vec<String>);

impl Resources {
    /// Returns the requested resources, or the default one. Returns `invalid_target` without either.
    pub(crate) fn parse<'a>(
        requested: impl Iterator<Item = &'a str>,
        default: Option<&str>,
    ) -> Result<Self, OAuthError> {
        let mut resources = Vec::new();
        for resource in requested {
            if !is_resource(resource) {
                return Err(OAuthError::new(
                    ErrorCode::InvalidTarget,
                    "a resource must be an absolute URI without a fragment",
                ));
            }
            if !resources.iter().any(|earlier| earlier == resource) {
                resources.push(resource.to_owned());
            }
        }
        if resources.is_empty() {
            let missing = OAuthError::new(ErrorCode::InvalidTarget, "resource is missing");
            resources.push(default.ok_or(missing)?.to_owned());
        }
        Ok(Self(resources))
    }

    /// Returns the requested resources of this grant, or all of them if the request names none (RFC 8707 §2.2).
    pub(crate) fn narrowed<'a>(&self, requested: impl Iterator<Item = &'a str>) -> Result<Self, OAuthError> {
        let requested: Vec<_> = requested.map(str::to_owned).collect();
        if requested.is_empty() {
            return Ok(self.clone());
        }
        if !requested.iter().all(|resource| self.0.contains(resource)) {
            return Err(OAuthError::new(ErrorCode::InvalidTarget, "the resource is not part of the grant"));
        }
        Ok(Self(requested))
    }

    /// The `aud` claim: a string for one resource, an array for several (RFC 7519 §4.1.3).
    pub(crate) fn audience(&self) -> Value {
        match self.0.as_slice() {
            [only] => json!(only),
            several => json!(several),
        }
    }
}

fn is_resource(resource: &str) -> bool {
    Url::parse(resource).is_ok_and(|url| url.fragment().is_none())
}

#[cfg(test)]
mod tests;
