//! Exports traces over OTLP, configured by the standard `OTEL_*` variables.
//!
//! Traces are exported if an endpoint or `OTEL_TRACES_EXPORTER=otlp` is set. `OTEL_SDK_DISABLED=true` and
//! `OTEL_TRACES_EXPORTER=none` turn the export off.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{
    OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, SpanExporter,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

const DISABLED: &str = "OTEL_SDK_DISABLED";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
/// The target of the spans of requests.
const TARGET: &str = "mcp_guard::request";

/// Logs to standard error, and exports traces if the environment configures an exporter.
///
/// # Errors
///
/// Like [`Traces::from_env`].
pub fn init(filter: EnvFilter) -> Result<Option<Traces>, String> {
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    let traces = Traces::from_env()?;
    tracing_subscriber::registry().with(traces.as_ref().map(Traces::layer)).with(logs).init();
    Ok(traces)
}

/// The exporter of traces. Call [`shutdown`](Self::shutdown) at the end.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Starts the exporter if the environment configures one.
    ///
    /// # Errors
    ///
    /// A variable has an unknown or unsupported value, or the exporter cannot be started.
    pub fn from_env() -> Result<Option<Self>, String> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_disabled = variable(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let has_endpoint = [OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT]
            .into_iter()
            .any(|name| variable(name).is_some());
        let is_exported = match variable(EXPORTER).as_deref() {
            Some("otlp") => true,
            Some("none") => false,
            None => has_endpoint,
            Some(other) => return Err(format!("invalid {EXPORTER} {other:?}: expected otlp or none")),
        };
        if is_disabled || !is_exported {
            return Ok(None);
        }
        for name in [OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_PROTOCOL] {
            if let Some(other) = variable(name).filter(|protocol| protocol != "http/protobuf") {
                return Err(format!("unsupported {name} {other:?}: expected http/protobuf"));
            }
        }
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter.map_err(|error| format!("cannot export traces over OTLP: {error}"))?;
        let is_named = variable(SERVICE_NAME).is_some()
            || variable(RESOURCE_ATTRIBUTES).is_some_and(|attributes| attributes.contains("service.name="));
        let resource = Resource::builder();
        let resource = if is_named { resource } else { resource.with_service_name("todo-server") };
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build());
        Ok(Some(Self(provider.build())))
    }

    /// Returns the layer that exports the spans of requests.
    #[must_use]
    pub fn layer<S: Subscriber + for<'s> LookupSpan<'s>>(&self) -> impl Layer<S> + use<S> {
        let layer = tracing_opentelemetry::layer().with_tracer(self.0.tracer("mcp-guard"));
        layer.with_filter(Targets::new().with_target(TARGET, Level::DEBUG))
    }

    /// Exports the remaining spans. Waits for the collector for some seconds.
    pub fn shutdown(&self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "spans were not exported");
        }
    }
}
