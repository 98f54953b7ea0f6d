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

use super::cause::LookupError;
use super::egress::EgressProxy;
use super::network_policy::{ForbiddenAddress, NetworkPolicy};
use crate::urls::LOCALHOST;

/// A function that resolves a name to its addresses.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

pub(super) struct Resolver {
    policy: NetworkPolicy,
    /// The operator has configured the host of the proxy, so all of its addresses are allowed.
    proxy: Option<EgressProxy>,
    lookup: Lookup,
}

impl Resolver {
    pub(super) fn new(policy: NetworkPolicy, proxy: Option<EgressProxy>, lookup: Lookup) -> Self {
        Self { policy, proxy, lookup }
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
        let name = name.as_str().to_owned();
        let is_localhost = name == LOCALHOST;
        let is_proxy = self.proxy.as_ref().is_some_and(|proxy| proxy.has_name(&name));
        let check = move |address| {
            if is_proxy { Ok(address) } else { check_address(policy, is_localhost, address) }
        };
        let found = (self.lookup)(name.clone());
        Box::pin(async move {
            let unresolved = |reason| LookupError { name, reason };
            let found = match found.await {
                Ok(found) => found,
                Err(error) => return Err(unresolved(error.to_string()).into()),
            };
            let (good, bad): (Vec<_>, Vec<_>) = found.into_iter().map(check).partition(Result::is_ok);
            let good: Vec<SocketAddr> = good.into_iter().flatten().map(|ip| SocketAddr::new(ip, 0)).collect();
            match bad.into_iter().find_map(Result::err) {
                Some(forbidden) if good.is_empty() => Err(forbidden.into()),
                _ if good.is_empty() => Err(unresolved("it has no address".to_owned()).into()),
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
