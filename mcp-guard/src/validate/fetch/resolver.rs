//! Resolving names to addresses that may be connected to.
//!
//! The client connects to what comes out here and asks for nothing more, so the address that was judged is the address that is connected to: a name
//! that leads elsewhere on the next question ("DNS rebinding") is judged anew. Hosts that are addresses never come here.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::reach::{Forbidden, Reach};
use crate::urls::LOCALHOST;

/// From a name to its addresses.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

pub(super) struct Resolver {
    reach: Reach,
    lookup: Lookup,
}

impl Resolver {
    pub(super) fn new(reach: Reach, lookup: Lookup) -> Self {
        Self { reach, lookup }
    }
}

/// As the operating system does it.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) }.boxed()
    })
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        let is_localhost = name.as_str() == LOCALHOST;
        let found = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            let (good, bad): (Vec<_>, Vec<_>) =
                found.into_iter().map(|ip| judge(reach, is_localhost, ip)).partition(Result::is_ok);
            let good: Vec<SocketAddr> = good.into_iter().flatten().map(|ip| SocketAddr::new(ip, 0)).collect();
            match bad.into_iter().find_map(Result::err) {
                Some(forbidden) if good.is_empty() => Err(forbidden.into()),
                _ if good.is_empty() => Err("the name has no address".into()),
                _ => Ok(Box::new(good.into_iter()) as Addrs),
            }
        })
    }
}

fn judge(reach: Reach, is_localhost: bool, address: IpAddr) -> Result<IpAddr, Forbidden> {
    if is_localhost && !address.is_loopback() {
        return Err(Forbidden { address, reason: "which is not this machine, whatever its name says" });
    }
    reach.judge(address).map(|()| address)
}
