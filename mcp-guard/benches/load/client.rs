//! A load generator with little overhead: fixed requests on keep-alive connections, and a minimal HTTP parser that only
//! finds the end of a response.
//!
//! It polls its sockets and never sleeps. A server that wakes up its client for each response would otherwise be
//! measured with the cost of this wake-up, which depends on the machine.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A load on one server.
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    /// The request of each connection. In a session, their ids must differ.
    pub(crate) requests: Vec<Vec<u8>>,
    pub(crate) expected: u16,
}

/// Returns the HTTP request for an MCP request of this revision.
pub(crate) fn request(
    address: SocketAddr,
    id: usize,
    version: &str,
    method: &str,
    mut params: Value,
    headers: &[(&str, &str)],
) -> Vec<u8> {
    let mut lines = String::new();
    if version >= "2026-07-28" {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "load", "version": "1"},
        });
        lines = format!("Mcp-Method: {method}\r\n");
        if let Some(name) = params["name"].as_str() {
            lines.push_str(&format!("Mcp-Name: {name}\r\n"));
        }
    }
    for (name, value) in headers {
        lines.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
         MCP-Protocol-Version: {version}\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Opens a session and returns its id.
pub(crate) fn open_session(address: SocketAddr, version: &str, headers: &[(&str, &str)]) -> String {
    let client =
        json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "load", "version": "1"}});
    let request = request(address, 0, version, "initialize", client, headers);
    let mut connection = Connection::open(address);
    connection.send(&request);
    let head = loop {
        if let Some(head) = connection.receive(200) {
            break head;
        }
    };
    let id = head.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap();
    // Some servers wait for it.
    let body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let notification = format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
         MCP-Protocol-Version: {version}\r\nMcp-Session-Id: {id}\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.send(notification.as_bytes());
    while connection.receive(202).is_none() {}
    id.to_owned()
}

impl Load {
    /// Returns the number of responses in this time.
    pub(crate) fn responses(&self, duration: Duration) -> u32 {
        let mut connections: Vec<Connection> = self.requests.iter().map(|_| Connection::open(self.address)).collect();
        for (connection, request) in connections.iter_mut().zip(&self.requests) {
            connection.send(request);
        }
        let mut count = 0;
        let start = Instant::now();
        while start.elapsed() < duration {
            for (connection, request) in connections.iter_mut().zip(&self.requests) {
                if connection.receive(self.expected).is_some() {
                    count += 1;
                    connection.send(request);
                }
            }
        }
        count
    }
}

impl Load {
    /// Sends the request of the first connection `count` times, each after the response to the one before.
    pub(crate) fn repeat(&self, count: u32) {
        let mut connection = Connection::open(self.address);
        for _ in 0..count {
            connection.send(&self.requests[0]);
            while connection.receive(self.expected).is_none() {
                std::thread::yield_now();
            }
        }
    }
}

struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self { socket, buffer: Vec::with_capacity(64 * 1024) }
    }

    fn send(&mut self, request: &[u8]) {
        self.buffer.clear();
        self.socket.write_all(request).unwrap();
    }

    /// Returns the head of the response once all of it has arrived.
    fn receive(&mut self, expected: u16) -> Option<String> {
        let mut chunk = [0; 64 * 1024];
        match self.socket.read(&mut chunk) {
            Ok(0) => panic!("the server closed the connection"),
            Ok(read) => self.buffer.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => panic!("{error}"),
        }
        let end = find(&self.buffer, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&self.buffer[..end]).unwrap();
        let status: u16 = head[9..12].parse().unwrap();
        assert_eq!(status, expected, "{head}\n{}", String::from_utf8_lossy(&self.buffer[end..]));
        let is_complete = match header(head, "content-length") {
            Some(length) => self.buffer.len() >= end + 4 + length.parse::<usize>().unwrap(),
            // The last chunk of an event stream.
            None => self.buffer.ends_with(b"\r\n0\r\n\r\n"),
        };
        is_complete.then(|| head.to_owned())
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn find(buffer: &[u8], pattern: &[u8]) -> Option<usize> {
    buffer.windows(pattern.len()).position(|window| window == pattern)
}
