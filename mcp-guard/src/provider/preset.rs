//! The types of the entries in the provider table.

use crate::validate::{Hint, MetadataForm, TokenProfile};

/// The names of a provider, and the usual reasons why its tokens are rejected.
pub(crate) struct Card {
    /// The name in `MCP_GUARD_PROVIDER`.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) hints: &'static [Hint],
}

/// An issuer of JWTs.
pub(crate) struct JwtPreset {
    pub(crate) card: Card,
    pub(crate) issuer: IssuerForm,
    pub(crate) profile: TokenProfile,
    /// The forms of the metadata URL, in order.
    pub(crate) metadata: &'static [MetadataForm],
    /// The path of the keys, relative to the base URL of the issuer. `None` selects discovery.
    pub(crate) keys: Option<&'static str>,
    /// The first of these claims that is present contains the scopes.
    pub(crate) scope_claims: &'static [&'static str],
    /// The first of these claims that is present contains the subject.
    pub(crate) subject_claims: &'static [&'static str],
    /// The first of these claims that is present contains the client. `None` selects those of the profile.
    pub(crate) client_claims: Option<&'static [&'static str]>,
    /// Each access token has one of these claims, and other tokens have none. `None` selects the claims of the scopes
    /// and the client.
    pub(crate) access_token_claims: Option<&'static [&'static str]>,
    /// The claims of other tokens that are signed with the same keys.
    pub(crate) foreign_claims: &'static [&'static str],
    /// The required claims. `None` allows any string.
    pub(crate) required: &'static [(&'static str, Option<&'static str>)],
    pub(crate) audience: AudienceRule,
    pub(crate) scopes: ScopeNames,
}

/// An authorization server with an introspection endpoint (RFC 7662).
pub(crate) struct IntrospectionPreset {
    pub(crate) card: Card,
    pub(crate) issuer: IssuerForm,
    /// The forms of the metadata URL, in order.
    pub(crate) metadata: &'static [MetadataForm],
    /// Whether access tokens are JWTs and refresh tokens are opaque.
    pub(crate) only_jwts: bool,
    /// Whether `aud` contains this server's client id instead of the resource.
    pub(crate) audience_is_client: bool,
}

/// The form of the configured issuer.
pub(crate) enum IssuerForm {
    /// The `iss` of its tokens.
    AsWritten {
        /// An example for error messages.
        example: &'static str,
        /// A required part of the path, if the provider has other authorization servers without it.
        path: Option<&'static str>,
    },
    /// Like [`AsWritten`](Self::AsWritten), with a trailing slash. A missing slash is added.
    WithSlash { example: &'static str },
    /// `{environment}`, and `{environment}/resources/{audience}` for each resource.
    Environment { example: &'static str },
    /// `https://login.microsoftonline.com/{tenant}/v2.0`. Tokens of version 1 have the `iss`
    /// `https://sts.windows.net/{tenant}/`.
    Tenant { example: &'static str },
    /// `{origin}/v1/apps/agentic/{project}/{server}`. Some tokens have the `iss` `{origin}/v1/apps/{project}`.
    Agentic { example: &'static str },
}

/// The expected `aud` of a valid token.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum AudienceRule {
    /// The resource, or the configured audience.
    Resource,
    /// The configured audience, with this prefix. It is required.
    Named { prefix: &'static str, hint: &'static str },
    /// A fixed audience for all servers of a project, or the configured audience.
    Shared(&'static str),
    /// The resource, or the configured audience. A token of a configured client may lack `aud`.
    ResourceOrClient,
}

/// The spelling of scopes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum ScopeNames {
    /// Requests and tokens use the same spelling.
    Same,
    /// Requests use `api://{application}/{scope}`, tokens use `{scope}`.
    LongInRequests,
    /// Requests and tokens use `{resource server}/{scope}`.
    LongEverywhere,
}
