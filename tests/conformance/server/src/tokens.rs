//! The two tokens of the contract. They are opaque: no issuer made them, the suite just presents them.

use mcp_guard::BearerToken;
use mcp_guard::InvalidToken;
use mcp_guard::ScopeSet;
use mcp_guard::Scopes as _;
use mcp_guard::TokenError;
use mcp_guard::TokenParts;
use mcp_guard::TokenValidator;
use mcp_guard::ValidatedToken;

use crate::scopes;
use crate::scopes::ConformanceScope;

/// Holds the baseline and nothing else.
pub const LOW: &str = "mcp-conformance-scope-low";
/// Holds every scope that the scenarios need.
pub const FULL: &str = "mcp-conformance-scope-full";

/// Who issued them, as the metadata says. Nobody asks there.
pub(crate) const ISSUER: &str = "https://auth.example.invalid";
/// The one resource of the template that the suite reads.
const TEMPLATE_ID: &str = "123";

/// Knows the two tokens.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct OpaqueTokens;

impl TokenValidator for OpaqueTokens {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        // Everybody knows these tokens. Secrets are compared in constant time, or by their hashes.
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
