//! Settings for monitoring.

use std::net::SocketAddr;

use crate::record::Decisions;
#[cfg(feature = "docs-page")]
use crate::server::DocsPage;

/// Settings for monitoring a running server.
///
/// With the feature `metrics`, the server records [metrics](https://docs.rs/metrics) under names that start with
/// `mcp_guard_`. `docs/metrics.md` lists them.
#[derive(Debug)]
#[must_use]
pub struct Observation {
    pub(in crate::server) health: bool,
    pub(in crate::server) decisions: Option<Decisions>,
    pub(in crate::server) metrics_listen: Option<SocketAddr>,
    #[cfg(feature = "docs-page")]
    pub(in crate::server) docs: Option<DocsPage>,
}

impl Observation {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self {
            health: true,
            decisions: None,
            metrics_listen: None,
            #[cfg(feature = "docs-page")]
            docs: None,
        }
    }

    /// Removes the routes `/health` and `/health/ready`, for applications with health routes of their own.
    pub const fn without_health(mut self) -> Self {
        self.health = false;
        self
    }

    /// Records the authorization decisions. Default: no records.
    pub fn decisions(mut self, decisions: Decisions) -> Self {
        self.decisions = Some(decisions);
        self
    }

    /// Exports the metrics for Prometheus: `GET /metrics` at this address, over plain HTTP. Default: none.
    ///
    /// The server listens on the address while it runs. Building the server installs the recorder of the process, which
    /// the servers of a process share. The metrics contain the names of operations and issuers, and nothing of a client:
    /// still, prefer an address that clients do not reach.
    ///
    /// Without an address, an application installs a recorder of its own before it builds the server, and needs the feature
    /// `metrics` only.
    #[cfg(feature = "prometheus")]
    pub fn metrics_listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.metrics_listen = Some(address.into());
        self
    }

    /// Adds a documentation page at `/docs`, open or guarded. Default: none, or the page of `MCP_GUARD_DOCS`.
    ///
    /// [`ResourceServer::serve`](crate::ResourceServer::serve) and [`run`](crate::ResourceServer::run) include it. An
    /// application merges [`ResourceServer::docs_router`](crate::ResourceServer::docs_router).
    #[cfg(feature = "docs-page")]
    pub const fn docs(mut self, page: DocsPage) -> Self {
        self.docs = Some(page);
        self
    }

    /// Returns the path of the documentation page, if there is one.
    pub(in crate::server) const fn docs_path(&self) -> Option<&'static str> {
        #[cfg(feature = "docs-page")]
        if self.docs.is_some() {
            return Some(crate::server::docs_page::PATH);
        }
        None
    }

    /// Uses the records, the address and the documentation page of `earlier` if none are set.
    pub(in crate::server) fn or(self, earlier: Self) -> Self {
        Self {
            decisions: self.decisions.or(earlier.decisions),
            metrics_listen: self.metrics_listen.or(earlier.metrics_listen),
            #[cfg(feature = "docs-page")]
            docs: self.docs.or(earlier.docs),
            ..self
        }
    }
}

impl Default for Observation {
    fn default() -> Self {
        Self::new()
    }
}
