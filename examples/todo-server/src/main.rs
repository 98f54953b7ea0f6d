//! Runs the todo server. Configured by the `MCP_GUARD_*` variables and `TODO_DATABASE`; with no configuration at all it runs on loopback. With `--stdio` it
//! serves one client on standard input and output, for whom `MCP_GUARD_SUBJECT` and `MCP_GUARD_SCOPES` speak.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use mcp_guard::EnvConfig;
use mcp_guard::LocalServer;
use mcp_guard::ResourceMetadata;
use mimalloc::MiMalloc;
use todo_server::Store;
use todo_server::TodoScope;
use todo_server::Todos;
use todo_server::dev;
use tracing_subscriber::EnvFilter;

/// Returns the memory of a burst of requests to the system, which the allocator of glibc often does not.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const DATABASE: &str = "TODO_DATABASE";

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rmcp=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let served = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => run().await,
        ["--stdio"] => run_on_stdio().await,
        _ => Err(format!("{arguments:?} is not known: start it without arguments, or with --stdio").into()),
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
    Store::open(&database).await.map_err(|error| format!("{DATABASE} is {database:?}: {error}"))
}

async fn run_on_stdio() -> Result<(), Box<dyn Error>> {
    let Some(caller) = EnvConfig::read()?.caller()? else {
        return Err("MCP_GUARD_SUBJECT is not set: say who calls, and in MCP_GUARD_SCOPES what they hold".into());
    };
    let store = open_store().await?;
    let server = LocalServer::builder(Todos::new(store.clone()), Some(caller)).baseline([TodoScope::Read]).build()?;
    server.serve_stdio().await?;
    store.close().await;
    Ok(())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut env = EnvConfig::read()?;
    let listen = env.listen()?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    if listen.ip().is_loopback() {
        env = env.or_resource(format!("http://{listen}/mcp"));
    }
    let dev_server = match (env.issuer(), env.provider()?, env.resource()) {
        (None, None, Some(resource)) => Some(dev::start(resource, listen).await?),
        _ => None,
    };
    if let Some(server) = &dev_server {
        env = env.or_issuer(server.issuer());
    }

    let builder = env.builder()?;
    let store = open_store().await?;
    let server = builder
        .listen(listen)
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
