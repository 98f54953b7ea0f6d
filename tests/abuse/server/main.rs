//! A guarded server on loopback, the target of the attacks. A development issuer and a control listener run in the same
//! process.
//!
//! It prints one JSON line with its addresses and tokens, and serves until SIGTERM or Ctrl-C.

mod control;
mod limits;
mod process;
mod tokens;
mod tools;

use std::alloc::System;
use std::collections::HashSet;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use cap::Cap;
use mcp_guard::prelude::*;
use mcp_guard::settings::Network;
use mcp_guard::{Issuer, ResourceServer};
use mcp_guard_abuse::{Announcement, Bounds};
use mcp_guard_dev::DevAuthServer;
use tokio::signal::unix::SignalKind;
use tracing_subscriber::EnvFilter;

use crate::control::Control;
use crate::tools::{Runs, Target};

/// Counts the live bytes of this process. `ulimit -v` limits the memory, not this allocator.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Subjects whose tokens are rejected.
#[derive(Clone, Debug, Default)]
struct Revoked(Arc<Mutex<HashSet<String>>>);

impl Revoked {
    fn contains(&self, subject: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(subject)
    }

    fn set(&self, subject: &str, revoked: bool) {
        let mut subjects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if revoked {
            subjects.insert(subject.to_owned());
        } else {
            subjects.remove(subject);
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,rmcp=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("abuse-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads the form of the drill from the only argument.
fn bounds() -> Result<Bounds, String> {
    match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [form] if form == "long" => Ok(limits::LONG),
        [form] if form == "short" => Ok(limits::SHORT),
        arguments => Err(format!("invalid arguments {arguments:?}: expected \"short\" or \"long\"")),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let bounds = bounds()?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}/mcp");
    let issuer = DevAuthServer::builder().start().await?;
    let (runs, revoked) = (Runs::default(), Revoked::default());
    let control = Control::start(runs.clone(), revoked.clone(), issuer.address())?;

    let target = Target::new(runs);
    let builder = ResourceServer::builder(&url)
        .issuer(Issuer::jwt(issuer.issuer()).revoked(move |token| revoked.contains(token.subject())))
        .baseline([Scope::from_static(tools::SCOPE)])
        // An attack has the addresses of many clients. The others name none, and are not counted by address.
        .network(Network::new().trusted_proxies(["127.0.0.1"]));
    let service = limits::configure(builder, bounds).tools(target).build().await?;

    let announcement = Announcement::new(address, control, tokens::issue(&issuer, &url), bounds);
    println!("{}", serde_json::to_string(&announcement)?);
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    service.serve_until(listener, stop).await?;
    Ok(())
}
