//! The providers. Where each fact was seen is written in `docs/providers.md`.

use super::Provider;
use super::preset::AudienceRule::Client;
use super::preset::AudienceRule::Inherent;
use super::preset::AudienceRule::Named;
use super::preset::AudienceRule::Resource;
use super::preset::AudienceRule::ResourceOrClient;
use super::preset::AudienceRule::Shared;
use super::preset::ClientRole::Allowed;
use super::preset::ClientRole::Known;
use super::preset::ClientRole::Proved;
use super::preset::ClientRole::Server;
use super::preset::Hint;
use super::preset::IssuerForm;
use super::preset::Jwt;
use super::preset::Preset;
use super::preset::ScopeNames;
use super::preset::Tokens;
use crate::token::InvalidToken as Because;
use crate::validate::MetadataForm;
use crate::validate::TokenProfile;

/// What most issuers' tokens look like.
const PLAIN: Jwt = Jwt {
    profile: TokenProfile::Jwt,
    metadata: MetadataForm::MCP,
    keys: None,
    scope_claims: &["scope"],
    subject_claims: &["sub"],
    client_claims: &["client_id", "azp"],
    access_token_claims: &["client_id", "scope"],
    foreign_claims: &[],
    required: &[],
};

pub(super) const ALL: &[Provider] = &[
    Provider::SCALEKIT,
    Provider::AUTH0,
    Provider::WORKOS,
    Provider::KEYCLOAK,
    Provider::ENTRA,
    Provider::GOOGLE,
    Provider::GITHUB,
    Provider::COGNITO,
    Provider::OKTA,
    Provider::DESCOPE,
    Provider::SUPABASE,
    Provider::CLERK,
    Provider::AUTHENTIK,
    Provider::OPENID,
    Provider::INTROSPECTION,
];

impl Provider {
    /// Scalekit. The authorization server is the environment URL, the audience the resource id (`res_..`); the client, if it is named, is proved to be one of the environment.
    pub const SCALEKIT: Self = Self(&Preset {
        name: "scalekit",
        title: "Scalekit",
        issuer: IssuerForm::Environment { example: "https://acme.scalekit.dev, the environment URL" },
        tokens: Tokens::Jwt(Jwt {
            keys: Some("/keys"),
            scope_claims: &["scopes", "scope"],
            access_token_claims: &["client_id", "scopes", "scope"],
            foreign_claims: &["mcp_cfg"],
            ..PLAIN
        }),
        audience: Named { prefix: "res_", hint: "the id of the MCP server in the Scalekit dashboard, like res_123" },
        client: Proved { token_endpoint: "/oauth/token" },
        scopes: ScopeNames::Same,
        hints: &[Hint {
            reasons: &[Because::Audience],
            text: "compare the resource id with that of the MCP server in the dashboard, and the server URL there with the resource URL: port, path and slash",
        }],
    });

    /// Auth0. The audience is the API identifier, best the resource URL itself.
    pub const AUTH0: Self = Self(&Preset {
        name: "auth0",
        title: "Auth0",
        issuer: IssuerForm::WithSlash { example: "https://tenant.eu.auth0.com/" },
        tokens: Tokens::Jwt(Jwt { metadata: &[MetadataForm::OpenId], ..PLAIN }),
        audience: Resource,
        client: Allowed,
        scopes: ScopeNames::Same,
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
    });

    /// WorkOS AuthKit. The authorization server is the AuthKit domain.
    pub const WORKOS: Self = Self(&Preset {
        name: "workos",
        title: "WorkOS AuthKit",
        issuer: IssuerForm::AsWritten { example: "https://subdomain.authkit.app", path: None },
        tokens: Tokens::Jwt(Jwt { metadata: &[MetadataForm::OAuth, MetadataForm::OpenId], ..PLAIN }),
        audience: Resource,
        client: Allowed,
        scopes: ScopeNames::Same,
        hints: &[Hint {
            reasons: &[Because::Audience],
            text: "list the resource URL under the MCP resource indicators of AuthKit: without it tokens name the client",
        }],
    });

    /// Keycloak. The authorization server is the realm.
    pub const KEYCLOAK: Self = Self(&Preset {
        name: "keycloak",
        title: "Keycloak",
        issuer: IssuerForm::AsWritten { example: "https://keycloak.example.com/realms/acme", path: Some("/realms/") },
        tokens: Tokens::Jwt(Jwt { metadata: &[MetadataForm::OpenId], access_token_claims: &["scope"], ..PLAIN }),
        audience: Resource,
        client: Allowed,
        scopes: ScopeNames::Same,
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
    });

    /// Microsoft Entra ID, one tenant. The audience is the id of the application, or its application ID URI.
    pub const ENTRA: Self = Self(&Preset {
        name: "entra",
        title: "Microsoft Entra ID",
        issuer: IssuerForm::Tenant {
            example: "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0, with the id of one tenant",
        },
        tokens: Tokens::Jwt(Jwt {
            metadata: &[MetadataForm::OpenId],
            scope_claims: &["scp"],
            client_claims: &["azp", "appid"],
            access_token_claims: &["scp"],
            ..PLAIN
        }),
        audience: Named {
            prefix: "",
            hint: "the id of the application, like 00000000-0000-0000-0000-000000000000, or its application ID URI",
        },
        client: Allowed,
        scopes: ScopeNames::LongInRequests,
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
    });

    /// Google. Access tokens are opaque; the client ids are those of the clients whose tokens are accepted.
    pub const GOOGLE: Self = Self(&Preset {
        name: "google",
        title: "Google",
        issuer: IssuerForm::Fixed {
            issuer: "https://accounts.google.com",
            authorization_server: "https://accounts.google.com",
        },
        tokens: Tokens::GoogleTokenInfo,
        audience: Inherent,
        client: Known,
        scopes: ScopeNames::Same,
        hints: &[Hint {
            reasons: &[Because::Audience, Because::Client],
            text: "the token was issued to another client: name the ids of all clients that may use this server",
        }],
    });

    /// GitHub. Access tokens are opaque, and GitHub is asked about them with the id and the secret of the OAuth app.
    pub const GITHUB: Self = Self(&Preset {
        name: "github",
        title: "GitHub",
        issuer: IssuerForm::Fixed {
            issuer: "https://github.com",
            authorization_server: "https://github.com/login/oauth",
        },
        tokens: Tokens::GitHubCheck,
        audience: Inherent,
        client: Server,
        scopes: ScopeNames::Same,
        hints: &[Hint {
            reasons: &[Because::Rejected],
            text: "GitHub knows the token only as one of the OAuth app whose id is configured: personal access tokens and those of other apps are refused",
        }],
    });

    /// Amazon Cognito. The authorization server is the user pool, the client ids are the app clients whose tokens are accepted without an audience.
    pub const COGNITO: Self = Self(&Preset {
        name: "cognito",
        title: "Amazon Cognito",
        issuer: IssuerForm::AsWritten {
            example: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abcdefghi, the user pool and not its domain",
            path: None,
        },
        tokens: Tokens::Jwt(Jwt {
            metadata: &[MetadataForm::OpenId],
            client_claims: &["client_id"],
            required: &[("token_use", Some("access"))],
            ..PLAIN
        }),
        audience: ResourceOrClient,
        client: Allowed,
        scopes: ScopeNames::LongEverywhere,
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
    });

    /// Okta, a custom authorization server. The audience is the one of that server.
    pub const OKTA: Self = Self(&Preset {
        name: "okta",
        title: "Okta",
        issuer: IssuerForm::AsWritten {
            example: "https://acme.okta.com/oauth2/default: tokens of the org authorization server, https://acme.okta.com, can be verified by nobody else",
            path: Some("/oauth2/"),
        },
        tokens: Tokens::Jwt(Jwt {
            metadata: &[MetadataForm::OAuthAppended, MetadataForm::OpenId],
            scope_claims: &["scp"],
            // `sub` is a login, which can become another person's.
            subject_claims: &["uid", "sub"],
            client_claims: &["cid"],
            access_token_claims: &["scp", "cid"],
            ..PLAIN
        }),
        audience: Resource,
        client: Allowed,
        scopes: ScopeNames::Same,
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
    });

    /// Descope, an MCP server or an inbound app.
    pub const DESCOPE: Self = Self(&Preset {
        name: "descope",
        title: "Descope",
        issuer: IssuerForm::Agentic { example: "https://api.descope.com/v1/apps/agentic/P123/MS456" },
        tokens: Tokens::Jwt(Jwt { metadata: &[MetadataForm::OpenId], foreign_claims: &["drn"], ..PLAIN }),
        audience: Resource,
        client: Allowed,
        scopes: ScopeNames::Same,
        hints: &[Hint {
            reasons: &[Because::Issuer, Because::Audience],
            text: "set the MCP Server URL in the console to the resource URL, else tokens name the project alone, and configure the issuer of this MCP server",
        }],
    });

    /// Supabase. Its tokens name no server: `client_id(..)` says whose are accepted.
    pub const SUPABASE: Self = Self(&Preset {
        name: "supabase",
        title: "Supabase",
        issuer: IssuerForm::AsWritten { example: "https://ref.supabase.co/auth/v1", path: Some("/auth/v1") },
        tokens: Tokens::Jwt(Jwt {
            metadata: &[MetadataForm::OAuth, MetadataForm::OpenId],
            client_claims: &["client_id"],
            access_token_claims: &["client_id"],
            required: &[("client_id", None)],
            ..PLAIN
        }),
        audience: Shared("authenticated"),
        client: Allowed,
        scopes: ScopeNames::Same,
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
    });

    /// Clerk. The authorization server is the Frontend API URL.
    pub const CLERK: Self = Self(&Preset {
        name: "clerk",
        title: "Clerk",
        issuer: IssuerForm::AsWritten { example: "https://clerk.example.com, the Frontend API URL", path: None },
        // Sessions are signed with the same keys, and have another `typ`.
        tokens: Tokens::Jwt(Jwt {
            profile: TokenProfile::Rfc9068,
            metadata: &[MetadataForm::OAuth, MetadataForm::OpenId],
            ..PLAIN
        }),
        audience: Resource,
        client: Allowed,
        scopes: ScopeNames::Same,
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
    });

    /// Authentik. The authorization server is the application; the client is the provider's own, as which this server asks about tokens. Its JWTs list no
    /// scopes, and hardly differ from ID tokens, so they are introspected; its refresh tokens are no JWTs.
    pub const AUTHENTIK: Self = Self(&Preset {
        name: "authentik",
        title: "Authentik",
        issuer: IssuerForm::WithSlash { example: "https://authentik.example.com/application/o/todo/" },
        tokens: Tokens::Introspected { metadata: &[MetadataForm::OpenId], only_jwts: true },
        audience: Client,
        client: Server,
        scopes: ScopeNames::Same,
        hints: &[Hint {
            reasons: &[Because::Audience],
            text: "Authentik names the client in `aud` and nothing else: the token was issued to another client than the one that is configured",
        }],
    });

    /// Any OpenID provider whose access tokens are JWTs with the `typ` `JWT`, `at+jwt` or none.
    pub const OPENID: Self = Self(&Preset {
        name: "openid",
        title: "an OpenID provider",
        issuer: IssuerForm::AsWritten { example: "https://auth.example.com", path: None },
        tokens: Tokens::Jwt(PLAIN),
        audience: Resource,
        client: Allowed,
        scopes: ScopeNames::Same,
        hints: &[
            Hint {
                reasons: &[Because::Malformed],
                text: "the token is no JWT: use the provider \"introspection\" where tokens are opaque",
            },
            Hint { reasons: &[Because::Audience], text: "the token names another server in `aud`, or none" },
        ],
    });

    /// Any authorization server with an introspection endpoint (RFC 7662). The client id and secret are those of this server.
    pub const INTROSPECTION: Self = Self(&Preset {
        name: "introspection",
        title: "an authorization server with introspection",
        issuer: IssuerForm::AsWritten { example: "https://auth.example.com", path: None },
        tokens: Tokens::Introspected { metadata: MetadataForm::MCP, only_jwts: false },
        audience: Resource,
        client: Server,
        scopes: ScopeNames::Same,
        hints: &[Hint {
            reasons: &[Because::Audience],
            text: "the authorization server says of the token that it is for another server, or for none: have it answer with `aud`",
        }],
    });
}
