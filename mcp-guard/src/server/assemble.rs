//! Putting the layers in their order.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use futures::future::try_join_all;
use rmcp::model::Tool;
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

use super::BuildError;
use super::GuardedService;
use super::browsers::BrowserLayer;
use super::endpoint::Endpoint;
use super::health;
use super::hosts::AllowedHosts;
use super::hosts::HostLayer;
use super::origins::AllowedOrigins;
use super::origins::open_cors;
use super::policy;
use super::settings::Settings;
use super::settings::Tools;
use crate::auth::AuthLayer;
use crate::auth::Describe;
use crate::challenge::Challenger;
use crate::gate::GateLayer;
use crate::gate::SessionLimit;
use crate::guarded::GuardedServer;
use crate::metadata::MetadataDocument;
use crate::operation::Operations;
use crate::policy::Policy;
use crate::resource::ResourceUrl;
use crate::validate::Issuers;
use crate::validate::IssuersBuilder;
use crate::validate::JwtValidator;
use crate::validate::SharedValidator;
use crate::validate::is_issuer;

pub(super) async fn assemble<S: GuardedServer>(
    settings: Settings,
    tools: Tools<S>,
) -> Result<GuardedService, BuildError> {
    let offered = Offered {
        operations: S::guarded(),
        tools: S::guarded_tools().list(),
        endpoint: Box::new(move |sessions, config| Endpoint::new(tools.factory, sessions, config)),
    };
    assemble_for(settings, offered).await
}

/// What a server offers, whatever its type.
struct Offered {
    operations: &'static dyn Operations,
    tools: &'static [Tool],
    endpoint: Box<dyn FnOnce(Arc<LocalSessionManager>, StreamableHttpServerConfig) -> Endpoint + Send>,
}

async fn assemble_for(settings: Settings, offered: Offered) -> Result<GuardedService, BuildError> {
    let resource = ResourceUrl::parse(&settings.resource)
        .map_err(|reason| BuildError::Resource { resource: settings.resource.clone(), reason })?;
    let policy = Arc::new(policy::policy(&settings.policy, offered.operations)?);
    if settings.max_body_bytes == 0 {
        return Err(BuildError::NoBody);
    }
    let hosts = AllowedHosts::new(&resource, &settings.allowed_hosts)?;
    let origins = AllowedOrigins::new(&resource, &settings.allowed_origins)?;
    let metadata = MetadataDocument::new(
        &resource,
        &settings.authorization_servers,
        policy.baseline(),
        offered.operations.vocabulary(),
        settings.name.as_deref(),
        settings.documentation.as_deref(),
    );
    let validator = validator(&resource, &settings).await?;

    let challenger = Challenger::new(resource.metadata_url());
    let stop = CancellationToken::new();
    let sessions = Arc::new(LocalSessionManager::default());
    let session_limit = SessionLimit::new(Arc::clone(&sessions), settings.max_sessions);
    let gate = GateLayer::with_session_limit(
        offered.operations,
        settings.max_body_bytes,
        settings.has_sessions().then_some(session_limit),
    );
    let describe = describe(gate.clone(), Arc::clone(&policy));
    let auth = AuthLayer::with_describe(validator.clone(), policy, challenger, Some(describe));
    let endpoint = (offered.endpoint)(
        sessions,
        StreamableHttpServerConfig::default()
            .with_legacy_session_mode(settings.has_sessions())
            .with_json_response(true)
            .with_max_request_body_bytes(settings.max_body_bytes)
            .with_cancellation_token(stop.clone()),
    );
    let cors = BrowserLayer::new(origins.cors(offered.tools));
    let front = HostLayer::new(hosts.clone(), Some(origins));
    let mcp = front.layer(cors.layer(auth.layer(gate.layer(endpoint))));

    // The metadata is for everybody, pages of every origin included (RFC 9728 section 3.1).
    let document = get(move || std::future::ready(metadata.response()));
    let document = document.layer::<_, Infallible>(open_cors()).layer(HostLayer::new(hosts, None));
    let mut router = Router::new()
        .without_v07_checks()
        .route_service(resource.path(), mcp)
        .route(&resource.metadata_path(), document);
    if settings.health {
        if health::PATHS.contains(&resource.path()) {
            return Err(BuildError::HealthPath(resource.path().to_owned()));
        }
        // Without the Host check: whoever probes a container calls it by its address.
        router = router.merge(health::routes(validator));
    }
    Ok(GuardedService::new(router, stop, &resource, settings.listen, settings.tls))
}

/// In front of a refusal for want of a valid token, the gate finds out what the request would have needed.
fn describe(gate: GateLayer, policy: Arc<Policy>) -> Describe {
    Arc::new(move |request| {
        let (gate, policy) = (gate.clone(), Arc::clone(&policy));
        Box::pin(async move { gate.describe(&policy, request).await })
    })
}

async fn validator(resource: &ResourceUrl, settings: &Settings) -> Result<SharedValidator, BuildError> {
    if settings.authorization_servers.is_empty() {
        return Err(BuildError::NoAuthorizationServer);
    }
    if !settings.authorization_servers.iter().all(|issuer| is_issuer(issuer)) {
        return Err(BuildError::AuthorizationServer);
    }
    if let Some(validator) = &settings.validator {
        return match settings.audiences.first() {
            Some(audience) => Err(BuildError::AudienceWithValidator(audience.clone())),
            None => Ok(validator.clone()),
        };
    }
    let validators = settings.authorization_servers.iter().map(|issuer| {
        let mut builder = JwtValidator::builder(issuer.clone()).profile(settings.profile);
        if settings.audiences.is_empty() {
            builder = builder.audience(resource.as_str());
        }
        for audience in &settings.audiences {
            builder = builder.audience(audience.clone());
        }
        builder.build()
    });
    let mut validators = try_join_all(validators).await?;
    match (validators.pop(), validators.is_empty()) {
        (Some(only), true) => Ok(SharedValidator::new(only)),
        (last, _) => {
            let issuers = validators.into_iter().chain(last).fold(Issuers::builder(), IssuersBuilder::jwt);
            Ok(SharedValidator::new(issuers.build()?))
        }
    }
}
