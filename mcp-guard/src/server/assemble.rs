//! Putting the layers in their order.

use std::any::Any;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use rmcp::model::ErrorCode;
use rmcp::model::Tool;
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;
use tower_http::catch_panic::CatchPanicLayer;

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
use super::serve::Serving;
use super::serve::TrustedProxies;
use super::sessions::CountedSessions;
use super::settings::Settings;
use super::settings::Tools;
use super::trust;
use super::trust::Trust;
use crate::auth::AuthLayer;
use crate::gate::GateLayer;
use crate::gate::GateLimits;
use crate::gate::MAX_UNAUTHENTICATED_BODY;
use crate::gate::SessionTable;
use crate::guarded::GuardedServer;
use crate::operation::Operations;
use crate::panics::discard;
use crate::urls::ResourceUrl;
use crate::validate::DpopVerifier;
use crate::wire::Challenger;
use crate::wire::MetadataDocument;
use crate::wire::ServerDescription;
use crate::wire::answer;
use crate::wire::answer::INTERNAL_ERROR;
use crate::wire::answer::RequestId;

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
    endpoint: Box<dyn FnOnce(Arc<CountedSessions>, StreamableHttpServerConfig) -> Endpoint + Send>,
}

async fn assemble_for(settings: Settings, offered: Offered) -> Result<GuardedService, BuildError> {
    let resource = ResourceUrl::parse(&settings.resource)
        .map_err(|reason| BuildError::Resource { resource: settings.resource.clone(), reason })?;
    let policy = Arc::new(policy::policy(&settings.policy, offered.operations)?);
    let limits = gate_limits(&settings)?;
    if settings.stream_check_interval.is_zero() {
        return Err(BuildError::StreamCheckInterval);
    }
    settings.connections.check()?;
    let trusted_proxies = TrustedProxies::new(&settings.trusted_proxies)?;
    let hosts = AllowedHosts::new(&resource, &settings.allowed_hosts)?;
    let origins = AllowedOrigins::new(&resource, &settings.allowed_origins)?;
    let Trust { validator, authorization_servers, spelling } = trust::trust(&resource, &settings).await?;
    let dpop = settings.dpop.clone().map(|dpop| DpopVerifier::new(dpop, &resource.origin())).transpose()?;
    let dpop_algorithms: Vec<_> = dpop.iter().flat_map(DpopVerifier::algorithms).collect();
    let metadata = MetadataDocument::new(&ServerDescription {
        resource: &resource,
        authorization_servers: &authorization_servers,
        baseline: policy.baseline(),
        spelling: &spelling,
        vocabulary: offered.operations.vocabulary(),
        name: settings.name.as_deref(),
        documentation: settings.documentation.as_deref(),
        dpop_algorithms: &dpop_algorithms,
        dpop_required: dpop.as_ref().is_some_and(DpopVerifier::is_required),
    });

    let challenger = Challenger::new(resource.metadata_url()).with_spelling(spelling);
    let stop = CancellationToken::new();
    let sessions = Arc::new(SessionTable::new(settings.max_sessions));
    let limits = GateLimits { sessions: settings.has_sessions().then(|| Arc::clone(&sessions)), ..limits };
    let gate = GateLayer::with_limits(offered.operations, limits);
    let auth = AuthLayer::in_front_of_gate(validator.clone(), policy, challenger)
        .with_dpop(dpop)
        .with_stream_check_interval(settings.stream_check_interval);
    let endpoint = (offered.endpoint)(
        Arc::new(CountedSessions::new(sessions)),
        StreamableHttpServerConfig::default()
            .with_legacy_session_mode(settings.has_sessions())
            .with_json_response(true)
            .with_max_request_body_bytes(settings.max_body_bytes)
            .with_cancellation_token(stop.clone()),
    );
    let cors = BrowserLayer::new(origins.cors(offered.tools, settings.dpop.is_some()));
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
    let router = router.layer(CatchPanicLayer::custom(panicked));
    let Settings { listen, tls, connections, .. } = settings;
    Ok(GuardedService::new(router, stop, &resource, Serving { listen, tls, connections, trusted_proxies }))
}

/// The response to a request whose handling panicked.
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    discard(panic);
    tracing::error!("the handling of a request panicked");
    answer::error(StatusCode::INTERNAL_SERVER_ERROR, &RequestId::Unknown, ErrorCode::INTERNAL_ERROR, INTERNAL_ERROR)
}

/// Fills in the limits for bodies, and checks that each budget has room for the largest body.
fn gate_limits(settings: &Settings) -> Result<GateLimits, BuildError> {
    let max_body = settings.max_body_bytes;
    if max_body == 0 {
        return Err(BuildError::NoBody);
    }
    // A body takes its size, and as much once more when it is parsed. An anonymous caller may use public operations, with bodies of any size.
    let parsed = max_body.saturating_mul(2);
    let unauthenticated = if settings.policy.allow_anonymous { parsed } else { max_body.min(MAX_UNAUTHENTICATED_BODY) };
    let checked = |setting, bytes: Option<usize>, default: usize, least| match bytes {
        Some(bytes) if bytes < least => Err(BuildError::BodyBudget { setting, bytes, least }),
        Some(bytes) => Ok(bytes),
        None => Ok(default.max(least)),
    };
    Ok(GateLimits {
        max_body,
        max_total_body: checked("max_total_body_bytes", settings.max_total_body_bytes, GateLimits::TOTAL_BODY, parsed)?,
        max_unauthenticated_body: checked(
            "max_unauthenticated_body_bytes",
            settings.max_unauthenticated_body_bytes,
            GateLimits::UNAUTHENTICATED_BODY,
            unauthenticated,
        )?,
        sessions: None,
    })
}
