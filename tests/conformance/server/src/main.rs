//! Runs the conformance server on `MCP_GUARD_LISTEN`, else on `127.0.0.1:8080`. With `--open`, requests without credentials come with the full token.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use conformance_server::Conformance;
use conformance_server::guard;
use conformance_server::open;
use conformance_server::tokens;
use mcp_guard::EnvConfig;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rmcp=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("conformance-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let open = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--open" => true,
        _ => return Err("the only argument is --open".into()),
    };
    let listen = EnvConfig::read()?.listen()?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let server = guard(Conformance::new(), format!("http://{listen}/mcp")).await?;
    println!("The conformance server is at http://{listen}/mcp, with the tokens {} and {}", tokens::LOW, tokens::FULL);
    if !open {
        return Ok(server.serve(listen).await?);
    }
    // The URL of a server that is not on loopback begins with https, else it is not built: nobody else can reach this one.
    println!("Requests without credentials come with {}", tokens::FULL);
    let stop = server.stop_token();
    let interrupted = async move {
        // Without a handler the default one ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        stop.cancel();
    };
    axum::serve(TcpListener::bind(listen).await?, open::router(server)).with_graceful_shutdown(interrupted).await?;
    Ok(())
}
