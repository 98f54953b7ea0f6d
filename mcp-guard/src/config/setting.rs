//! The settings that errors name, each with its method and its environment variable.

use std::fmt;

/// Declares the settings, each in one line.
macro_rules! settings {
    ($($setting:ident: $method:literal $(, $variable:literal)?;)*) => {
        /// A setting of a server, of an issuer or of a layer.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Setting {
            $(#[doc = concat!("`", $method, "`" $(, " or `", $variable, "`")?)] $setting,)*
        }

        impl Setting {
            pub(crate) const ALL: &[Self] = &[$(Self::$setting),*];

            /// Returns the method that sets this setting.
            #[must_use]
            pub const fn method(self) -> &'static str {
                match self {
                    $(Self::$setting => $method,)*
                }
            }

            /// Returns the environment variable that sets this setting, if there is one.
            #[must_use]
            pub const fn variable(self) -> Option<&'static str> {
                match self {
                    $(Self::$setting => settings!(@variable $($variable)?),)*
                }
            }
        }
    };
    (@variable) => { None };
    (@variable $variable:literal) => { Some($variable) };
}

settings! {
    Resource: "ResourceServer::builder", "MCP_GUARD_RESOURCE";
    MountPath: "ResourceServerBuilder::mount_path", "MCP_GUARD_MOUNT_PATH";
    MetadataUrl: "ResourceMetadata::url", "MCP_GUARD_METADATA_URL";
    Issuer: "ResourceServerBuilder::issuer", "MCP_GUARD_ISSUER";
    Provider: "Provider", "MCP_GUARD_PROVIDER";
    Audience: "Issuer::audience", "MCP_GUARD_AUDIENCE";
    Clients: "Issuer::clients", "MCP_GUARD_CLIENT_ID";
    ClientSecret: "ClientAuthentication", "MCP_GUARD_CLIENT_SECRET";
    ScopePrefix: "Issuer::scope_prefix", "MCP_GUARD_SCOPE_PREFIX";
    JwksUri: "Issuer::jwks_uri", "MCP_GUARD_JWKS_URI";
    Leeway: "Issuer::leeway", "MCP_GUARD_LEEWAY_SECONDS";
    MaxTokenBytes: "Issuer::max_token_bytes", "MCP_GUARD_MAX_TOKEN_BYTES";
    MaxTokenAge: "Issuer::max_token_age", "MCP_GUARD_MAX_TOKEN_AGE_SECONDS";
    AllowClientTokens: "Issuer::allow_client_tokens", "MCP_GUARD_ALLOW_CLIENT_TOKENS";
    AllowPrivateNetwork: "Issuer::allow_private_network", "MCP_GUARD_ALLOW_PRIVATE_NETWORK";
    CaFile: "Issuer::ca_file", "MCP_GUARD_CA_FILE";
    EgressProxy: "Issuer::egress_proxy", "MCP_GUARD_EGRESS_PROXY";
    FailFast: "Issuer::fail_fast", "MCP_GUARD_FAIL_FAST";
    Listen: "ResourceServerBuilder::listen", "MCP_GUARD_LISTEN";
    AllowedOrigins: "Network::allowed_origins", "MCP_GUARD_ALLOWED_ORIGINS";
    AllowedHosts: "Network::allowed_hosts", "MCP_GUARD_ALLOWED_HOSTS";
    TrustedProxies: "Network::trusted_proxies", "MCP_GUARD_TRUSTED_PROXIES";
    FailedCredentials: "RateLimits::failed_credentials", "MCP_GUARD_RATE_FAILED_CREDENTIALS";
    WithoutToken: "RateLimits::without_token", "MCP_GUARD_RATE_WITHOUT_TOKEN";
    PerCaller: "RateLimits::per_caller", "MCP_GUARD_RATE_PER_CALLER";
    ConcurrentPerCaller: "RateLimits::concurrent_per_caller", "MCP_GUARD_CONCURRENT_PER_CALLER";
    TlsCertificate: "ResourceServerBuilder::tls", "MCP_GUARD_TLS_CERT";
    TlsKey: "ResourceServerBuilder::tls", "MCP_GUARD_TLS_KEY";
    Enforcement: "ResourceServerBuilder::enforcement", "MCP_GUARD_ENFORCEMENT";
    DecisionLog: "Decisions::log_file", "MCP_GUARD_DECISION_LOG";
    AuditKey: "Decisions::audit_key", "MCP_GUARD_AUDIT_KEY";
    DecisionsWhenFull: "Decisions::when_full", "MCP_GUARD_DECISIONS_WHEN_FULL";
    DrainTimeout: "Lifespan::drain_timeout", "MCP_GUARD_DRAIN_SECONDS";
    AllowPlainHttp: "ResourceServerBuilder::allow_plain_http", "MCP_GUARD_ALLOW_PLAIN_HTTP";
    MetricsListen: "Observation::metrics_listen", "MCP_GUARD_METRICS_LISTEN";
    Docs: "Observation::docs", "MCP_GUARD_DOCS";
    RevocationScope: "Revocations::admin_route", "MCP_GUARD_REVOCATION_SCOPE";
    RevocationPath: "Revocations::admin_route", "MCP_GUARD_REVOCATION_PATH";
    LongestToken: "Revocations::new", "MCP_GUARD_LONGEST_TOKEN_SECONDS";
    MaxRevocations: "Revocations::max_entries", "MCP_GUARD_MAX_REVOCATIONS";
    Subject: "EnvConfig::caller", "MCP_GUARD_SUBJECT";
    Scopes: "EnvConfig::caller", "MCP_GUARD_SCOPES";

    Validator: "ResourceServerBuilder::validator";
    Jwks: "Issuer::jwks";
    Algorithms: "Issuer::algorithms";
    ScopeClaims: "Issuer::scope_claims";
    SubjectClaims: "Issuer::subject_claims";
    ClientClaims: "Issuer::client_claims";
    ClientsWithoutAudience: "Issuer::clients_without_audience";
    TokenScopePrefix: "Issuer::token_scope_prefix";
    Alias: "Issuer::alias";
    RequireClaim: "Issuer::require_claim";
    RefreshKeysAfter: "Issuer::refresh_keys_after";
    OutageGrace: "Issuer::outage_grace";
    RefreshCoolDown: "Issuer::refresh_cool_down";
    Endpoint: "Issuer::endpoint";
    CacheTime: "Issuer::cache_time";
    MaxCalls: "Issuer::max_calls";
    StaticTokens: "StaticTokens::new";
    ChallengerScopePrefix: "Challenger::scope_prefix";
    ScopeImplies: "scope_implies";
    Health: "Observation::without_health";
    Decisions: "Observation::decisions";
    DecisionCapacity: "Decisions::capacity";
    MaxBodyBytes: "Limits::max_body_bytes";
    MaxTotalBodyBytes: "Limits::max_total_body_bytes";
    MaxUnauthenticatedBodyBytes: "Limits::max_unauthenticated_body_bytes";
    StreamCheckInterval: "Sessions::stream_check_interval";
    MaxConnections: "Connections::max_total";
    MaxPerAddress: "Connections::max_per_address";
    IdleTimeout: "Connections::idle_timeout";
    WriteTimeout: "Connections::write_timeout";
    MaxUnreadBytes: "Connections::max_unread_bytes";
    Rate: "Rate";
    Revocation: "Revocation";
    DpopAlgorithms: "Dpop::algorithms";
    DpopMaxAge: "Dpop::max_age";
    DpopMaxProofs: "Dpop::max_proofs";
    DpopNonces: "Dpop::nonces";
    DpopBase: "AuthLayer::dpop";
}

impl Setting {
    /// Returns the settings with an environment variable, and the variables.
    pub(crate) fn in_environment() -> impl Iterator<Item = (Self, &'static str)> {
        Self::ALL.iter().filter_map(|setting| Some((*setting, setting.variable()?)))
    }
}

/// Writes the method. The alternate form (`{:#}`) writes the environment variable, if there is one.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.variable().filter(|_| f.alternate()) {
            Some(variable) => f.write_str(variable),
            None => write!(f, "`{}`", self.method()),
        }
    }
}
