//! The providers. The source of each fact is in `docs/providers.md`.

use super::Provider;
use super::preset::AudienceRule::{Named, Resource, ResourceOrClient, Shared};
use super::preset::{Card, Hint, IntrospectionPreset, IssuerForm, JwtPreset, ScopeNames};
use super::provider::{GitHubProvider, GoogleProvider, IntrospectionProvider, JwtProvider, ScalekitProvider};
use crate::token::InvalidToken as Because;
use crate::validate::{MetadataForm, TokenProfile};

/// Any issuer of JWTs that are RFC 9068 to the letter.
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

/// Most issuers of JWTs that are not RFC 9068 to the letter.
const PLAIN: JwtPreset = JwtPreset {
    profile: TokenProfile::Jwt,
    client_claims: Some(&["client_id", "azp"]),
    access_token_claims: Some(&["client_id", "scope"]),
    ..RFC9068
};

/// Any authorization server with an introspection endpoint.
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
    /// Scalekit. The authorization server is the environment URL, the audience the resource id (`res_..`); the client, if it is named, is proved to be one of the environment.
    pub const SCALEKIT: ScalekitProvider = ScalekitProvider(&JwtPreset {
        card: Card {
            name: "scalekit",
            title: "Scalekit",
            hints: &[Hint {
                reasons: &[Because::Audience],
                text: "compare the resource id with that of the MCP server in the dashboard, and the server URL there with the resource URL: port, path and slash",
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

    /// Auth0. The audience is the API identifier, best the resource URL itself.
    pub const AUTH0: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "auth0",
            title: "Auth0",
            hints: &[
                Hint {
                    reasons: &[Because::Malformed],
                    text: "Auth0 issues opaque tokens to clients that name no audience: set a default audience, or turn on the Resource Parameter Compatibility Profile",
                },
                Hint {
                    reasons: &[Because::Audience],
                    text: "create an API whose identifier is the resource URL, and turn on the Resource Parameter Compatibility Profile",
                },
            ],
        },
        issuer: IssuerForm::WithSlash { example: "https://tenant.eu.auth0.com/" },
        metadata: &[MetadataForm::OpenId],
        ..PLAIN
    });

    /// WorkOS AuthKit. The authorization server is the AuthKit domain.
    pub const WORKOS: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "workos",
            title: "WorkOS AuthKit",
            hints: &[Hint {
                reasons: &[Because::Audience],
                text: "list the resource URL under the MCP resource indicators of AuthKit: without it tokens name the client",
            }],
        },
        issuer: IssuerForm::AsWritten { example: "https://subdomain.authkit.app", path: None },
        metadata: &[MetadataForm::OAuth, MetadataForm::OpenId],
        ..PLAIN
    });

    /// Keycloak. The authorization server is the realm.
    pub const KEYCLOAK: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "keycloak",
            title: "Keycloak",
            hints: &[
                Hint {
                    reasons: &[Because::Audience],
                    text: "Keycloak writes an audience only where a mapper says so: add an audience mapper with the resource URL as its included custom audience to a default client scope",
                },
                Hint {
                    reasons: &[Because::MissingClaim, Because::Type],
                    text: "lightweight access tokens lack claims: turn them off, or use the provider \"introspection\"",
                },
            ],
        },
        issuer: IssuerForm::AsWritten { example: "https://keycloak.example.com/realms/acme", path: Some("/realms/") },
        metadata: &[MetadataForm::OpenId],
        access_token_claims: Some(&["scope"]),
        ..PLAIN
    });

    /// Microsoft Entra ID, one tenant. The audience is the id of the application, or its application ID URI.
    pub const ENTRA: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "entra",
            title: "Microsoft Entra ID",
            hints: &[
                Hint {
                    reasons: &[Because::Audience, Because::Signature],
                    text: "clients must ask for a scope of this application, like api://{application}/todo:read: without one they get a token for Microsoft Graph",
                },
                Hint {
                    reasons: &[Because::Type],
                    text: "a token without `scp` is an ID token or one of an application without a user",
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

    /// Google. Access tokens are opaque; the client ids are those of the clients whose tokens are accepted.
    pub const GOOGLE: GoogleProvider = GoogleProvider(&Card {
        name: "google",
        title: "Google",
        hints: &[Hint {
            reasons: &[Because::Audience, Because::Client],
            text: "the token was issued to another client: name the ids of all clients that may use this server",
        }],
    });

    /// GitHub. Access tokens are opaque, and GitHub is asked about them with the id and the secret of the OAuth app.
    pub const GITHUB: GitHubProvider = GitHubProvider(&Card {
        name: "github",
        title: "GitHub",
        hints: &[Hint {
            reasons: &[Because::Rejected],
            text: "GitHub knows the token only as one of the OAuth app whose id is configured: personal access tokens and those of other apps are refused",
        }],
    });

    /// Amazon Cognito. The authorization server is the user pool, the client ids are the app clients whose tokens are accepted without an audience.
    pub const COGNITO: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "cognito",
            title: "Amazon Cognito",
            hints: &[
                Hint {
                    reasons: &[Because::Audience],
                    text: "Cognito writes an audience only with resource binding: turn it on, or name the app clients that may use this server",
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

    /// Okta, a custom authorization server. The audience is the one of that server.
    pub const OKTA: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "okta",
            title: "Okta",
            hints: &[
                Hint {
                    reasons: &[Because::Audience],
                    text: "the audience of an Okta authorization server is one text for all of its tokens: set it to the resource URL, or configure it here",
                },
                Hint {
                    reasons: &[Because::Issuer, Because::UnknownKey, Because::Type],
                    text: "a token of the org authorization server was sent: have clients use the custom one",
                },
            ],
        },
        issuer: IssuerForm::AsWritten {
            example: "https://acme.okta.com/oauth2/default: tokens of the org authorization server, https://acme.okta.com, can be verified by nobody else",
            path: Some("/oauth2/"),
        },
        metadata: &[MetadataForm::OAuthAppended, MetadataForm::OpenId],
        scope_claims: &["scp"],
        // `sub` is a login, which can become another person's.
        subject_claims: &["uid", "sub"],
        client_claims: Some(&["cid"]),
        access_token_claims: Some(&["scp", "cid"]),
        ..PLAIN
    });

    /// Descope, an MCP server or an inbound app.
    pub const DESCOPE: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "descope",
            title: "Descope",
            hints: &[Hint {
                reasons: &[Because::Issuer, Because::Audience],
                text: "set the MCP Server URL in the console to the resource URL, else tokens name the project alone, and configure the issuer of this MCP server",
            }],
        },
        issuer: IssuerForm::Agentic { example: "https://api.descope.com/v1/apps/agentic/P123/MS456" },
        metadata: &[MetadataForm::OpenId],
        foreign_claims: &["drn"],
        ..PLAIN
    });

    /// Supabase. Its tokens name no server: [`clients`](crate::Issuer::clients) limits whose are accepted.
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
                    text: "a session of the project's own application was sent, which no OAuth client was granted",
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

    /// Clerk. The authorization server is the Frontend API URL.
    pub const CLERK: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "clerk",
            title: "Clerk",
            hints: &[
                Hint {
                    reasons: &[Because::Malformed],
                    text: "Clerk issued an opaque token (oat_..): turn on JWT access tokens for OAuth applications",
                },
                Hint {
                    reasons: &[Because::Audience],
                    text: "Clerk writes an audience only for a client that asked for a resource",
                },
            ],
        },
        issuer: IssuerForm::AsWritten { example: "https://clerk.example.com, the Frontend API URL", path: None },
        // Sessions are signed with the same keys, and have another `typ`.,
        profile: TokenProfile::Rfc9068,
        metadata: &[MetadataForm::OAuth, MetadataForm::OpenId],
        ..PLAIN
    });

    /// Authentik. The authorization server is the application; the client is the provider's own, as which this server asks about tokens. Its JWTs list no
    /// scopes, and hardly differ from ID tokens, so they are introspected; its refresh tokens are no JWTs.
    pub const AUTHENTIK: IntrospectionProvider = IntrospectionProvider(&IntrospectionPreset {
        card: Card {
            name: "authentik",
            title: "Authentik",
            hints: &[Hint {
                reasons: &[Because::Audience],
                text: "Authentik names the client in `aud` and nothing else: the token was issued to another client than the one that is configured",
            }],
        },
        issuer: IssuerForm::WithSlash { example: "https://authentik.example.com/application/o/todo/" },
        metadata: &[MetadataForm::OpenId],
        only_jwts: true,
        audience_is_client: true,
    });

    /// Any OpenID provider whose access tokens are JWTs with the `typ` `JWT`, `at+jwt` or none.
    pub const OPENID: JwtProvider = JwtProvider(&JwtPreset {
        card: Card {
            name: "openid",
            title: "an OpenID provider",
            hints: &[
                Hint {
                    reasons: &[Because::Malformed],
                    text: "the token is no JWT: use the provider \"introspection\" where tokens are opaque",
                },
                Hint { reasons: &[Because::Audience], text: "the token names another server in `aud`, or none" },
            ],
        },
        issuer: IssuerForm::AsWritten { example: "https://auth.example.com", path: None },
        ..PLAIN
    });

    /// Any authorization server with an introspection endpoint (RFC 7662). The client id and secret are those of this server.
    pub const INTROSPECTION: IntrospectionProvider = IntrospectionProvider(&IntrospectionPreset {
        card: Card {
            name: "introspection",
            title: "an authorization server with introspection",
            hints: &[Hint {
                reasons: &[Because::Audience],
                text: "the authorization server says of the token that it is for another server, or for none: have it answer with `aud`",
            }],
        },
        issuer: IssuerForm::AsWritten { example: "https://auth.example.com", path: None },
        metadata: MetadataForm::MCP,
        only_jwts: false,
        audience_is_client: false,
    });
}
