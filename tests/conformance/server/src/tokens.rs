//! The two tokens of the contract. They are opaque: no issuer issued them, and the suite presents them directly.

use mcp_guard::token::{BearerToken, InvalidToken, TokenError, TokenParts};
use mcp_guard::{ScopeSet, Scopes as _, TokenValidator, ValidatedToken};

use crate::scopes;
use crate::scopes::ConformanceScope;

/// A token with the baseline scope only.
pub const LOW: &str = "mcp-conformance-scope-low";
/// A token with all scopes of the scenarios.
pub const FULL: &str = "mcp-conformance-scope-full";

/// The issuer in the metadata. It is never contacted.
pub(crate) const ISSUER: &str = "https://auth.example.invalid";
/// The ID of the template resource that the suite reads.
const TEMPLATE_ID: &str = "123";

/// A validator of the two tokens.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct OpaqueTokens;

impl TokenValidator for OpaqueTokens {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        // These tokens are public. Compare secrets in constant time, or by their hashes.
        let scopes = match token.expose() {
            LOW => ScopeSet::from([ConformanceScope::Baseline]),
            FULL => {
                let every = ConformanceScope::ALL.iter().map(ConformanceScope::scope);
                every.chain(scopes::template(TEMPLATE_ID)).collect()
            }
            _ => return Err(InvalidToken::Rejected.into()),
        };
        Ok(ValidatedToken::new(TokenParts {
            subject: "conformance".to_owned(),
            client_id: Some("conformance".to_owned()),
            issuer: ISSUER.to_owned(),
            scopes,
            ..TokenParts::default()
        }))
    }
}
