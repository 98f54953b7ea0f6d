//! The rules that reject requests, with stable identifiers.
//!
//! This module imports no other one, so that every module can name a rule. The errors of the modules map to a rule by an
//! exhaustive `match`: a rejection without a rule does not compile.

use std::fmt;

/// Declares the rules: the identifier and the meaning of each.
macro_rules! rules {
    ($($rule:ident: $identifier:literal, $meaning:literal;)*) => {
        /// The rule that a rejected request violates.
        ///
        /// Log events name it in the field `rule`. The identifiers are stable. `docs/rejections.md` lists them. Clients never
        /// receive a rule: every rejected token gets the same response.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!("`", $identifier, "`: ", $meaning)] $rule,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$rule),*];

            /// Returns the identifier of the rule.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$rule => $identifier,)*
                }
            }
        }
    };
}

rules! {
    // Access tokens.
    TokenMissing: "token_missing", "The request has no access token.";
    AuthorizationHeader: "authorization_header", "The `Authorization` header is repeated or malformed.";
    TokenTooLong: "token_too_long", "The token exceeds the maximum length.";
    TokenMalformed: "token_malformed", "The token is not a JWT.";
    TokenAlgorithm: "token_algorithm", "The algorithm of the token is not allowed, or not that of the key.";
    TokenType: "token_type", "The token is not an access token.";
    TokenExtension: "token_extension", "The token requires an unsupported extension.";
    TokenKey: "token_key", "The issuer publishes no key that matches the token.";
    TokenSignature: "token_signature", "The signature of the token is invalid.";
    TokenIssuer: "token_issuer", "The token was issued by another issuer.";
    TokenAudience: "token_audience", "The token was issued for another audience.";
    TokenExpired: "token_expired", "The token has expired.";
    TokenNotYetValid: "token_not_yet_valid", "The token is not valid yet.";
    TokenMissingClaim: "token_missing_claim", "The token lacks a required claim.";
    TokenClient: "token_client", "The token was issued to a client that is not allowed.";
    TokenClaimValue: "token_claim_value", "A claim does not have the required value.";
    TokenClaimForm: "token_claim_form", "A claim has the wrong type or is out of range.";
    TokenBinding: "token_binding", "The client did not prove possession of the key or certificate of the token.";
    TokenUnbound: "token_unbound", "The token came with a DPoP proof but is not bound to a key.";
    TokenInactive: "token_inactive", "The authorization server reports that the token is not active.";
    TokenRevoked: "token_revoked", "The application revoked the token.";
    TokenLifetime: "token_lifetime", "The token could live longer than its revocation.";
    TokenEnded: "token_ended", "The token became invalid while its request was in progress.";
    TokenRejected: "token_rejected", "The validator of the application rejected the token.";
    IssuerUnavailable: "issuer_unavailable", "The token cannot be validated at the moment.";

    // DPoP proofs.
    ProofRequired: "proof_required", "The server requires a DPoP proof, and the client sent a bearer token.";
    ProofMissing: "proof_missing", "The request has no DPoP proof.";
    ProofRepeated: "proof_repeated", "The request has more than one DPoP proof.";
    ProofTooLong: "proof_too_long", "The proof exceeds the maximum length.";
    ProofMalformed: "proof_malformed", "The proof is not a JWT.";
    ProofType: "proof_type", "The `typ` of the proof is not `dpop+jwt`.";
    ProofExtension: "proof_extension", "The proof requires an unsupported extension.";
    ProofAlgorithm: "proof_algorithm", "The algorithm of the proof is not allowed.";
    ProofKey: "proof_key", "The key of the proof is unusable, not public, or of another algorithm.";
    ProofId: "proof_id", "The `jti` of the proof is missing or too long.";
    ProofMethod: "proof_method", "The `htm` of the proof is not the method of the request.";
    ProofTarget: "proof_target", "The `htu` of the proof is not the URL of the request.";
    ProofTime: "proof_time", "The proof has expired, or was issued in the future.";
    ProofToken: "proof_token", "The `ath` of the proof does not match the access token.";
    ProofSignature: "proof_signature", "The signature of the proof is invalid.";
    ProofNonce: "proof_nonce", "The nonce of the proof is missing, expired or unknown.";
    ProofReplayed: "proof_replayed", "The proof was used before.";
    ProofLimit: "proof_limit", "The memory for used proofs is full.";

    // Connections and requests.
    Host: "host", "The `Host` is missing, repeated, malformed or not allowed.";
    Origin: "origin", "The `Origin` is repeated or not allowed.";
    Forwarded: "forwarded", "The headers of a trusted proxy name different clients.";
    ConnectionLimit: "connection_limit", "Too many connections are open.";
    AddressConnectionLimit: "address_connection_limit", "Too many connections of one client address are open.";
    RequestLimit: "request_limit", "Too many requests are in progress.";
    AddressRequestLimit: "address_request_limit", "Too many requests of one client address are in progress.";
    UnreadLimit: "unread_limit", "Clients do not read too many bytes of their responses.";
    HeaderMalformed: "header_malformed", "A header of MCP is repeated or is not text.";
    HeaderMismatch: "header_mismatch", "A header of MCP does not match the body.";
    ContentEncoding: "content_encoding", "The body is encoded.";
    Accept: "accept", "The client does not accept the media type of the response.";
    BodyLimit: "body_limit", "The body exceeds the maximum size.";
    BodyTimeout: "body_timeout", "The body did not arrive in time.";
    BodyIncomplete: "body_incomplete", "The body is incomplete.";
    BodyMemory: "body_memory", "The memory for request bodies is exhausted.";
    BodyValues: "body_values", "The message has more values than one request may use.";
    MessageMalformed: "message_malformed", "The body is not one JSON-RPC message.";
    MessageBatch: "message_batch", "The body is a JSON-RPC batch.";
    MethodUnknown: "method_unknown", "MCP does not define the method or the notification.";
    ToolUnknown: "tool_unknown", "The tool does not exist.";
    SubjectMissing: "subject_missing", "The request does not name its tool, prompt, resource or task.";
    TaskUnknown: "task_unknown", "The task does not exist, or belongs to another principal.";
    RequestState: "request_state", "The `requestState` has expired, or belongs to another principal or request.";
    SubscriptionLimit: "subscription_limit", "The subscription contains too many resources.";
    SessionUnknown: "session_unknown", "The session does not exist, or belongs to another principal.";
    SessionLimit: "session_limit", "Too many sessions are open.";
    SessionRequestLimit: "session_request_limit", "The session or its principal has too many requests in progress.";
    RequestIdInUse: "request_id_in_use", "Another request of the session has the same id.";
    RequestIdTooLong: "request_id_too_long", "The id of the request exceeds the maximum length.";

    // Rates.
    CredentialsRate: "credentials_rate", "The client address sent too many invalid credentials.";
    AddressRate: "address_rate", "The client address sends too many requests without an access token.";
    CallerRate: "caller_rate", "The caller sends too many requests.";
    CallerConcurrency: "caller_concurrency", "Too many requests of the caller are in progress.";
    OperationRate: "operation_rate", "The caller calls the operation too often.";
    OperationConcurrency: "operation_concurrency", "Too many calls of the operation are in progress for the caller.";

    // Authorization.
    Scope: "scope", "The token lacks a required scope.";
    ClaimMissing: "claim_missing", "The token lacks a claim that the operation requires.";
    Arguments: "arguments", "The arguments cannot be parsed, so the required scopes are unknown.";
    RecordLimit: "record_limit", "The decision on the request cannot be recorded.";
    LayerMissing: "layer_missing", "The authentication layer is not installed.";
    ServerError: "server_error", "The code or the configuration of the server has a mistake.";
}

impl Rule {
    /// Returns whether a refusal by this rule is a throttled warning of its own, with a count and its usual cause.
    pub(crate) const fn has_warning(self) -> bool {
        matches!(
            self,
            Self::TokenTooLong
                | Self::TokenMalformed
                | Self::TokenAlgorithm
                | Self::TokenType
                | Self::TokenExtension
                | Self::TokenKey
                | Self::TokenSignature
                | Self::TokenIssuer
                | Self::TokenAudience
                | Self::TokenExpired
                | Self::TokenNotYetValid
                | Self::TokenMissingClaim
                | Self::TokenClient
                | Self::TokenClaimValue
                | Self::TokenClaimForm
                | Self::TokenBinding
                | Self::TokenUnbound
                | Self::TokenInactive
                | Self::TokenRevoked
                | Self::TokenLifetime
                | Self::TokenRejected
                | Self::ProofRequired
                | Self::ProofLimit
                | Self::CredentialsRate
                | Self::AddressRate
                | Self::IssuerUnavailable
                | Self::RecordLimit
        )
    }

    /// Logs that a request was rejected. For rejections without an event of their own.
    pub(crate) fn log(self) {
        tracing::debug!(rule = %self, "request rejected");
    }
}

/// Prints the identifier.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
