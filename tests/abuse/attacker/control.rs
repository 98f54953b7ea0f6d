//! A client of the control listener.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mcp_guard_abuse::Status;
use tokio::time::{Instant, timeout};

use crate::http1;

const TIMEOUT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Control {
    address: SocketAddr,
}

impl Control {
    pub(crate) const fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    pub(crate) async fn status(self) -> io::Result<Status> {
        let body = self.request("GET", "/status").await?;
        serde_json::from_slice(&body).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    pub(crate) async fn revoke(self, subject: &str) -> io::Result<()> {
        self.request("POST", &format!("/revoke/{subject}")).await.map(drop)
    }

    pub(crate) async fn restore(self, subject: &str) -> io::Result<()> {
        self.request("POST", &format!("/restore/{subject}")).await.map(drop)
    }

    async fn request(self, method: &str, path: &str) -> io::Result<Vec<u8>> {
        let address = self.address;
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        let response = timeout(TIMEOUT, http1::exchange(address, request.as_bytes())).await??;
        match response.status {
            200..300 => Ok(response.body),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Polls until a report satisfies `condition`, for at most `patience`. Returns the last report, and the time until
    /// the condition was satisfied.
    pub(crate) async fn wait_for(
        self,
        patience: Duration,
        mut condition: impl FnMut(&Status) -> bool,
    ) -> io::Result<(Status, Option<Duration>)> {
        let start = Instant::now();
        loop {
            let status = self.status().await?;
            if condition(&status) {
                return Ok((status, Some(start.elapsed())));
            }
            if start.elapsed() >= patience {
                return Ok((status, None));
            }
            tokio::time::sleep(POLL).await;
        }
    }
}
