//! The usual causes of rejected tokens, where nothing is known about the provider.

use crate::token::InvalidToken;

/// Returns the usual cause of a rejection, with a remedy.
pub(super) const fn of(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::TooLong => {
            "the authorization server writes many claims into its tokens, like all groups of a user: omit them, or raise `Issuer::max_token_bytes`"
        }
        InvalidToken::Malformed => {
            "the token is opaque: authorization servers issue opaque tokens if the client requests no audience or resource, or uses the client credentials grant. Let them issue JWTs, or configure `Issuer::introspection`"
        }
        InvalidToken::Algorithm => {
            "the authorization server signs with a secret (HS256) or with another algorithm than its key allows: compare `alg` of the token with `Issuer::algorithms` and with the published key"
        }
        InvalidToken::Type => {
            "the client sent an ID token or a refresh token, or the access tokens of the authorization server do not conform to RFC 9068: configure its `Provider`, or `TokenProfile::Jwt`"
        }
        InvalidToken::Critical => "the authorization server uses an extension that is not supported (`crit`, `b64`)",
        InvalidToken::UnknownKey => {
            "the token is from another authorization server, realm or tenant, or its key is no longer published"
        }
        InvalidToken::Signature => {
            "the token was changed, or it is from another authorization server, realm or tenant with a key of the same id"
        }
        InvalidToken::Issuer => {
            "the token is from another authorization server, realm or tenant: compare its `iss` with the configured issuer, including the trailing slash"
        }
        InvalidToken::Audience => {
            "the client requested a token for another resource, or the authorization server ignores `resource`: compare `aud` with the resource URL, including its path and trailing slash, or configure `Issuer::audience`"
        }
        InvalidToken::Expired => {
            "the client does not refresh its token, or a clock is wrong: compare the clocks, and `Issuer::leeway`"
        }
        InvalidToken::NotYetValid => {
            "the clock of this server is behind that of the authorization server: compare the clocks, and `Issuer::leeway`"
        }
        InvalidToken::MissingClaim => {
            "the access tokens of the authorization server do not conform to RFC 9068: configure its `Provider`, or `TokenProfile::Jwt`. Tokens of clients without a user have no `sub`: see `Issuer::allow_client_tokens`"
        }
        InvalidToken::Client => "the client is not in the list of `Issuer::clients`",
        InvalidToken::UnexpectedClaim => {
            "the token is of another tenant or of another kind: compare its claims with `Issuer::require_claim`"
        }
        InvalidToken::BadClaim => {
            "the authorization server writes a claim in another form than its standard, like a date as text or an empty `sub`"
        }
        InvalidToken::SenderConstrained => {
            "the client used a bound token as a bearer token, this server has no `dpop` setting, or a proxy ended the TLS connection with the client certificate"
        }
        InvalidToken::ProofRequired => {
            "the client does not support DPoP, which this server requires: configure `Dpop::optional` to accept it"
        }
        InvalidToken::NotBound => "the authorization server does not bind its tokens to the DPoP key of the client",
        InvalidToken::Inactive => {
            "the token has expired, was revoked, or is from another authorization server, realm or tenant"
        }
        InvalidToken::Revoked => "the application revoked it: with `Revocations`, or with its `revoked` function",
        InvalidToken::Lifetime => {
            "the authorization server issues tokens without `exp`, or for longer than `Revocations::new` or MCP_GUARD_LONGEST_TOKEN_SECONDS names: raise it, or use `Revocations::without_expiry`"
        }
        InvalidToken::Rejected => "the validator of the application rejected it",
    }
}
