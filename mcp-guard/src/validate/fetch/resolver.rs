//! Name resolution to allowed addresses.
//!
//! The client connects to exactly the addresses that the resolver returns. So the checked address is the address of the
//! connection, and each new resolution is checked again ("DNS rebinding"). Hosts that are IP addresses are not
//! resolved.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::network_policy::{ForbiddenAddress, NetworkPolicy};
use crate::urls::LOCALHOST;

/// A name without an address.
#[derive(Debug, thiserror::Error)]
#[error("the name has no address")]
pub(super) struct Unresolved(#[source] Option<io::Error>);

/// A function that resolves a name to its addresses.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

pub(super) struct Resolver {
    policy: NetworkPolicy,
    lookup: Lookup,
}

impl Resolver {
    pub(super) fn new(policy: NetworkPolicy, lookup: Lookup) -> Self {
        Self { policy, lookup }
    }
}

/// Returns the resolver of the operating system.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) }.boxed()
    })
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy;
        let is_localhost = name.as_str() == LOCALHOST;
        let found = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await.map_err(|error| Unresolved(Some(error)))?;
            let (good, bad): (Vec<_>, Vec<_>) =
                found.into_iter().map(|ip| check_address(policy, is_localhost, ip)).partition(Result::is_ok);
            let good: Vec<SocketAddr> = good.into_iter().flatten().map(|ip| SocketAddr::new(ip, 0)).collect();
            match bad.into_iter().find_map(Result::err) {
                Some(forbidden) if good.is_empty() => Err(forbidden.into()),
                _ if good.is_empty() => Err(Unresolved(None).into()),
                _ => Ok(Box::new(good.into_iter()) as Addrs),
            }
        })
    }
}

fn check_address(policy: NetworkPolicy, is_localhost: bool, address: IpAddr) -> Result<IpAddr, ForbiddenAddress> {
    if is_localhost && !address.is_loopback() {
        return Err(ForbiddenAddress { address, reason: "not a loopback address: expected loopback for localhost" });
    }
    policy.check(address).map(|()| address)
}
