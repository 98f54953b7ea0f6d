//! A request in progress: which client it counts for, how many there may be, and when it ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::response::Response;
use http::{Request, StatusCode};
use hyper::body::Incoming;

use super::addresses::{ClientAddress, Entry, add_below};
use super::connection::Connection;
use super::forwarded;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// How many requests a connection may have to use the part of the total that is kept for such connections.
const FEW_REQUESTS: usize = 4;
/// When a client that found the server busy should try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A request that is being answered. Counts for its connection, for all connections together, and for its client.
#[derive(Debug)]
pub(super) struct InProgress {
    connection: Arc<Connection>,
    is_counted: bool,
    client: Client,
    /// The bytes of its response that were counted as unread.
    unread: usize,
}

/// The client that a request counts for.
#[derive(Debug)]
enum Client {
    Uncounted,
    /// The peer of the connection.
    Peer,
    /// Named by a trusted proxy.
    Forwarded(Entry),
}

impl InProgress {
    /// Begins a request. Returns with `false` when the connection is about to be dropped.
    pub(super) fn begin(connection: &Arc<Connection>) -> (Self, bool) {
        let begun = connection.activity().begin_request();
        (Self { connection: Arc::clone(connection), is_counted: false, client: Client::Uncounted, unread: 0 }, begun)
    }

    /// Counts the response as unread with at least this size, until the request is dropped.
    pub(super) fn hold(&mut self, bytes: usize) {
        self.connection.progress();
        if bytes > self.unread {
            let more = bytes - self.unread;
            self.unread = bytes;
            self.connection.add_unread(more);
        }
    }

    /// Notes that the client read a part of the response.
    pub(super) fn progress(&self) {
        if self.unread > 0 {
            self.connection.progress();
        }
    }

    /// Counts the request, or answers it if there are too many.
    pub(super) fn admit(&mut self, request: &Request<Incoming>) -> Result<Option<ClientAddress>, Refusal> {
        let server = self.connection.server();
        let (client, is_below) = if self.connection.is_trusted_proxy() {
            match forwarded::client(request.headers(), &server.proxies) {
                Err(forwarded::Conflict) => return Err(Refusal::Conflict),
                Ok(None) => (Client::Uncounted, true),
                Ok(Some(address)) => {
                    let entry = server.addresses.entry(address);
                    let is_below = entry.add_request();
                    (Client::Forwarded(entry), is_below)
                }
            }
        } else {
            match self.connection.address() {
                None => (Client::Uncounted, true),
                Some(entry) => (Client::Peer, entry.add_request()),
            }
        };
        if !is_below {
            if server.throttles.address_requests.allow() {
                tracing::warn!("a client address has too many requests in progress: answering 503");
            }
            return Err(Refusal::Busy);
        }
        self.client = client;
        // The last quarter is for connections with few requests, so that a few connections do not take all of it.
        let max = server.limits.max_total;
        let has_few = self.connection.activity().requests() <= FEW_REQUESTS;
        if !add_below(&server.requests, if has_few { max } else { max - max / 4 }) {
            if server.throttles.requests.allow() {
                tracing::warn!("too many requests are in progress: answering 503");
            }
            return Err(Refusal::Busy);
        }
        self.is_counted = true;
        Ok(match &self.client {
            Client::Uncounted => None,
            Client::Peer => self.connection.address().map(Entry::address),
            Client::Forwarded(entry) => Some(entry.address()),
        })
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        if self.unread > 0 {
            self.connection.remove_unread(self.unread);
        }
        if self.is_counted {
            self.connection.server().requests.fetch_sub(1, Ordering::Relaxed);
        }
        match &self.client {
            Client::Uncounted => {}
            Client::Peer => self.connection.address().into_iter().for_each(Entry::remove_request),
            Client::Forwarded(entry) => entry.remove_request(),
        }
        self.connection.end_request();
    }
}

/// Why a request does not reach the router.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Busy,
    Conflict,
}

impl Refusal {
    pub(super) fn response(self) -> Response {
        match self {
            Self::Busy => {
                answer::busy(RETRY_AFTER, &RequestId::Unknown, "The server is busy: too many requests are in progress")
            }
            Self::Conflict => {
                let message =
                    "X-Forwarded-For and Forwarded name different clients: a proxy must set one and remove the other";
                answer::http_error(StatusCode::BAD_REQUEST, &RequestId::Unknown, message)
            }
        }
    }
}
