//! A minimal HTTP/1.1 client for the attacks.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::tally;

#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// Received bytes that are not parsed yet.
    received: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// Returns the JSON-RPC message of the body: the body itself, or the last event of a stream.
    pub(crate) fn message(&self) -> Option<Value> {
        let text = std::str::from_utf8(&self.body).ok()?;
        let event = text.lines().rev().filter_map(|line| line.strip_prefix("data:")).find(|data| data.contains('{'));
        serde_json::from_str(event.unwrap_or(text)).ok()
    }

    /// Returns the JSON-RPC error code, if the message is an error.
    pub(crate) fn error_code(&self) -> Option<i64> {
        self.message()?["error"]["code"].as_i64()
    }
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new() })
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends until the server answers or closes. Returns whether all bytes were sent.
    pub(crate) async fn send_until_answered(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let (mut reading, mut writing) = self.stream.split();
        tokio::select! {
            // Prefers sending, because some servers read the whole request before they answer.
            biased;
            sent = writing.write_all(bytes) => sent.map(|()| true),
            ready = read_some(&mut reading, &mut self.received) => ready.map(|()| false),
        }
    }

    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Response> {
        self.send(request).await?;
        self.response().await
    }

    /// Like [`exchange`](Self::exchange), but does not read the body of the response.
    pub(crate) async fn exchange_head(&mut self, request: &[u8]) -> io::Result<Response> {
        self.send(request).await?;
        self.head().await
    }

    /// Reads a whole response.
    pub(crate) async fn response(&mut self) -> io::Result<Response> {
        let mut response = self.head().await?;
        if response.header("transfer-encoding").is_some() {
            self.chunks(&mut response.body).await?;
        } else {
            let length = response.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            response.body = self.take(length).await?;
        }
        Ok(response)
    }

    /// Reads the head of a response, but not its body.
    pub(crate) async fn head(&mut self) -> io::Result<Response> {
        loop {
            let end = loop {
                match find(&self.received, b"\r\n\r\n") {
                    Some(end) => break end + 4,
                    None => self.receive().await?,
                }
            };
            let head = String::from_utf8_lossy(&self.received[..end]).into_owned();
            self.received.drain(..end);
            let status = head.get(9..12).and_then(|status| status.parse().ok());
            match status.ok_or(io::ErrorKind::InvalidData)? {
                // An interim response, such as 100 (Continue).
                100..200 => {}
                status => return Ok(Response { status, head, body: Vec::new() }),
            }
        }
    }

    /// Waits until the server closes the connection, and discards its data.
    pub(crate) async fn closed(&mut self) {
        loop {
            self.received.clear();
            if self.receive().await.is_err() {
                return;
            }
        }
    }

    /// Waits until a chunked body or its connection ends, and discards the body.
    pub(crate) async fn end_of_stream(&mut self) {
        // Every error means that the connection was closed.
        let _ = self.chunks(&mut Vec::new()).await;
    }

    async fn chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let end = loop {
                match find(&self.received, b"\r\n") {
                    Some(end) => break end,
                    None => self.receive().await?,
                }
            };
            let line = String::from_utf8_lossy(&self.received[..end]).into_owned();
            self.received.drain(..end + 2);
            let size = usize::from_str_radix(line.trim(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(());
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.received.len() < length {
            self.receive().await?;
        }
        Ok(self.received.drain(..length).collect())
    }

    async fn receive(&mut self) -> io::Result<()> {
        read_some(&mut self.stream, &mut self.received).await
    }
}

async fn read_some(stream: &mut (impl tokio::io::AsyncRead + Unpin), received: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(received).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Sends one request on a new connection.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> io::Result<Response> {
    Connection::open(address).await?.exchange(request).await
}

/// Returns the name of an outcome: the status, or how the connection ended.
pub(crate) fn outcome(response: &io::Result<Response>) -> String {
    match response {
        Ok(response) => response.status.to_string(),
        Err(error) => tally::name_error(error).to_owned(),
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find_map(|(field, value)| field.eq_ignore_ascii_case(name).then(|| value.trim()))
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(body: &str) -> Response {
        let head = "HTTP/1.1 200 OK\r\nMcp-Session-Id: a.b\r\n\r\n".to_owned();
        Response { status: 200, head, body: body.into() }
    }

    #[test]
    fn message_is_found_in_json_and_in_events() {
        let message = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":""}}"#;
        assert_eq!(response(message).error_code(), Some(-32603));
        assert_eq!(response(&format!("id: 0\ndata:\n\nid: 1\ndata: {message}\n\n")).error_code(), Some(-32603));
        assert_eq!(response("").error_code(), None);
        assert_eq!(response("").header("mcp-session-id"), Some("a.b"));
    }
}
