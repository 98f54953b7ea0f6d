//! The shape of an entry.

use crate::token::InvalidToken;
use crate::validate::MetadataForm;
use crate::validate::TokenProfile;

pub(super) struct Preset {
    /// As `MCP_GUARD_PROVIDER` names it.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) issuer: IssuerForm,
    pub(super) tokens: Tokens,
    pub(super) audience: AudienceRule,
    pub(super) client: ClientRole,
    pub(super) scopes: ScopeNames,
    pub(super) hints: &'static [Hint],
}

/// How the operator names the authorization server, and how it names itself.
pub(super) enum IssuerForm {
    /// The issuer as it writes itself.
    AsWritten {
        /// What it looks like, for an error.
        example: &'static str,
        /// What its path must contain, where another authorization server of the provider has another.
        path: Option<&'static str>,
    },
    /// As [`AsWritten`](Self::AsWritten), with a slash at the end, which is added where the operator left it out.
    WithSlash { example: &'static str },
    /// `{environment}`, and `{environment}/resources/{audience}` for each resource.
    Environment { example: &'static str },
    /// `https://login.microsoftonline.com/{tenant}/v2.0`; tokens of version 1 name `https://sts.windows.net/{tenant}/`.
    Tenant { example: &'static str },
    /// `{origin}/v1/apps/agentic/{project}/{server}`; some tokens name `{origin}/v1/apps/{project}`.
    Agentic { example: &'static str },
    /// There is only one.
    Fixed {
        issuer: &'static str,
        /// Where clients get tokens.
        authorization_server: &'static str,
    },
}

/// What access tokens are, and who can tell whether they are good.
pub(super) enum Tokens {
    Jwt(Jwt),
    /// Opaque, for the introspection endpoint (RFC 7662).
    Introspected {
        /// Where the metadata is.
        metadata: &'static [MetadataForm],
        /// Whether access tokens are JWTs even so, and refresh tokens are not.
        only_jwts: bool,
    },
    /// Opaque, for Google's tokeninfo.
    GoogleTokenInfo,
    /// Opaque, for GitHub's check of an application's token.
    GitHubCheck,
}

pub(super) struct Jwt {
    pub(super) profile: TokenProfile,
    /// Where the metadata is.
    pub(super) metadata: &'static [MetadataForm],
    /// Where the keys are, seen from the authorization server as the operator names it; by the metadata where this is not given.
    pub(super) keys: Option<&'static str>,
    /// The first of these that is there lists the scopes.
    pub(super) scope_claims: &'static [&'static str],
    /// The first of these that is there names the subject.
    pub(super) subject_claims: &'static [&'static str],
    /// The first of these that is there names the client.
    pub(super) client_claims: &'static [&'static str],
    /// One of these is in every access token and in no other.
    pub(super) access_token_claims: &'static [&'static str],
    /// These are in other tokens that are signed with the same keys.
    pub(super) foreign_claims: &'static [&'static str],
    /// What must be there with this text, or with any.
    pub(super) required: &'static [(&'static str, Option<&'static str>)],
}

/// Whom a good token names in `aud`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum AudienceRule {
    /// The resource, or what the operator says instead.
    Resource,
    /// What the operator says, which cannot be guessed, and begins with this text.
    Named { prefix: &'static str, hint: &'static str },
    /// The same text for every server of the provider's customer, unless the operator says what else it is.
    Shared(&'static str),
    /// The resource, or what the operator says instead; a token without `aud` is good where it was issued to a client that the operator names.
    ResourceOrClient,
    /// The client that the operator names, or what they say instead.
    Client,
    /// Nobody: the provider is asked whose token it is.
    Inherent,
}

/// Which client the operator names.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum ClientRole {
    /// Those whose tokens are accepted, if not all are.
    Allowed,
    /// Those whose tokens are accepted, of which there must be one.
    Known,
    /// This server, as which it asks about tokens; with a secret.
    Server,
    /// This server, with a secret, or nobody. They are proved to be right at this path when the server is built, and not used any more.
    Proved { token_endpoint: &'static str },
}

/// How scopes are spelt.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum ScopeNames {
    /// The same everywhere.
    Same,
    /// Clients ask for `api://{application}/{scope}`, tokens list `{scope}`.
    LongInRequests,
    /// `{resource server}/{scope}` everywhere.
    LongEverywhere,
}

/// What the operator is told when a token is refused for one of these reasons.
pub(super) struct Hint {
    pub(super) reasons: &'static [InvalidToken],
    pub(super) text: &'static str,
}
