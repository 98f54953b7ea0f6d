//! Runs the todo server. The `MCP_GUARD_*` variables and `TODO_DATABASE` configure it; without configuration it runs on
//! loopback.
//!
//! With the feature `otel`, the `OTEL_*` variables configure the export of traces. With `prometheus`,
//! `MCP_GUARD_METRICS_LISTEN` is the address for metrics.
//!
//! - `--check-config` prints the configuration, or every mistake in it.
//! - `--print-matrix` prints the requirements of all operations as JSON, for `mcp-guard matrix diff` and `mcp-guard rehearse`.
//! - `--stdio` serves one client on standard input and output. `MCP_GUARD_SUBJECT` and `MCP_GUARD_SCOPES` define the caller.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use mcp_guard::settings::ResourceMetadata;
use mcp_guard::{BuildError, EnvConfig, LocalServer, ResourceServer};
use mcp_guard_dev::DevAuthServer;
use todo_server::dev::DevServerError;
use todo_server::{Store, TodoScope, Todos, dev};
use tracing_subscriber::EnvFilter;

const DATABASE: &str = "TODO_DATABASE";

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rmcp=warn"));
    #[cfg(feature = "otel")]
    let traces = match todo_server::traces::init(filter) {
        Ok(traces) => traces,
        Err(error) => {
            eprintln!("todo-server: {error}");
            return ExitCode::FAILURE;
        }
    };
    #[cfg(not(feature = "otel"))]
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let served = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => run().await,
        ["--stdio"] => run_on_stdio().await,
        ["--check-config"] => check().await,
        ["--print-matrix"] => print_matrix().await,
        _ => {
            Err(format!("unknown arguments {arguments:?}: expected none, --check-config, --print-matrix or --stdio")
                .into())
        }
    };
    #[cfg(feature = "otel")]
    if let Some(traces) = traces {
        traces.shutdown();
    }
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("todo-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn database() -> String {
    std::env::var(DATABASE).unwrap_or_else(|_| "sqlite:todos.db".to_owned())
}

async fn open_store() -> Result<Store, String> {
    let database = database();
    Store::open(&database).await.map_err(|error| format!("invalid {DATABASE} {database:?}: {error}"))
}

async fn run_on_stdio() -> Result<(), Box<dyn Error>> {
    let env = EnvConfig::read();
    let Some(caller) = env.caller()? else {
        return Err("MCP_GUARD_SUBJECT is not set: set it to the caller, and MCP_GUARD_SCOPES to their scopes".into());
    };
    let store = open_store().await?;
    let server = LocalServer::builder(Todos::new(store.clone()), Some(caller))
        .baseline([TodoScope::Read])
        .decisions(env.decisions()?)
        .enforcement(env.enforcement()?)
        .build()?;
    server.serve_stdio().await?;
    store.close().await;
    Ok(())
}

/// The configuration, and the issuer of a server that has none.
struct Configured {
    env: EnvConfig,
    dev_server: Option<DevAuthServer>,
}

/// Reads the environment. Without an issuer, `start` starts one for a resource, at the address of the server.
async fn configure(
    start: impl AsyncFnOnce(&str, SocketAddr) -> Result<(String, Option<DevAuthServer>), DevServerError>,
) -> Result<Configured, DevServerError> {
    let mut env = EnvConfig::read();
    // Invalid values are reported when the server is built.
    let address = env.listen().ok().flatten().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    if address.ip().is_loopback() {
        env = env.or_resource(format!("http://{address}/mcp"));
    }
    let (None, Ok(None), Some(resource)) = (env.issuer(), env.provider(), env.resource()) else {
        return Ok(Configured { env, dev_server: None });
    };
    let (issuer, dev_server) = start(resource, address).await?;
    let env = env.or_issuer(issuer).or_allowed_origins(dev::INSPECTOR_ORIGINS);
    Ok(Configured { env, dev_server })
}

async fn build(env: &EnvConfig, store: Store) -> Result<ResourceServer, BuildError> {
    env.builder()
        .metadata(ResourceMetadata::new().name("Todos"))
        .baseline([TodoScope::Read])
        .tools(Todos::new(store))
        .build()
        .await
}

async fn run() -> Result<(), Box<dyn Error>> {
    let start = async |resource: &str, address| {
        dev::start(resource, address).await.map(|server| (server.issuer().to_owned(), Some(server)))
    };
    let Configured { env, dev_server } = configure(start).await?;
    let store = open_store().await?;
    let server = build(&env, store.clone()).await?;
    if let (Some(dev_server), Some(resource)) = (&dev_server, env.resource()) {
        println!("{}", dev::commands(resource, dev_server.token_endpoint()));
    }
    server.run().await?;
    store.close().await;
    if let Some(dev_server) = dev_server {
        dev_server.shutdown().await;
    }
    Ok(())
}

/// Prints the configuration, or every mistake in it. Opens no port and no file.
async fn check() -> Result<(), Box<dyn Error>> {
    let (env, server) = build_unserved().await?;
    println!("{env}\n{}\ndatabase:   {}", server.summary(), database());
    Ok(())
}

/// Prints the requirements of all operations. Opens no port and no file.
async fn print_matrix() -> Result<(), Box<dyn Error>> {
    let (_, server) = build_unserved().await?;
    print!("{}", server.scope_matrix().to_json());
    Ok(())
}

/// Builds the server with an empty database in memory.
async fn build_unserved() -> Result<(EnvConfig, ResourceServer), Box<dyn Error>> {
    let start = async |resource: &str, address| dev::check(resource, address).map(|issuer| (issuer, None));
    let Configured { env, .. } = configure(start).await?;
    let server = build(&env.clone().without_files(), Store::open("sqlite::memory:").await?).await?;
    Ok((env, server))
}
