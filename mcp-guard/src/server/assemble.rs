//! Assembles the middleware stack.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use futures::future::BoxFuture;
use rmcp::model::Tool;
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

use super::browsers::BrowserLayer;
use super::catch_panic::CatchPanic;
use super::client_layer::ClientLayer;
#[cfg(feature = "docs-page")]
use super::docs_page;
use super::endpoint::Endpoint;
use super::hosts::{AllowedHost, AllowedHosts, HostLayer};
use super::origins::AllowedOrigins;
use super::paths::{PathSettings, Paths};
use super::readiness::Readiness;
use super::route_guard::RouteGuard;
use super::serve::{Authorization, ServerRoutes, Serving, TrustedProxies};
use super::server_settings::{ServerSettings, Tools};
use super::sessions::CountedSessions;
use super::trust::{PreparedTrust, Trust};
use super::{ResourceServer, Summary, build_policy, health, recording, revocation_route};
use crate::auth::AuthLayer;
use crate::config::{BuildError, ConfigError, Mistakes, Setting};
use crate::direct;
use crate::direct::Dispatcher;
use crate::gate::{GateLayer, GateLimits, SessionTable};
use crate::guarded::GuardedServer;
use crate::limit::{AddressLimitLayer, AddressLimits, CallerLimits};
use crate::metrics::Exporter;
use crate::operation::Operations;
use crate::policy::Policy;
use crate::record::RecordLayer;
use crate::request::TaskEnder;
use crate::revocation::Revocations;
use crate::urls::ResourceUrl;
use crate::validate::DpopVerifier;
use crate::wire::{Challenger, MetadataDocument, MetadataService, ServerDescription};

pub(super) async fn assemble<S: GuardedServer>(
    settings: ServerSettings,
    tools: Tools<S>,
) -> Result<ResourceServer, BuildError> {
    let server = ErasedServer {
        operations: S::guarded(),
        tools: S::guarded_tools().list(),
        task_ender: direct::ender(Arc::clone(&tools.factory)),
        direct: Dispatcher::new(Arc::clone(&tools.factory), S::guarded()),
        endpoint: Box::new(move |sessions, config| Endpoint::new(tools.factory, sessions, config)),
    };
    assemble_for(settings, server).await
}

/// The operations, tools and endpoint of a server, without its type.
struct ErasedServer {
    operations: &'static dyn Operations,
    tools: &'static [Tool],
    task_ender: TaskEnder,
    /// Answers requests without rmcp's transport.
    direct: Dispatcher,
    endpoint: Box<dyn FnOnce(Arc<CountedSessions>, StreamableHttpServerConfig) -> Endpoint + Send>,
}

/// Boxed, so that it is compiled with this crate: the code of an `async fn` is compiled in each crate that awaits it.
fn assemble_for(
    settings: ServerSettings,
    server: ErasedServer,
) -> BoxFuture<'static, Result<ResourceServer, BuildError>> {
    Box::pin(connect_and_assemble(settings, server))
}

async fn connect_and_assemble(settings: ServerSettings, server: ErasedServer) -> Result<ResourceServer, BuildError> {
    let from_environment = settings.from_environment.clone();
    let build_error =
        |mistakes: Mistakes| BuildError::from(mistakes.named(|setting| from_environment.contains(&setting)));
    let Checked { resource, paths, policy, limits, trusted_proxies, hosts, origins, trust, dpop, settings } =
        Checked::new(settings, &server, build_error)?;
    // Before the first request to an issuer, so that it is counted.
    let exporter = exporter(&settings).map_err(|error| build_error(Mistakes::from(error)))?;
    let max_token_bytes = trust.max_token_bytes();
    let Trust { validator, readiness, cache_handle, summaries, authorization_servers, spelling } =
        trust.connect().await.map_err(build_error)?;
    let validator = validator.with_revocations(settings.revocations.clone());
    let dpop_algorithms: Vec<_> = dpop.iter().flat_map(DpopVerifier::algorithms).collect();
    let description = ServerDescription {
        resource: &resource,
        authorization_servers: &authorization_servers,
        baseline: policy.baseline(),
        spelling: &spelling,
        vocabulary: server.operations.vocabulary(),
        name: settings.metadata.name.as_deref(),
        documentation: settings.metadata.documentation.as_deref(),
        dpop_algorithms: &dpop_algorithms,
        dpop_required: dpop.as_ref().is_some_and(DpopVerifier::is_required),
    };
    let metadata = MetadataDocument::new(&description);
    #[cfg(feature = "docs-page")]
    let docs = settings
        .observation
        .docs
        .map(|page| (page, docs_page::Content::new(&description, &paths.metadata_url, &policy, server.operations)));

    let has_tls = settings.tls.is_some();
    // An https resource on loopback without a certificate is that of a local proxy.
    let own_address = resource.loopback_address().filter(|_| has_tls || resource.as_str().starts_with("http:"));
    let listen = settings.listen.or(own_address).unwrap_or(DEFAULT_LISTEN);
    let summary = Summary::new(&resource, &paths, summaries, server.operations, (listen, has_tls));
    let metadata = MetadataService::of(metadata, &resource.metadata_path(), &paths.metadata_url);
    let challenger = Challenger::new(metadata.url()).with_spelling(spelling);
    let stop = CancellationToken::new();
    let sessions = Arc::new(SessionTable::new(settings.sessions.max));
    let limits = GateLimits {
        has_sessions: settings.has_sessions(),
        sessions: settings.has_sessions().then(|| Arc::clone(&sessions)),
        ..limits
    };
    let direct = (!settings.without_direct_dispatch).then_some(Arc::new(server.direct));
    let gate = GateLayer::with_limits(server.operations, limits, direct);
    let authorization = Authorization { operations: server.operations, policy: Arc::clone(&policy) };
    let rates = settings.limits.rate_limits();
    let addresses = Arc::new(AddressLimits::new(&rates));
    let auth = AuthLayer::in_front_of_gate(validator.clone(), Arc::clone(&policy), challenger)
        .with_resource(resource.as_str())
        .with_dpop(dpop)
        .ending_tasks(server.task_ender)
        .with_limits(Arc::clone(&addresses), CallerLimits::new(&rates).map(Arc::new))
        .with_stream_check_interval(settings.sessions.stream_check_interval);
    let endpoint = (server.endpoint)(
        CountedSessions::new(sessions, settings.revocations.clone()),
        StreamableHttpServerConfig::default()
            .with_legacy_session_mode(settings.has_sessions())
            .with_json_response(true)
            .with_max_request_body_bytes(settings.limits.max_body_bytes)
            .with_cancellation_token(stop.clone()),
    );
    let cors = BrowserLayer::new(origins.cors(server.tools, settings.dpop.is_some()));
    let front = HostLayer::new(hosts.clone(), origins);
    let routes = auth.for_routes(&paths.base);
    let recorder = recording::start(
        settings.observation.decisions.unwrap_or_default(),
        settings.policy.enforcement,
        server.operations,
    )
    .map_err(|error| build_error(Mistakes::from(error)))?;
    let record = RecordLayer::new(recorder.clone());
    let client = ClientLayer::new(trusted_proxies.clone());
    let mcp = CatchPanic(client.layer(record.layer(front.layer(cors.layer(auth.layer(gate.layer(endpoint)))))));

    // The metadata is public, also for pages of every origin (RFC 9728 section 3.1).
    let public = (client.clone(), AddressLimitLayer::new(addresses));
    let metadata = CatchPanic(HostLayer::for_metadata(hosts).layer(public.layer(metadata)));
    let mut router = Router::new().without_v07_checks().route_service(&paths.endpoint, mcp);
    for path in &paths.metadata {
        router = router.route_service(path, metadata.clone());
    }
    // Not behind `HostLayer`: container probes use the IP address as the host.
    let health = match settings.observation.health {
        true => health::routes(Readiness::new(validator, readiness, recorder.clone())).layer(public.clone()),
        false => Router::new(),
    };
    let guard = RouteGuard::new(client, routes, record);
    #[cfg(feature = "docs-page")]
    let docs = docs.map_or_else(Router::new, |(page, content)| page.routes(content, &front, &guard, public));
    #[cfg(not(feature = "docs-page"))]
    let docs = Router::new();
    let revocation = settings
        .revocations
        .as_ref()
        .map_or_else(Router::new, |revocations| revocation_route::routes(revocations, &front, &guard));
    let ServerSettings { tls, allow_plain_http, connections, lifespan, revocations, .. } = settings;
    summary.log();
    Ok(ResourceServer::new(
        ServerRoutes { router, health, docs, revocation, revocations, guard, authorization },
        cache_handle,
        summary,
        stop,
        Serving { listen, own_address, tls, allow_plain_http, connections, trusted_proxies, max_token_bytes, exporter },
        lifespan,
        recorder,
    ))
}

/// Returns the exporter of metrics, if one is configured.
#[cfg(feature = "prometheus")]
fn exporter(settings: &ServerSettings) -> Result<Option<Exporter>, ConfigError> {
    let install = |address| {
        Exporter::install(address).map_err(|_| {
            let reason = "the process has another recorder of metrics: export its metrics, and remove this address";
            ConfigError::conflict(Setting::MetricsListen, reason)
        })
    };
    settings.observation.metrics_listen.map(install).transpose()
}

#[cfg(not(feature = "prometheus"))]
#[expect(clippy::unnecessary_wraps, reason = "the other form can fail")]
const fn exporter(_: &ServerSettings) -> Result<Option<Exporter>, ConfigError> {
    Ok(None)
}

/// The default address of [`ResourceServer::run`].
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The checked parts of a server. Nothing is fetched yet.
struct Checked {
    resource: ResourceUrl,
    paths: Paths,
    policy: Arc<Policy>,
    limits: GateLimits,
    trusted_proxies: TrustedProxies,
    hosts: AllowedHosts,
    origins: AllowedOrigins,
    trust: PreparedTrust,
    dpop: Option<DpopVerifier>,
    settings: ServerSettings,
}

impl Checked {
    /// Checks all settings and reports every mistake.
    fn new(
        mut settings: ServerSettings,
        server: &ErasedServer,
        build_error: impl Fn(Mistakes) -> BuildError,
    ) -> Result<Self, BuildError> {
        let mut mistakes = Mistakes::default();
        let environment_errors = std::mem::take(&mut settings.environment_errors);
        // A variable that is reported already.
        let is_reported = settings.resource.is_empty() && !environment_errors.is_empty();
        let resource = (!is_reported).then(|| mistakes.take(ResourceUrl::parse(&settings.resource))).flatten();
        let limits = settings.limits.gate_limits(settings.policy.allow_anonymous, &mut mistakes);
        mistakes.check(!settings.sessions.stream_check_interval.is_zero(), || {
            ConfigError::invalid(Setting::StreamCheckInterval, "0", "a duration above zero, such as 30 seconds")
        });
        settings.connections.check(&mut mistakes);
        settings.revocations.iter().for_each(|revocations| revocations.check_settings(&mut mistakes));
        settings.observation.decisions.iter().for_each(|decisions| decisions.check(&mut mistakes));
        #[cfg(feature = "docs-page")]
        if let Some(page) = settings.observation.docs {
            page.check(&settings.policy.disclosure, &mut mistakes);
        }
        let network = &settings.network;
        let trusted_proxies =
            TrustedProxies::new(network.trusted_proxies.as_deref().unwrap_or_default(), &mut mistakes);
        let hosts = AllowedHost::read_all(network.allowed_hosts.as_deref().unwrap_or_default(), &mut mistakes);
        let origins = AllowedOrigins::read(network.allowed_origins.as_deref().unwrap_or_default(), &mut mistakes);
        let issuers = std::mem::take(&mut settings.issuers);
        let is_reported = issuers.is_empty() && !environment_errors.is_empty();
        let trust =
            if is_reported { None } else { mistakes.take(PreparedTrust::new(issuers, settings.resource.as_str())) };
        let resource = resource.and_then(|resource| {
            let is_plain = !resource.as_str().starts_with("https:");
            mistakes.check(settings.tls.is_none() || !is_plain, || {
                ConfigError::invalid(
                    Setting::Resource,
                    resource.as_str(),
                    "an https URL, because a TLS certificate is set",
                )
            });
            let paths = PathSettings {
                mount_path: settings.mount_path.as_deref(),
                metadata_url: settings.metadata.url.as_deref(),
                metadata_at_root: settings.metadata.at_root,
                health: settings.observation.health,
                docs: settings.observation.docs_path(),
                revocations: settings
                    .revocations
                    .as_ref()
                    .and_then(Revocations::route)
                    .map(|route| route.path.as_str()),
            };
            let paths = mistakes.take(Paths::new(&resource, paths))?;
            let origins = mistakes.take(origins.with_own(&resource))?;
            let dpop = settings.dpop.clone().map(|dpop| DpopVerifier::for_resource(dpop, resource.as_str()));
            let dpop = mistakes.take(dpop.transpose())?;
            Some((resource, paths, origins, dpop))
        });
        let policy = build_policy::policy(&settings.policy, server.operations, server.tools);
        let is_valid = mistakes.is_empty() && environment_errors.is_empty();
        match (policy, resource, trust, is_valid) {
            (Ok(policy), Some((resource, paths, origins, dpop)), Some(trust), true) => Ok(Self {
                hosts: AllowedHosts::new(&resource, hosts),
                resource,
                paths,
                policy: Arc::new(policy),
                limits,
                trusted_proxies,
                origins,
                trust,
                dpop,
                settings,
            }),
            (policy, ..) => {
                let mistakes = mistakes.into_result().map_err(build_error);
                let settings = environment_errors.into_iter().map(BuildError::from);
                Err(BuildError::all(settings.chain([policy.map(drop), mistakes].into_iter().filter_map(Result::err))))
            }
        }
    }
}
