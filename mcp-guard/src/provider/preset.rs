//! The shape of an entry.

use crate::token::InvalidToken;
use crate::validate::{MetadataForm, TokenProfile};

/// The names of a provider, and the usual reasons why its tokens are rejected.
pub(crate) struct Card {
    /// As `MCP_GUARD_PROVIDER` names it.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) hints: &'static [Hint],
}

/// An issuer of JWTs.
pub(crate) struct JwtPreset {
    pub(crate) card: Card,
    pub(crate) issuer: IssuerForm,
    pub(crate) profile: TokenProfile,
    /// Where the metadata is.
    pub(crate) metadata: &'static [MetadataForm],
    /// Where the keys are, relative to the configured issuer; `None` for discovery.
    pub(crate) keys: Option<&'static str>,
    /// The first of these that is there lists the scopes.
    pub(crate) scope_claims: &'static [&'static str],
    /// The first of these that is there names the subject.
    pub(crate) subject_claims: &'static [&'static str],
    /// The first of these that is there names the client; `None` for those of the profile.
    pub(crate) client_claims: Option<&'static [&'static str]>,
    /// One of these is in every access token and in no other token; `None` for those of the scopes and of the client.
    pub(crate) access_token_claims: Option<&'static [&'static str]>,
    /// These are in other tokens that are signed with the same keys.
    pub(crate) foreign_claims: &'static [&'static str],
    /// Claims that must be there with this text, or with any.
    pub(crate) required: &'static [(&'static str, Option<&'static str>)],
    pub(crate) audience: AudienceRule,
    pub(crate) scopes: ScopeNames,
}

/// An authorization server with an introspection endpoint (RFC 7662).
pub(crate) struct IntrospectionPreset {
    pub(crate) card: Card,
    pub(crate) issuer: IssuerForm,
    /// Where the metadata is.
    pub(crate) metadata: &'static [MetadataForm],
    /// Whether access tokens are JWTs, and refresh tokens are not.
    pub(crate) only_jwts: bool,
    /// Whether `aud` names the client with which this server introspects, instead of the resource.
    pub(crate) audience_is_client: bool,
}

/// How the operator names the authorization server, and how it names itself.
pub(crate) enum IssuerForm {
    /// The issuer as it names itself.
    AsWritten {
        /// An example for an error.
        example: &'static str,
        /// What its path must contain, where another authorization server of the provider has another path.
        path: Option<&'static str>,
    },
    /// As [`AsWritten`](Self::AsWritten), with a slash at the end, which is added if it is missing.
    WithSlash { example: &'static str },
    /// `{environment}`, and `{environment}/resources/{audience}` for each resource.
    Environment { example: &'static str },
    /// `https://login.microsoftonline.com/{tenant}/v2.0`; tokens of version 1 name `https://sts.windows.net/{tenant}/`.
    Tenant { example: &'static str },
    /// `{origin}/v1/apps/agentic/{project}/{server}`; some tokens name `{origin}/v1/apps/{project}`.
    Agentic { example: &'static str },
}

/// What a valid token has in `aud`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum AudienceRule {
    /// The resource, or the configured audience.
    Resource,
    /// The configured audience, which begins with this text. There is no default.
    Named { prefix: &'static str, hint: &'static str },
    /// One text for all servers of the provider's customer, or the configured audience.
    Shared(&'static str),
    /// The resource, or the configured audience; a token of a configured client may lack `aud`.
    ResourceOrClient,
}

/// How scopes are spelled.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum ScopeNames {
    /// In one way.
    Same,
    /// Clients ask for `api://{application}/{scope}`, tokens list `{scope}`.
    LongInRequests,
    /// `{resource server}/{scope}` everywhere.
    LongEverywhere,
}

/// The text that is logged when a token is rejected for one of these reasons.
pub(crate) struct Hint {
    pub(crate) reasons: &'static [InvalidToken],
    pub(crate) text: &'static str,
}
