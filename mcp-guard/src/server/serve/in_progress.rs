//! Requests in progress: their counts by connection and client, and their limits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::response::Response;
use http::{Request, StatusCode};
use hyper::body::Incoming;

use super::addresses::{Entry, add_below};
use super::connection::Connection;
use super::forwarded;
use crate::limit::ConnectionClient;
use crate::rule::Rule;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// The maximum number of requests on a connection that may use the reserved part of the total.
const FEW_REQUESTS: usize = 4;
/// The `Retry-After` of the response when too many requests are in progress.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A request in progress. It counts for its connection, for its client and for the total.
#[derive(Debug)]
pub(super) struct InProgress {
    connection: Arc<Connection>,
    is_counted: bool,
    client: Client,
    /// The counted unread bytes of its response.
    unread: usize,
}

/// The client of a request, for counting.
#[derive(Debug)]
enum Client {
    Uncounted,
    /// The client is the peer of the connection.
    Peer,
    /// A trusted proxy reports the client.
    Forwarded(Entry),
}

impl InProgress {
    /// Begins a request. The flag is `false` if the connection is being dropped.
    pub(super) fn begin(connection: &Arc<Connection>) -> (Self, bool) {
        let begun = connection.activity().begin_request();
        (Self { connection: Arc::clone(connection), is_counted: false, client: Client::Uncounted, unread: 0 }, begun)
    }

    /// Counts at least this many bytes of the response as unread until the request is dropped.
    pub(super) fn count_unread(&mut self, bytes: usize) {
        self.connection.progress();
        if bytes > self.unread {
            let more = bytes - self.unread;
            self.unread = bytes;
            self.connection.add_unread(more);
        }
    }

    /// Records that the client has read a part of the response.
    pub(super) fn progress(&self) {
        if self.unread > 0 {
            self.connection.progress();
        }
    }

    /// Counts the request and returns its client. Rejects the request if too many are in progress.
    pub(super) fn admit(&mut self, request: &Request<Incoming>) -> Result<ConnectionClient, Refusal> {
        let server = self.connection.server();
        let is_proxied = self.connection.is_trusted_proxy();
        let (client, is_below) = if is_proxied {
            match forwarded::client(request.headers(), &server.proxies) {
                Err(forwarded::Conflict) => {
                    Rule::Forwarded.log();
                    return Err(Refusal::Conflict);
                }
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
                let (rule, max) = (Rule::AddressRequestLimit, server.limits.max_per_address);
                tracing::warn!(%rule, max, "too many requests in progress from one client address: responding with 503");
            }
            return Err(Refusal::Busy);
        }
        self.client = client;
        // The last quarter is reserved for connections with few requests, so that a few connections cannot use the
        // total.
        let max = server.limits.max_total;
        let has_few = self.connection.activity().requests() <= FEW_REQUESTS;
        if !add_below(&server.requests, if has_few { max } else { max - max / 4 }) {
            if server.throttles.requests.allow() {
                tracing::warn!(rule = %Rule::RequestLimit, max, "too many requests in progress: responding with 503");
            }
            return Err(Refusal::Busy);
        }
        self.is_counted = true;
        let address = match &self.client {
            Client::Uncounted if is_proxied => None,
            Client::Uncounted | Client::Peer => Some(self.connection.peer().ip()),
            Client::Forwarded(entry) => entry.address().ip(),
        };
        Ok(ConnectionClient { address, is_proxied })
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

/// The reason why a request is rejected before routing.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) enum Refusal {
    Busy,
    Conflict,
}

impl Refusal {
    pub(in crate::server) fn response(self) -> Response {
        match self {
            Self::Busy => answer::busy(RETRY_AFTER, &RequestId::Unknown, "Too many requests in progress"),
            Self::Conflict => {
                let message =
                    "X-Forwarded-For and Forwarded name different clients: a proxy must set one and remove the other";
                answer::http_error(StatusCode::BAD_REQUEST, &RequestId::Unknown, message)
            }
        }
    }
}
