//! The client address of a request.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::Extensions;

/// A client address for limits. Requests that are not counted by address have none in their extensions.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum ClientAddress {
    /// An IPv4 address, or the /64 network of an IPv6 address. One host can use all addresses of its network.
    Ip(IpAddr),
    /// A client that a trusted proxy does not identify. All unknown clients share one count.
    Unknown,
}

impl From<IpAddr> for ClientAddress {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::Ip(ip.into()),
            IpAddr::V6(ip) => Self::Ip(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into()),
        }
    }
}

impl ClientAddress {
    /// Returns the address, if it is known.
    pub(crate) const fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(ip),
            Self::Unknown => None,
        }
    }
}

/// The client of a request, as its connection or a trusted proxy reports it. In the extensions of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionClient {
    /// `None` if a trusted proxy passed the request on and does not report its client.
    pub(crate) address: Option<IpAddr>,
    /// Whether a trusted proxy passed the request on.
    pub(crate) is_proxied: bool,
}

impl ConnectionClient {
    /// Returns the client of a request: as the server's connection reports it, or the peer that axum reports.
    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        let peer = || {
            let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
            Some(Self { address: Some(peer.ip()), is_proxied: false })
        };
        extensions.get().copied().or_else(peer)
    }

    /// Returns the address for limits. `None` for clients that are never limited: those on this machine, which may be a
    /// proxy, and those whose address is not known, because all of them would be limited for one.
    pub(crate) fn limited_address(&self) -> Option<ClientAddress> {
        let address = self.address?.to_canonical();
        (!address.is_loopback()).then(|| ClientAddress::from(address))
    }
}
