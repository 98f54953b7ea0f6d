//! Runs the conformance server on `MCP_GUARD_LISTEN`, or on `127.0.0.1:8080`. With `--open`, requests without
//! credentials get the full token.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use conformance_server::{Conformance, guard, open, tokens};
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
    let env = EnvConfig::read();
    env.check()?;
    let listen = env.listen()?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let server = guard(Conformance::new(), format!("http://{listen}/mcp")).await?;
    println!("Conformance server: http://{listen}/mcp, tokens: {} and {}", tokens::LOW, tokens::FULL);
    if !open {
        return Ok(server.serve(listen).await?);
    }
    // An http URL must be on loopback, or the build fails. So no other machine can reach this server.
    println!("Requests without credentials get the token {}", tokens::FULL);
    let stop = server.stop_token();
    let interrupted = async move {
        // Without a handler, the default one would end the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        stop.cancel();
    };
    axum::serve(TcpListener::bind(listen).await?, open::router(server)).with_graceful_shutdown(interrupted).await?;
    Ok(())
}
