//! A load generator with little overhead: fixed requests on keep-alive connections, and a minimal HTTP parser that only
//! finds the end of a response.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 32;

pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) request: Vec<u8>,
    pub(crate) expected: u16,
}

/// Returns the HTTP request of a tool call in this MCP revision.
pub(crate) fn call(address: SocketAddr, version: &str, tool: &str, token: Option<&str>) -> Vec<u8> {
    let mut params = json!({"name": tool, "arguments": {}});
    let mut headers = String::new();
    if version >= "2026-07-28" {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "load", "version": "1"},
        });
        headers = format!("Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\n");
    }
    if let Some(token) = token {
        headers.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
         MCP-Protocol-Version: {version}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

impl Load {
    /// Measures requests per second.
    pub(crate) fn rate(&self, duration: Duration) -> f64 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                let mut connection = TcpStream::connect(self.address).await.unwrap();
                connection.set_nodelay(true).unwrap();
                // Warms up the connection and the caches, and checks the response.
                self.exchange(&mut connection, &mut Vec::with_capacity(8192)).await;
                connections.push(connection);
            }
            let start = Instant::now();
            let work = connections.into_iter().map(|mut connection| async move {
                let mut buffer = Vec::with_capacity(8192);
                let mut count = 0_u32;
                while start.elapsed() < duration {
                    self.exchange(&mut connection, &mut buffer).await;
                    count += 1;
                }
                count
            });
            let count: u32 = futures::future::join_all(work).await.into_iter().sum();
            f64::from(count) / start.elapsed().as_secs_f64()
        })
    }

    async fn exchange(&self, connection: &mut TcpStream, buffer: &mut Vec<u8>) {
        connection.write_all(&self.request).await.unwrap();
        buffer.clear();
        loop {
            let read = connection.read_buf(buffer).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            if let Some(end) = find(buffer, b"\r\n\r\n") {
                let head = std::str::from_utf8(&buffer[..end]).unwrap();
                let status: u16 = head[9..12].parse().unwrap();
                assert_eq!(status, self.expected, "{head}");
                let length = content_length(head).unwrap_or_else(|| panic!("no Content-Length: {head}"));
                if buffer.len() >= end + 4 + length {
                    return;
                }
            }
        }
    }
}

fn content_length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| line.strip_prefix("content-length: ")).and_then(|length| length.parse().ok())
}

fn find(buffer: &[u8], pattern: &[u8]) -> Option<usize> {
    buffer.windows(pattern.len()).position(|window| window == pattern)
}
