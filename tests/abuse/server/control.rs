//! The control listener: reports figures of the process, and revokes subjects. It has its own thread, so that it
//! answers while the server is busy.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use mcp_guard_abuse::Status;

use crate::tools::Runs;
use crate::{ALLOCATOR, Revoked, process};

pub(crate) struct Control {
    runs: Runs,
    revoked: Revoked,
    /// The ports of this listener and of the issuer. Their sockets are not counted.
    ports: [u16; 2],
}

impl Control {
    /// Starts the listener on a free loopback port. It runs until the process exits.
    pub(crate) fn start(runs: Runs, revoked: Revoked, issuer: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let control = Self { runs, revoked, ports: [issuer.port(), address.port()] };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("control".to_owned()).spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, control.router()).await
            })
        })?;
        Ok(address)
    }

    fn router(self) -> Router {
        Router::new()
            .route("/status", get(status))
            .route("/revoke/{subject}", post(revoke))
            .route("/restore/{subject}", post(restore))
            .with_state(Arc::new(self))
    }
}

async fn status(State(control): State<Arc<Control>>) -> Json<Status> {
    let (under_way, finished, dropped) = control.runs.counts();
    Json(Status {
        live_bytes: ALLOCATOR.allocated() as u64,
        rss_kib: process::status("VmRSS"),
        size_kib: process::status("VmSize"),
        descriptors: process::descriptors(&control.ports),
        threads: process::status("Threads"),
        under_way,
        finished,
        dropped,
    })
}

async fn revoke(State(control): State<Arc<Control>>, Path(subject): Path<String>) -> StatusCode {
    control.revoked.set(&subject, true);
    StatusCode::NO_CONTENT
}

async fn restore(State(control): State<Arc<Control>>, Path(subject): Path<String>) -> StatusCode {
    control.revoked.set(&subject, false);
    StatusCode::NO_CONTENT
}
