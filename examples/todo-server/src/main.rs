//! Runs the todo server. The `MCP_GUARD_*` variables and `TODO_DATABASE` configure it; without configuration it runs on
//! loopback. With `--stdio`, it serves one client on standard input and output, and `MCP_GUARD_SUBJECT` and
//! `MCP_GUARD_SCOPES` define the caller.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use mcp_guard::settings::ResourceMetadata;
use mcp_guard::{EnvConfig, LocalServer};
use todo_server::{Store, TodoScope, Todos, dev};
use tracing_subscriber::EnvFilter;

const DATABASE: &str = "TODO_DATABASE";

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rmcp=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let served = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => run().await,
        ["--stdio"] => run_on_stdio().await,
        _ => Err(format!("unknown arguments {arguments:?}: expected none, or --stdio").into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("todo-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn open_store() -> Result<Store, String> {
    let database = std::env::var(DATABASE).unwrap_or_else(|_| "sqlite:todos.db".to_owned());
    Store::open(&database).await.map_err(|error| format!("invalid {DATABASE} {database:?}: {error}"))
}

async fn run_on_stdio() -> Result<(), Box<dyn Error>> {
    let Some(caller) = EnvConfig::read().caller()? else {
        return Err("MCP_GUARD_SUBJECT is not set: set it to the caller, and MCP_GUARD_SCOPES to their scopes".into());
    };
    let store = open_store().await?;
    let server = LocalServer::builder(Todos::new(store.clone()), Some(caller)).baseline([TodoScope::Read]).build()?;
    server.serve_stdio().await?;
    store.close().await;
    Ok(())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut env = EnvConfig::read();
    let address = env.listen()?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    if address.ip().is_loopback() {
        env = env.or_resource(format!("http://{address}/mcp"));
    }
    let dev_server = match (env.issuer(), env.provider()?, env.resource()) {
        (None, None, Some(resource)) => Some(dev::start(resource, address).await?),
        _ => None,
    };
    if let Some(server) = &dev_server {
        env = env.or_issuer(server.issuer()).or_allowed_origins(dev::INSPECTOR_ORIGINS);
    }

    let builder = env.builder();
    let store = open_store().await?;
    let server = builder
        .metadata(ResourceMetadata::new().name("Todos"))
        .baseline([TodoScope::Read])
        .tools(Todos::new(store.clone()))
        .build()
        .await?;

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
