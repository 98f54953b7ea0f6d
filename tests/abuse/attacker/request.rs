//! Requests of MCP clients, as bytes for HTTP/1.1 or as fields for HTTP/2.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// The revision without sessions.
const STATELESS: &str = "2026-07-28";
/// The newest revision with sessions.
const LEGACY: &str = "2025-11-25";
const MCP: &str = "/mcp";

/// A request to the MCP endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// The framing of a body in HTTP/1.1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    Chunked,
    Length(usize),
}

impl Request {
    fn new(method: &'static str, accept: &str) -> Self {
        Self { method, headers: vec![("accept", accept.to_owned())], body: Vec::new() }
    }

    fn post(body: &Value) -> Self {
        let mut request =
            Self::new("POST", "application/json, text/event-stream").header("content-type", "application/json");
        request.body = body.to_string().into_bytes();
        request
    }

    /// Creates a request of the revision without sessions.
    pub(crate) fn stateless(method: &str, mut params: Value) -> Self {
        let name = params.get("name").or(params.get("uri")).and_then(Value::as_str).unwrap_or_default().to_owned();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": STATELESS,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "abuse", "version": "1"},
        });
        Self::post(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
            .header("mcp-protocol-version", STATELESS)
            .header("mcp-method", method)
            .header("mcp-name", &name)
    }

    /// Creates a tool call of the revision without sessions.
    pub(crate) fn call(tool: &str, arguments: &Value) -> Self {
        Self::stateless("tools/call", json!({"name": tool, "arguments": arguments}))
    }

    pub(crate) fn initialize() -> Self {
        let params = json!({
            "protocolVersion": LEGACY,
            "capabilities": {},
            "clientInfo": {"name": "abuse", "version": "1"},
        });
        Self::post(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}))
    }

    pub(crate) fn initialized(session: &str) -> Self {
        Self::post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).session(session)
    }

    /// Creates a request in a legacy session.
    pub(crate) fn in_session(session: &str, id: usize, method: &str, params: &Value) -> Self {
        Self::post(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).session(session)
    }

    /// Opens the stream of a legacy session.
    pub(crate) fn stream(session: &str) -> Self {
        Self::new("GET", "text/event-stream").session(session)
    }

    /// Closes a legacy session.
    pub(crate) fn delete(session: &str) -> Self {
        Self::new("DELETE", "*/*").session(session)
    }

    fn session(self, session: &str) -> Self {
        self.header("mcp-protocol-version", LEGACY).header("mcp-session-id", session)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Pads the start of the body with spaces to this size.
    pub(crate) fn padded(mut self, size: usize) -> Self {
        let padding = size.saturating_sub(self.body.len());
        self.body.splice(0..0, std::iter::repeat_n(b' ', padding));
        self
    }

    /// Returns the head in HTTP/1.1.
    pub(crate) fn head(&self, host: SocketAddr, framing: Framing) -> Vec<u8> {
        let mut head = format!("{} {MCP} HTTP/1.1\r\nhost: {host}\r\n", self.method);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match framing {
            Framing::Chunked => head.push_str("transfer-encoding: chunked\r\n\r\n"),
            Framing::Length(length) => head.push_str(&format!("content-length: {length}\r\n\r\n")),
        }
        head.into_bytes()
    }

    /// Returns the whole request in HTTP/1.1.
    pub(crate) fn to_bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut bytes = self.head(host, Framing::Length(self.body.len()));
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Returns the whole HTTP/1.1 request except for its last chunk, with one byte in each chunk.
    pub(crate) fn in_one_byte_chunks(&self, host: SocketAddr) -> Vec<u8> {
        let mut bytes = self.head(host, Framing::Chunked);
        bytes.extend(self.body.iter().flat_map(|byte| [b'1', b'\r', b'\n', *byte, b'\r', b'\n']));
        bytes
    }

    /// Returns the header fields in HTTP/2, pseudo-header fields first.
    pub(crate) fn fields(&self, host: SocketAddr) -> Vec<(String, String)> {
        let pseudo = [
            (":method", self.method.to_owned()),
            (":scheme", "http".to_owned()),
            (":authority", host.to_string()),
            (":path", MCP.to_owned()),
        ];
        pseudo.into_iter().chain(self.headers.iter().cloned()).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The last chunk of a chunked body.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_body_is_still_json() {
        let request = Request::call("echo", &json!({})).padded(65_000);
        assert_eq!(request.body.len(), 65_000);
        assert!(serde_json::from_slice::<Value>(&request.body).is_ok());
    }

    #[test]
    fn each_byte_has_its_own_chunk() {
        let request = Request::initialize();
        let bytes = request.in_one_byte_chunks(SocketAddr::from(([127, 0, 0, 1], 80)));
        assert!(bytes.ends_with(b"\r\n1\r\n}\r\n"));
        let head = request.head(SocketAddr::from(([127, 0, 0, 1], 80)), Framing::Chunked);
        assert_eq!(bytes.len() - head.len(), 6 * request.body.len());
    }
}
