use super::*;
use crate::config::BuildError;
use crate::limit::{Rate, RateLimits};
use crate::revocation::Revocation;
#[cfg(feature = "docs-page")]
use crate::server::DocsPage;
use crate::token::BearerToken;
use crate::validate::TokenValidator as _;

const RESOURCE: &str = "MCP_GUARD_RESOURCE";
const ISSUER: &str = "MCP_GUARD_ISSUER";
const LISTEN: &str = "MCP_GUARD_LISTEN";
const PROVIDER: &str = "MCP_GUARD_PROVIDER";
const PRIVATE_NETWORK: &str = "MCP_GUARD_ALLOW_PRIVATE_NETWORK";
const CLIENT_SECRET: &str = "MCP_GUARD_CLIENT_SECRET";
const CLIENT_ID: &str = "MCP_GUARD_CLIENT_ID";
const TLS_CERT: &str = "MCP_GUARD_TLS_CERT";
const TLS_KEY: &str = "MCP_GUARD_TLS_KEY";
const AUDIENCE: &str = "MCP_GUARD_AUDIENCE";
const SUBJECT: &str = "MCP_GUARD_SUBJECT";
const SCOPES: &str = "MCP_GUARD_SCOPES";
const ALLOWED_HOSTS: &str = "MCP_GUARD_ALLOWED_HOSTS";
const ALLOWED_ORIGINS: &str = "MCP_GUARD_ALLOWED_ORIGINS";
const TRUSTED_PROXIES: &str = "MCP_GUARD_TRUSTED_PROXIES";
const JWKS_URI: &str = "MCP_GUARD_JWKS_URI";
const LEEWAY: &str = "MCP_GUARD_LEEWAY_SECONDS";
const MAX_BYTES: &str = "MCP_GUARD_MAX_TOKEN_BYTES";
const MAX_AGE: &str = "MCP_GUARD_MAX_TOKEN_AGE_SECONDS";
const CA_FILE: &str = "MCP_GUARD_CA_FILE";
const EGRESS_PROXY: &str = "MCP_GUARD_EGRESS_PROXY";
const FAIL_FAST: &str = "MCP_GUARD_FAIL_FAST";
const DOCS: &str = "MCP_GUARD_DOCS";
const CLIENT_TOKENS: &str = "MCP_GUARD_ALLOW_CLIENT_TOKENS";

fn config(vars: &[(&str, &str)]) -> EnvConfig {
    let names = vars.iter().map(|(name, _)| (*name).to_owned());
    EnvConfig::from_vars(names, |name| {
        vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()).ok_or(VarError::NotPresent)
    })
}

fn error(vars: &[(&str, &str)]) -> EnvError {
    EnvError::all(config(vars).builder().settings.environment_errors).unwrap_err()
}

const GOOD: [(&str, &str); 2] = [(RESOURCE, "https://todo.example.com/mcp"), (ISSUER, "https://auth.example.com")];

fn with<'v>(extra: &[(&'v str, &'v str)]) -> Vec<(&'v str, &'v str)> {
    [&GOOD[..], extra].concat()
}

#[test]
fn invalid_environment_error_names_the_variable() {
    for (vars, name) in [
        (vec![], RESOURCE),
        (vec![GOOD[0]], ISSUER),
        (vec![GOOD[1]], RESOURCE),
        (vec![(RESOURCE, ""), GOOD[1]], RESOURCE),
        (with(&[("MCP_GUARD_ISSUR", "x")]), "MCP_GUARD_ISSUR"),
        (with(&[(LISTEN, "8080")]), LISTEN),
        (with(&[(LISTEN, "localhost:8080")]), LISTEN),
        (with(&[(PROVIDER, "keyclock")]), PROVIDER),
        (with(&[(PRIVATE_NETWORK, "yes")]), PRIVATE_NETWORK),
        (with(&[(CLIENT_SECRET, "s3cret\n")]), CLIENT_SECRET),
        (vec![GOOD[0], (ISSUER, "https://auth.example.com\n")], ISSUER),
        (with(&[(TLS_CERT, "cert.pem")]), TLS_KEY),
        (with(&[(TLS_KEY, "key.pem")]), TLS_CERT),
        (with(&[(AUDIENCE, " ")]), AUDIENCE),
        (with(&[(LEEWAY, "1m")]), LEEWAY),
        (with(&[(LEEWAY, "-1")]), LEEWAY),
        (with(&[(MAX_BYTES, "16k")]), MAX_BYTES),
        (with(&[(MAX_AGE, "1h")]), MAX_AGE),
        (with(&[(CLIENT_TOKENS, "1")]), CLIENT_TOKENS),
        (with(&[(FAIL_FAST, "1")]), FAIL_FAST),
        (with(&[(DOCS, "1")]), DOCS),
    ] {
        let message = error(&vars).to_string();
        assert!(message.contains(name), "{vars:?}: {message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
}

/// A program that uses only a single value must not take an unreadable one for a missing one.
#[test]
fn single_values_and_the_check_report_unreadable_variables() {
    let unreadable = config(&[(LISTEN, "127.0.0.1:9\n"), (PROVIDER, " "), ("MCP_GUARD_ISSUR", "x")]);
    assert!(unreadable.listen().unwrap_err().to_string().contains(LISTEN));
    assert!(unreadable.provider().unwrap_err().to_string().contains(PROVIDER));
    assert!(unreadable.check().unwrap_err().to_string().contains("MCP_GUARD_ISSUR"));
    let built = EnvError::all(unreadable.builder().settings.environment_errors).unwrap_err().to_string();
    assert_eq!(built.matches("without leading or trailing").count(), 1, "{built}");
    config(&GOOD).check().unwrap();
}

#[test]
fn unknown_variable_error_lists_known_variables() {
    let message = error(&with(&[("MCP_GUARD_ISSUR", "x")])).to_string();
    assert!(message.contains(ISSUER), "{message}");
}

#[test]
fn valid_environment_configures_the_builder() {
    let vars = with(&[
        (LISTEN, "127.0.0.1:9"),
        (AUDIENCE, "a, b"),
        (ALLOWED_HOSTS, "x, y:8443"),
        (ALLOWED_ORIGINS, "https://x,https://y"),
        (TRUSTED_PROXIES, "10.0.0.0/8, ::1"),
        ("MCP_GUARD_DEV_LISTEN", "127.0.0.1:1"),
        ("OTHER", "x"),
    ]);
    let settings = config(&vars).builder().settings;
    assert!(settings.environment_errors.is_empty());
    assert_eq!(settings.resource, "https://todo.example.com/mcp");
    assert_eq!(settings.network.allowed_origins.unwrap(), ["https://x", "https://y"]);
    assert_eq!(settings.listen, Some("127.0.0.1:9".parse().unwrap()));
    assert_eq!(settings.network.allowed_hosts.unwrap(), ["x", "y:8443"]);
    assert_eq!(settings.network.trusted_proxies.unwrap(), ["10.0.0.0/8", "::1"]);
    let unreadable = EnvConfig::from_vars([], |_| Err(VarError::NotUnicode("x".into())));
    assert!(unreadable.caller().unwrap_err().to_string().contains("valid Unicode"));
}

#[cfg(feature = "docs-page")]
#[test]
fn documentation_page_is_open_or_guarded() {
    for (value, page) in [("true", Some(DocsPage::open())), ("guarded", Some(DocsPage::guarded())), ("false", None)] {
        let settings = config(&with(&[(DOCS, value)])).builder().settings;
        assert_eq!((settings.observation.docs, settings.environment_errors.len()), (page, 0), "{value}");
        // Settings of the application do not remove the page.
        let observed = config(&with(&[(DOCS, value)])).builder().observation(Observation::new());
        assert_eq!(observed.settings.observation.docs, page, "{value}");
    }
}

#[cfg(not(feature = "docs-page"))]
#[test]
fn documentation_page_needs_its_feature() {
    for value in ["true", "guarded"] {
        let message = error(&with(&[(DOCS, value)])).to_string();
        assert!(message.contains(DOCS) && message.contains("`docs-page` feature"), "{message}");
    }
    assert!(config(&with(&[(DOCS, "false")])).builder().settings.environment_errors.is_empty());
}

#[test]
fn metadata_url_is_kept_unless_the_application_sets_it() {
    let builder = || config(&with(&[("MCP_GUARD_METADATA_URL", "https://h.example/env")])).builder();
    for (metadata, url, is_named_by_environment) in [
        (ResourceMetadata::new().name("Todos"), "https://h.example/env", true),
        (ResourceMetadata::new().url("https://h.example/own"), "https://h.example/own", false),
    ] {
        let settings = builder().metadata(metadata).settings;
        assert_eq!(settings.metadata.url.as_deref(), Some(url));
        assert_eq!(settings.from_environment.contains(&Setting::MetadataUrl), is_named_by_environment, "{url}");
    }
}

#[test]
fn revocation_scope_enables_revocations() {
    assert!(config(&with(&[])).builder().settings.revocations.is_none());
    let scope = ("MCP_GUARD_REVOCATION_SCOPE", "revoke");
    for (variables, path) in [
        (vec![scope], "/admin/revocations"),
        (vec![scope, ("MCP_GUARD_REVOCATION_PATH", "/x")], "/x"),
        (vec![scope, ("MCP_GUARD_LONGEST_TOKEN_SECONDS", "3600")], "/admin/revocations"),
        (vec![scope, ("MCP_GUARD_LONGEST_TOKEN_SECONDS", "unlimited")], "/admin/revocations"),
        (vec![scope, ("MCP_GUARD_MAX_REVOCATIONS", "10")], "/admin/revocations"),
    ] {
        let settings = config(&with(&variables)).builder().settings;
        assert!(settings.environment_errors.is_empty(), "{variables:?}");
        let revocations = settings.revocations.unwrap();
        let route = revocations.route().unwrap();
        assert_eq!((route.path.as_str(), route.scope.as_str()), (path, "revoke"), "{variables:?}");
    }
}

#[tokio::test]
async fn revocation_variables_set_the_limits() {
    let scope = ("MCP_GUARD_REVOCATION_SCOPE", "revoke");
    let token = |hours: u64| {
        ValidatedToken::new(TokenParts {
            expires_at: Some(std::time::SystemTime::now() + Duration::from_secs(3600 * hours)),
            ..TokenParts::default()
        })
    };
    for (value, accepted) in
        [(None, [true, true, false]), (Some("7200"), [true, false, false]), (Some("unlimited"), [true; 3])]
    {
        let mut variables = with(&[scope, ("MCP_GUARD_MAX_REVOCATIONS", "1")]);
        variables.extend(value.map(|value| ("MCP_GUARD_LONGEST_TOKEN_SECONDS", value)));
        let revocations = config(&variables).builder().settings.revocations.unwrap();
        assert_eq!([1, 24, 30].map(|hours| revocations.check(&token(hours)).is_ok()), accepted, "{value:?}");
        revocations.revoke(&Revocation::issuer("a")).unwrap();
        assert!(revocations.revoke(&Revocation::issuer("b")).is_err());
    }
}

#[test]
fn invalid_revocation_variables_are_named() {
    let scope = ("MCP_GUARD_REVOCATION_SCOPE", "revoke");
    for (variables, named) in [
        (vec![("MCP_GUARD_REVOCATION_SCOPE", "a b")], "MCP_GUARD_REVOCATION_SCOPE"),
        (vec![scope, ("MCP_GUARD_LONGEST_TOKEN_SECONDS", "1 day")], "MCP_GUARD_LONGEST_TOKEN_SECONDS"),
        (vec![scope, ("MCP_GUARD_MAX_REVOCATIONS", "-1")], "MCP_GUARD_MAX_REVOCATIONS"),
        (vec![("MCP_GUARD_REVOCATION_PATH", "/x")], "MCP_GUARD_REVOCATION_PATH: not used by"),
        (vec![("MCP_GUARD_LONGEST_TOKEN_SECONDS", "60")], "MCP_GUARD_LONGEST_TOKEN_SECONDS: not used by"),
        (vec![("MCP_GUARD_MAX_REVOCATIONS", "60")], "MCP_GUARD_MAX_REVOCATIONS: not used by"),
    ] {
        let error = error(&with(&variables)).to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn local_caller_requires_subject_and_valid_scopes() {
    let caller = |vars: &[(&str, &str)]| config(vars).caller();
    assert!(caller(&[]).unwrap().is_none(), "anonymous");
    assert!(caller(&GOOD).unwrap().is_none(), "anonymous with an issuer");
    for (vars, issuer, scopes) in [
        (vec![(SUBJECT, "alice")], LOCAL_ISSUER, ""),
        (vec![(SUBJECT, "alice"), (SCOPES, "b a")], LOCAL_ISSUER, "a b"),
        (vec![(SUBJECT, "alice"), (SCOPES, "  a  ")], LOCAL_ISSUER, "a"),
        (vec![(SUBJECT, "alice"), (SCOPES, "a"), GOOD[1]], GOOD[1].1, "a"),
    ] {
        let token = caller(&vars).unwrap().unwrap();
        assert_eq!((token.subject(), token.issuer()), ("alice", issuer), "{vars:?}");
        assert_eq!((token.scopes().to_string().as_str(), token.client_id()), (scopes, None), "{vars:?}");
    }
    for (vars, name) in [
        (vec![(SCOPES, "a")], SUBJECT),
        (vec![(SCOPES, "a\"b")], SUBJECT),
        (vec![(SUBJECT, "alice"), (SCOPES, "a\"b")], SCOPES),
        (vec![(SUBJECT, "alice"), (SCOPES, "a\\b")], SCOPES),
        (vec![(SUBJECT, "alice"), (SCOPES, "ä")], SCOPES),
        (vec![(SUBJECT, "alice"), (SCOPES, "a\tb")], SCOPES),
        (vec![(SUBJECT, "alice"), (SCOPES, "")], SCOPES),
        (vec![(SUBJECT, " "), (SCOPES, "a")], SUBJECT),
        (vec![("MCP_GUARD_SCOPE", "a")], "MCP_GUARD_SCOPE"),
    ] {
        let message = caller(&vars).map(drop).unwrap_err().to_string();
        assert!(message.contains(name), "{vars:?}: {message}");
    }
}

#[test]
fn http_server_rejects_a_configured_caller() {
    for (vars, name) in [
        (with(&[(SUBJECT, "alice")]), SUBJECT),
        (with(&[(SCOPES, "a")]), SCOPES),
        (with(&[(SUBJECT, "alice"), (SCOPES, "a")]), SUBJECT),
    ] {
        let message = error(&vars).to_string();
        assert!(message.contains(name) && message.contains("unset it"), "{vars:?}: {message}");
    }
}

#[test]
fn certificate_is_used_or_rejected() {
    let settings = config(&with(&[(TLS_CERT, "cert.pem"), (TLS_KEY, "key.pem")])).builder().settings;
    if cfg!(feature = "tls") {
        let tls = settings.tls.unwrap();
        assert_eq!((tls.certificate.to_str(), tls.key.to_str()), (Some("cert.pem"), Some("key.pem")));
    } else {
        assert!(settings.environment_errors[0].to_string().contains(TLS_CERT));
    }
}

#[test]
fn debug_hides_the_secret() {
    let secrets = [(CLIENT_SECRET, "s3cret"), (EGRESS_PROXY, "http://user:s3cret@127.0.0.1:3128")];
    let config = config(&with(&secrets));
    assert!(!format!("{config:?}{config}").contains("s3cret"));
    assert!(config.to_string().contains("MCP_GUARD_CLIENT_SECRET=[redacted]\n"), "{config}");
}

/// Returns the error of the configured issuer, without fetching anything.
fn issuer_error(vars: &[(&str, &str)]) -> String {
    let built = config(vars).configured_issuer();
    match built.map(|issuer| issuer.prepare("https://todo.example.com/mcp")) {
        Ok(Ok(_)) => String::new(),
        Ok(Err(mistakes)) => BuildError::from(mistakes).to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn environment_configures_every_kind_of_issuer() {
    let id_and_secret = [(CLIENT_ID, "todo"), (CLIENT_SECRET, "s3cret")];
    let proxy = (EGRESS_PROXY, "http://127.0.0.1:3128");
    let common = [(LEEWAY, "60"), (MAX_BYTES, "4096"), (MAX_AGE, "3600"), (PRIVATE_NETWORK, "true"), proxy];
    for vars in [
        vec![GOOD[1], (CLIENT_ID, "a, b"), (JWKS_URI, "https://internal.example.com/keys"), (CLIENT_TOKENS, "true")],
        vec![(PROVIDER, "auth0"), GOOD[1], (CLIENT_ID, "a"), ("MCP_GUARD_SCOPE_PREFIX", "api://x/")],
        vec![(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1")],
        [&[(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1")], &id_and_secret[..]].concat(),
        [&[(PROVIDER, "introspection"), GOOD[1], (CLIENT_TOKENS, "false")], &id_and_secret[..]].concat(),
        [&[(PROVIDER, "github")], &id_and_secret[..]].concat(),
        vec![(PROVIDER, "google"), (CLIENT_ID, "a, b")],
    ] {
        assert_eq!(issuer_error(&[&vars, &common[..]].concat()), "", "{vars:?}");
    }
}

#[tokio::test]
async fn internal_key_url_works_with_every_jwt_provider() {
    let issuer = mcp_guard_dev::DevAuthServer::builder().start().await.unwrap();
    for (provider, name) in [
        (None, "https://auth.example.com"),
        (Some("keycloak"), "https://sso.example.com/realms/acme"),
        (Some("auth0"), "https://acme.eu.auth0.com/"),
        (Some("okta"), "https://acme.okta.com/oauth2/default"),
        (Some("cognito"), "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc"),
        (Some("openid"), "https://auth.example.com"),
    ] {
        let vars = [(ISSUER, name), (JWKS_URI, issuer.jwks_uri())];
        let vars: Vec<_> = vars.into_iter().chain(provider.map(|provider| (PROVIDER, provider))).collect();
        let configured = config(&vars).configured_issuer().unwrap();
        let validator = configured.validator(GOOD[0].1).await.unwrap();
        let token =
            issuer.token().audience(GOOD[0].1).scope("todo:read").claim("iss", name).claim("token_use", "access");
        let token = if provider == Some("okta") { token.claim("cid", "app").claim("uid", "u1") } else { token };
        let token = BearerToken::new(token.sign());
        assert_eq!(validator.validate(&token).await.unwrap().issuer(), name, "{provider:?}");
    }
    assert_eq!(issuer.metadata_fetches(), 0);
}

#[test]
fn plain_http_error_names_the_alternatives() {
    let keycloak = (ISSUER, "http://keycloak:8080/realms/acme");
    let given = ".jwks(..)";
    for (vars, parts) in [
        (vec![keycloak], [keycloak.1, "MCP_GUARD_CA_FILE", JWKS_URI, given]),
        (vec![(PROVIDER, "keycloak"), keycloak], [keycloak.1, "MCP_GUARD_CA_FILE", JWKS_URI, given]),
        (
            vec![GOOD[1], (JWKS_URI, "http://keycloak:8080/keys")],
            ["http://keycloak:8080/keys", JWKS_URI, "https", given],
        ),
    ] {
        let message = issuer_error(&vars);
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
    for url in ["http://user:s3cret@keycloak:8080", "http://keycloak:8080/?s3cret", "s3cret@x", "https://x#s3cret"] {
        assert!(!issuer_error(&[(ISSUER, url)]).contains("s3cret"), "{url}");
        assert!(!issuer_error(&[GOOD[1], (JWKS_URI, url)]).contains("s3cret"), "{url}");
    }
    assert!(!issuer_error(&[(ISSUER, "auth.example.com")]).contains("MCP_GUARD_CA_FILE"), "another mistake");
}

#[test]
fn fail_fast_is_off_unless_set() {
    let introspection = [(PROVIDER, "introspection"), GOOD[1], (CLIENT_ID, "todo"), (CLIENT_SECRET, "s3cret")];
    for vars in [vec![GOOD[1]], vec![(PROVIDER, "auth0"), GOOD[1]], introspection.to_vec()] {
        for (value, expected) in [(None, false), (Some("false"), false), (Some("true"), true)] {
            let vars = [&vars[..], &value.map(|value| (FAIL_FAST, value)).into_iter().collect::<Vec<_>>()].concat();
            let issuer = config(&vars).configured_issuer().unwrap();
            assert_eq!(issuer.prepare("https://todo.example.com/mcp").unwrap().fail_fast, expected, "{vars:?}");
        }
    }
}

#[test]
fn unused_or_invalid_variable_is_an_error() {
    let google = [(PROVIDER, "google"), (CLIENT_ID, "a")];
    let github = [(PROVIDER, "github"), (CLIENT_ID, "a"), (CLIENT_SECRET, "s3cret")];
    for (vars, name) in [
        (vec![GOOD[1], (CLIENT_SECRET, "s3cret")], CLIENT_SECRET),
        (vec![(PROVIDER, "auth0"), GOOD[1], (CLIENT_SECRET, "s3cret")], CLIENT_SECRET),
        (vec![(PROVIDER, "auth0")], ISSUER),
        (vec![(PROVIDER, "keycloak"), (ISSUER, "https://keycloak.example.com")], ISSUER),
        (vec![(PROVIDER, "scalekit"), GOOD[1]], AUDIENCE),
        (vec![(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1"), (CLIENT_ID, "a")], CLIENT_SECRET),
        (vec![(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1"), (CLIENT_SECRET, "s3cret")], CLIENT_ID),
        (
            [
                &[(PROVIDER, "scalekit"), GOOD[1], (AUDIENCE, "res_1"), (CLIENT_ID, "a"), (CLIENT_SECRET, "s3cret")],
                &[(JWKS_URI, "https://keys.example.com/keys")][..],
            ]
            .concat(),
            JWKS_URI,
        ),
        (vec![(PROVIDER, "introspection"), GOOD[1], (CLIENT_SECRET, "s3cret")], CLIENT_ID),
        (vec![(PROVIDER, "introspection"), GOOD[1], (CLIENT_ID, "a, b"), (CLIENT_SECRET, "s3cret")], CLIENT_ID),
        (vec![(PROVIDER, "google")], CLIENT_ID),
        ([&google[..], &[GOOD[1]]].concat(), ISSUER),
        ([&google[..], &[(AUDIENCE, "x")]].concat(), AUDIENCE),
        ([&google[..], &[(CLIENT_SECRET, "s3cret")]].concat(), CLIENT_SECRET),
        ([&google[..], &[(JWKS_URI, "https://x")]].concat(), JWKS_URI),
        ([&github[..], &[(AUDIENCE, "x")]].concat(), AUDIENCE),
        ([&github[..], &[(CLIENT_TOKENS, "true")]].concat(), CLIENT_TOKENS),
        ([&github[..], &[(FAIL_FAST, "true")]].concat(), FAIL_FAST),
        ([&google[..], &[(FAIL_FAST, "true")]].concat(), FAIL_FAST),
        (vec![(ISSUER, "https://user:s3cret@auth.example.com")], ISSUER),
        (vec![GOOD[1], (AUDIENCE, "a,,b")], AUDIENCE),
        (vec![GOOD[1], (CLIENT_ID, "a,")], CLIENT_ID),
        (vec![GOOD[1], (LEEWAY, "301")], LEEWAY),
        (vec![GOOD[1], (MAX_BYTES, "0")], MAX_BYTES),
        (vec![GOOD[1], (MAX_BYTES, "1048577")], MAX_BYTES),
        (vec![GOOD[1], (MAX_AGE, "0")], MAX_AGE),
        (vec![GOOD[1], (JWKS_URI, "http://internal.example.com/keys")], JWKS_URI),
        (vec![GOOD[1], ("MCP_GUARD_SCOPE_PREFIX", "a b")], "MCP_GUARD_SCOPE_PREFIX"),
        (vec![GOOD[1], (CA_FILE, "/nonexistent/ca.pem")], CA_FILE),
        (vec![GOOD[1], (EGRESS_PROXY, "socks5://user:s3cret@127.0.0.1:1080")], EGRESS_PROXY),
        ([&github[..], &[(CA_FILE, "/nonexistent/ca.pem")]].concat(), CA_FILE),
    ] {
        let message = issuer_error(&vars);
        assert!(message.contains(name), "{vars:?}: {message}");
        assert!(!message.contains("s3cret") && !message.contains("::"), "{vars:?}: {message}");
    }
}

/// Mistakes of three kinds: unreadable variables, invalid values, and settings that building the server rejects.
#[tokio::test]
async fn build_reports_all_kinds_of_mistakes_at_once() {
    #[derive(Clone)]
    struct Nothing;

    impl rmcp::ServerHandler for Nothing {}

    impl crate::GuardedServer for Nothing {
        fn guarded() -> &'static crate::layer::Guarded<Self> {
            static GUARDED: std::sync::OnceLock<crate::layer::Guarded<Nothing>> = std::sync::OnceLock::new();
            GUARDED.get_or_init(crate::layer::Guarded::default)
        }
    }

    let vars = [
        ("MCP_GUARD_ISSUR", "x"),
        (RESOURCE, "http://todo.example.com/mcp"),
        (ISSUER, " "),
        (LISTEN, "8080"),
        ("MCP_GUARD_MOUNT_PATH", "mcp"),
    ];
    let error = config(&vars).builder().tools(Nothing).build().await.unwrap_err();
    let message = error.to_string();
    for part in ["MCP_GUARD_ISSUR", RESOURCE, ISSUER, LISTEN, "no operations"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(message.matches("MCP_GUARD_ISSUER: ").count(), 1, "{message}");
}

#[test]
fn every_mistake_in_the_environment_is_reported() {
    let message = error(&[(LISTEN, "8080"), (TLS_KEY, "key.pem"), (SUBJECT, "alice")]).to_string();
    let issuer = error(&with(&[(LEEWAY, "1m"), (MAX_BYTES, "16k"), (CLIENT_TOKENS, "1"), (CLIENT_SECRET, "s3cret")]));
    for name in [LEEWAY, MAX_BYTES, CLIENT_TOKENS, CLIENT_SECRET] {
        assert!(issuer.to_string().contains(name), "{name}: {issuer}");
    }
    for name in [RESOURCE, ISSUER, LISTEN, TLS_CERT, SUBJECT] {
        assert!(message.contains(name), "{name}: {message}");
    }
    assert_eq!(format!("{:?}", error(&[])), error(&[]).to_string(), "`main` prints errors with `Debug`");
}

#[test]
fn rates_of_the_environment_are_used_or_rejected() {
    let rates = |vars: &[(&str, &str)]| format!("{:?}", config(&with(vars)).builder().settings.limits.rate_limits());
    let defaults = format!("{:?}", RateLimits::new());
    assert_eq!(rates(&[]), defaults);
    let failed = "MCP_GUARD_RATE_FAILED_CREDENTIALS";
    let caller = "MCP_GUARD_RATE_PER_CALLER";
    let without = "MCP_GUARD_RATE_WITHOUT_TOKEN";
    let concurrent = "MCP_GUARD_CONCURRENT_PER_CALLER";
    assert_eq!(rates(&[(failed, "off")]), format!("{:?}", RateLimits::none()));
    let all = rates(&[(failed, "5/hour"), (caller, "6/day"), (without, "7/second"), (concurrent, "8")]);
    let expected = RateLimits::none()
        .failed_credentials(Rate::per_hour(5))
        .per_caller(Rate::per_day(6))
        .without_token(Rate::per_second(7))
        .concurrent_per_caller(8);
    assert_eq!(all, format!("{expected:?}"));
    assert_eq!(rates(&[(caller, "off")]), defaults, "the others keep their defaults");
    for (variable, value) in [(failed, "ten"), (caller, "10"), (without, "0/minute"), (concurrent, "0")] {
        let error = error(&with(&[(variable, value)])).to_string();
        assert!(error.contains(variable) && error.contains(value), "{error}");
    }
    let kept = config(&with(&[(caller, "6/day")])).builder().limits(Limits::new().max_body_bytes(1));
    assert!(format!("{:?}", kept.settings.limits.rate_limits()).contains("6/day"), "other limits keep the rates");
}
