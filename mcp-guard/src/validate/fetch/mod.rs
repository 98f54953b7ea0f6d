//! Fetching of small JSON documents from authorization servers.
//!
//! 1. Only `https`, or `http` to loopback (MCP, "Communication Security").
//! 2. No redirects, not even to the same host. A document comes from the configured or discovered URL. If the metadata
//!    of an issuer has moved, the error names the status; configure the new URL.
//! 3. Only addresses that the network policy allows, also for host names. (`network_policy`, `resolver`)
//! 4. No proxy, unless one is configured. The proxy settings of the environment (`HTTPS_PROXY`) are ignored. A proxy
//!    resolves names itself, so the network policy does not apply to their addresses. (`egress`)
//! 5. Each fetch has a time limit and each document a size limit. Responses are not decompressed.

mod cause;
mod egress;
mod extra_roots;
mod failure;
mod fetch_error;
mod fetcher;
mod network_policy;
mod reply;
mod resolver;

pub(crate) use egress::{Egress, EgressProxy};
pub(crate) use extra_roots::ExtraRoots;
pub(crate) use failure::Failure;
pub(crate) use fetch_error::FetchError;
#[cfg(fuzzing)]
pub(super) use fetcher::check_url;
pub(super) use fetcher::{Accept, Fetcher};
#[cfg(any(fuzzing, test))]
pub(crate) use network_policy::NetworkPolicy;
pub(super) use reply::Reply;

#[cfg(test)]
mod tests;
