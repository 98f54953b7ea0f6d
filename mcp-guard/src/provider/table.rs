//! The provider table. The source of each fact is in `docs/providers.md`.

use super::Provider;
use super::preset::AudienceRule::{Named, Resource, ResourceOrClient, Shared};
use super::preset::{Card, IntrospectionPreset, IssuerForm, JwtPreset, ScopeNames};
use super::provider::{GitHubProvider, GoogleProvider, IntrospectionProvider, JwtProvider, ScalekitProvider};
use crate::token::InvalidToken as Because;
use crate::validate::{Hint, MetadataForm, TokenProfile};

/// Issuers of JWTs that conform to RFC 9068.
pub(crate) const RFC9068: JwtPreset = JwtPreset {
    card: Card { name: "", title: "the issuer", hints: &[] },
    issuer: IssuerForm::AsWritten { example: "an https URL like https://auth.example.com", path: None },
    profile: TokenProfile::Rfc9068,
    metadata: MetadataForm::MCP,
    keys: None,
    scope_claims: &["scope"],
    subject_claims: &["sub"],
    client_claims: None,
    access_token_claims: None,
    foreign_claims: &[],
    required: &[],
    audience: Resource,
    scopes: ScopeNames::Same,
};

/// The usual settings for issuers of JWTs that do not conform to RFC 9068.
const PLAIN: JwtPreset = JwtPreset {
    profile: TokenProfile::Jwt,
    client_claims: Some(&["client_id", "azp"]),
    access_token_claims: Some(&["client_id", "scope"]),
    ..RFC9068
};

/// Authorization servers with an introspection endpoint (RFC 7662).
pub(crate) const RFC7662: IntrospectionPreset = IntrospectionPreset {
    card: Card { name: "", title: "the issuer", hints: &[] },
    issuer: IssuerForm::AsWritten { example: "an https URL like https://auth.example.com", path: None },
    metadata: MetadataForm::MCP,
    only_jwts: false,
    audience_is_client: false,
};

pub(super) const ALL: &[Provider] = &[
    Provider::Scalekit(Provider::SCALEKIT),
    Provider::Jwt(Provider::AUTH0),
    Provider::Jwt(Provider::WORKOS),
    Provider::Jwt(Provider::KEYCLOAK),
    Provider::Jwt(Provider::ENTRA),
    Provider::Google(Provider::GOOGLE),
    Provider::GitHub(Provider::GITHUB),
    Provider::Jwt(Provider::COGNITO),
    Provider::Jwt(Provider::OKTA),
    Provider::Jwt(Provider::DESCOPE),
    Provider::Jwt(Provider::SUPABASE),
    Provider::Jwt(Provider::CLERK),
    Provider::Introspection(Provider::AUTHENTIK),
    Provider::Jwt(Provider::OPENID),
    Provider::Introspection(Provider::INTROSPECTION),
];

impl Provider {
    /// Scalekit. The issuer is the environment URL, and the audience is the resource id (`res_..`). If client
    /// credentials are configured, the environment confirms them.
    pub const SCALEKIT: ScalekitProvider = ScalekitProvider(&JwtPreset {
        card: Card {
            name: "scalekit",
            title: "Scalekit",
            hints: &[Hint {
                reasons: &[Because::Audience],
                text: "compare the resource id with the id of the MCP server in the dashboard, and the server URL in the dashboard with the resource URL, including port, path and slash",
            }],
        },
        issuer: IssuerForm::Environment { example: "https://acme.scalekit.dev, the environment URL" },
        keys: Some("/keys"),
        scope_claims: &["scopes", "scope"],
        access_token_claims: Some(&["client_id", "scopes", "scope"]),
        foreign_claims: &["mcp_cfg"],
        audience: Named { prefix: "res_", hint: "the id of the MCP server in the Scalekit dashboard, like res_123" },
        ..PLAIN
    });

    /// Auth0. The audience is the API identifier, preferably the resource URL.
    pub const AUTH0: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "auth0",
            title: "Auth0",
            hints: &[
                Hint {
                    reasons: &[Because::Malformed],
                    text: "Auth0 issues opaque tokens to clients without an audience: set a default audience, or enable the Resource Parameter Compatibility Profile",
                },
                Hint {
                    reasons: &[Because::Audience],
                    text: "create an API with the resource URL as its identifier, and enable the Resource Parameter Compatibility Profile",
                },
            ],
        },
        issuer: IssuerForm::WithSlash { example: "https://tenant.eu.auth0.com/" },
        metadata: &[MetadataForm::OpenId],
        ..PLAIN
    });

    /// WorkOS AuthKit. The issuer is the AuthKit domain.
    pub const WORKOS: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "workos",
            title: "WorkOS AuthKit",
            hints: &[Hint {
                reasons: &[Because::Audience],
                text: "add the resource URL to the MCP resource indicators of AuthKit: without it, `aud` contains the client",
            }],
        },
        issuer: IssuerForm::AsWritten { example: "https://subdomain.authkit.app", path: None },
        metadata: &[MetadataForm::OAuth, MetadataForm::OpenId],
        ..PLAIN
    });

    /// Keycloak. The issuer is the realm URL.
    pub const KEYCLOAK: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "keycloak",
            title: "Keycloak",
            hints: &[
                Hint {
                    reasons: &[Because::Audience],
                    text: "Keycloak adds an audience only with a mapper: add an audience mapper to a default client scope, with the resource URL as the included custom audience",
                },
                Hint {
                    reasons: &[Because::MissingClaim, Because::Type],
                    text: "lightweight access tokens lack claims: disable them, or use the provider \"introspection\"",
                },
            ],
        },
        issuer: IssuerForm::AsWritten { example: "https://keycloak.example.com/realms/acme", path: Some("/realms/") },
        metadata: &[MetadataForm::OpenId],
        access_token_claims: Some(&["scope"]),
        ..PLAIN
    });

    /// Microsoft Entra ID. The issuer is that of one tenant. The audience is the id of the application, or its
    /// application ID URI.
    pub const ENTRA: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "entra",
            title: "Microsoft Entra ID",
            hints: &[
                Hint {
                    reasons: &[Because::Audience],
                    text: "Entra ID puts the application ID or its api:// URI into `aud`: configure one of the two as the audience, and let clients request a scope of this application, like api://{application}/todo:read",
                },
                Hint {
                    reasons: &[Because::Signature],
                    text: "clients must request a scope of this application, like api://{application}/todo:read: without one, they get a token for Microsoft Graph",
                },
                Hint {
                    reasons: &[Because::Type],
                    text: "a token without `scp` is an ID token, or the token of an application without a user",
                },
            ],
        },
        issuer: IssuerForm::Tenant {
            example: "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0, with the id of one tenant",
        },
        metadata: &[MetadataForm::OpenId],
        scope_claims: &["scp"],
        client_claims: Some(&["azp", "appid"]),
        access_token_claims: Some(&["scp"]),
        audience: Named {
            prefix: "",
            hint: "the id of the application, like 00000000-0000-0000-0000-000000000000, or its application ID URI",
        },
        scopes: ScopeNames::LongInRequests,
        ..PLAIN
    });

    /// Google. Access tokens are opaque. Only the tokens of the configured client ids are accepted.
    pub const GOOGLE: GoogleProvider = GoogleProvider(&Card {
        name: "google",
        title: "Google",
        hints: &[Hint {
            reasons: &[Because::Audience, Because::Client],
            text: "the token was issued to another client: configure the ids of all clients that may use this server",
        }],
    });

    /// GitHub. Access tokens are opaque. This server validates them with the client id and secret of the OAuth app.
    pub const GITHUB: GitHubProvider = GitHubProvider(&Card {
        name: "github",
        title: "GitHub",
        hints: &[Hint {
            reasons: &[Because::Rejected],
            text: "only tokens of the configured OAuth app are accepted: personal access tokens and tokens of other apps are rejected",
        }],
    });

    /// Amazon Cognito. The issuer is the user pool. Tokens of the configured app clients are accepted without an
    /// audience.
    pub const COGNITO: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "cognito",
            title: "Amazon Cognito",
            hints: &[
                Hint {
                    reasons: &[Because::Audience],
                    text: "Cognito adds an audience only with resource binding: enable it, or configure the app clients that may use this server",
                },
                Hint {
                    reasons: &[Because::UnexpectedClaim, Because::Type],
                    text: "an ID token was sent: send the access token",
                },
            ],
        },
        issuer: IssuerForm::AsWritten {
            example: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abcdefghi, the user pool and not its domain",
            path: None,
        },
        metadata: &[MetadataForm::OpenId],
        client_claims: Some(&["client_id"]),
        required: &[("token_use", Some("access"))],
        audience: ResourceOrClient,
        scopes: ScopeNames::LongEverywhere,
        ..PLAIN
    });

    /// Okta. The issuer is a custom authorization server. The audience is the audience of this authorization server.
    pub const OKTA: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "okta",
            title: "Okta",
            hints: &[
                Hint {
                    reasons: &[Because::Audience],
                    text: "all tokens of an Okta authorization server have the same audience: set it to the resource URL, or configure it here",
                },
                Hint {
                    reasons: &[Because::Issuer, Because::UnknownKey, Because::Type],
                    text: "the token is from the org authorization server: configure clients to use the custom authorization server",
                },
            ],
        },
        issuer: IssuerForm::AsWritten {
            example: "https://acme.okta.com/oauth2/default, a custom authorization server: other servers cannot verify the tokens of the org authorization server, https://acme.okta.com",
            path: Some("/oauth2/"),
        },
        metadata: &[MetadataForm::OAuthAppended, MetadataForm::OpenId],
        scope_claims: &["scp"],
        // `sub` is a login name, which can be reassigned to another person.
        subject_claims: &["uid", "sub"],
        client_claims: Some(&["cid"]),
        access_token_claims: Some(&["scp", "cid"]),
        ..PLAIN
    });

    /// Descope. The issuer is that of an MCP server or an inbound app.
    pub const DESCOPE: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "descope",
            title: "Descope",
            hints: &[Hint {
                reasons: &[Because::Issuer, Because::Audience],
                text: "set the MCP Server URL in the console to the resource URL, and configure the issuer of this MCP server: otherwise `aud` contains only the project",
            }],
        },
        issuer: IssuerForm::Agentic { example: "https://api.descope.com/v1/apps/agentic/P123/MS456" },
        metadata: &[MetadataForm::OpenId],
        foreign_claims: &["drn"],
        ..PLAIN
    });

    /// Supabase. All tokens of a project have the same audience. [`clients`](crate::Issuer::clients) restricts the
    /// clients.
    pub const SUPABASE: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "supabase",
            title: "Supabase",
            hints: &[
                Hint {
                    reasons: &[Because::Algorithm],
                    text: "the project signs with the legacy HS256 secret: move it to asymmetric JWT signing keys",
                },
                Hint {
                    reasons: &[Because::Type, Because::MissingClaim],
                    text: "the token is a session of the project's own application, not an access token of an OAuth client",
                },
            ],
        },
        issuer: IssuerForm::AsWritten { example: "https://ref.supabase.co/auth/v1", path: Some("/auth/v1") },
        metadata: &[MetadataForm::OAuth, MetadataForm::OpenId],
        client_claims: Some(&["client_id"]),
        access_token_claims: Some(&["client_id"]),
        required: &[("client_id", None)],
        audience: Shared("authenticated"),
        ..PLAIN
    });

    /// Clerk. The issuer is the Frontend API URL.
    pub const CLERK: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "clerk",
            title: "Clerk",
            hints: &[
                Hint {
                    reasons: &[Because::Malformed],
                    text: "Clerk issued an opaque token (oat_..): enable JWT access tokens for OAuth applications",
                },
                Hint {
                    reasons: &[Because::Audience],
                    text: "Clerk adds an audience only if the client requests a resource",
                },
            ],
        },
        issuer: IssuerForm::AsWritten { example: "https://clerk.example.com, the Frontend API URL", path: None },
        // Session tokens are signed with the same keys and have another `typ`.
        profile: TokenProfile::Rfc9068,
        metadata: &[MetadataForm::OAuth, MetadataForm::OpenId],
        ..PLAIN
    });

    /// Authentik. The issuer is the application. The client credentials are those of the provider in Authentik.
    ///
    /// Its JWTs contain no scopes and hardly differ from ID tokens, so this server introspects them. Refresh tokens are
    /// opaque.
    pub const AUTHENTIK: IntrospectionProvider = IntrospectionProvider(&IntrospectionPreset {
        card: Card {
            name: "authentik",
            title: "Authentik",
            hints: &[Hint {
                reasons: &[Because::Audience],
                text: "in Authentik, `aud` contains only the client: the token was issued to a client that is not configured",
            }],
        },
        issuer: IssuerForm::WithSlash { example: "https://authentik.example.com/application/o/todo/" },
        metadata: &[MetadataForm::OpenId],
        only_jwts: true,
        audience_is_client: true,
    });

    /// An OpenID provider whose access tokens are JWTs with the `typ` `JWT`, `at+jwt` or none.
    pub const OPENID: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "openid",
            title: "an OpenID provider",
            hints: &[
                Hint {
                    reasons: &[Because::Malformed],
                    text: "the token is not a JWT: use the provider \"introspection\" for opaque tokens",
                },
                Hint { reasons: &[Because::Audience], text: "`aud` of the token is missing or names another server" },
            ],
        },
        issuer: IssuerForm::AsWritten { example: "https://auth.example.com", path: None },
        ..PLAIN
    });

    /// An authorization server with an introspection endpoint (RFC 7662). The client id and secret are those of this
    /// server.
    pub const INTROSPECTION: IntrospectionProvider = IntrospectionProvider(&IntrospectionPreset {
        card: Card {
            name: "introspection",
            title: "an authorization server with introspection",
            hints: &[Hint {
                reasons: &[Because::Audience],
                text: "`aud` in the introspection response is missing or names another server: configure the authorization server to return `aud`",
            }],
        },
        issuer: IssuerForm::AsWritten { example: "https://auth.example.com", path: None },
        metadata: MetadataForm::MCP,
        only_jwts: false,
        audience_is_client: false,
    });
}
