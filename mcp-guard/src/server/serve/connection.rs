//! An open connection: its peer, its counts and its activity.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::activity::Activity;
use super::addresses::Entry;
use super::server::Server;
use crate::rule::Rule;

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    server: Arc<Server>,
    peer: SocketAddr,
    is_trusted_proxy: bool,
    /// The counts of the peer's address. `None` if connections of this peer are not counted by address.
    address: Option<Entry>,
    activity: Arc<Activity>,
}

impl Connection {
    /// Counts a new connection. Returns `None` if its address has too many connections.
    pub(super) fn open(server: &Arc<Server>, peer: SocketAddr) -> Option<Arc<Self>> {
        let is_trusted_proxy = server.proxies.contain(peer.ip());
        let is_counted = !is_trusted_proxy && !peer.ip().to_canonical().is_loopback();
        let address = is_counted.then(|| server.addresses.entry(peer.ip().into()));
        if address.as_ref().is_some_and(|entry| !entry.add_connection()) {
            return None;
        }
        Some(Arc::new(Self {
            server: Arc::clone(server),
            peer,
            is_trusted_proxy,
            address,
            activity: Arc::new(Activity::new(server.milliseconds())),
        }))
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) const fn is_trusted_proxy(&self) -> bool {
        self.is_trusted_proxy
    }

    pub(super) const fn address(&self) -> Option<&Entry> {
        self.address.as_ref()
    }

    pub(super) const fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    pub(super) fn end_request(&self) {
        self.activity.end_request(self.server.milliseconds());
    }

    /// Records that the client has read a part of a response.
    pub(super) fn progress(&self) {
        self.activity.progress(self.server.milliseconds());
    }

    /// Counts unread bytes of a response. Drops connections if the limit of the server is exceeded.
    pub(super) fn add_unread(&self, bytes: usize) {
        self.activity.add_unread(bytes);
        let (unread, max) = (&self.server.unread, self.server.limits.max_unread_bytes);
        if unread.fetch_add(bytes, Ordering::Relaxed) + bytes > max {
            self.server.registry.drop_most_unread(&self.activity, max, self.server.milliseconds());
            if self.server.throttles.unread.allow() {
                tracing::warn!(rule = %Rule::UnreadLimit, max, "too many unread response bytes: closing connections");
            }
        }
    }

    pub(super) fn remove_unread(&self, bytes: usize) {
        self.activity.remove_unread(bytes);
        self.server.unread.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(entry) = &self.address {
            entry.remove_connection();
        }
    }
}
