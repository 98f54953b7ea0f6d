//! The proxies that are trusted to report client addresses.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::config::{ConfigError, Mistakes, Setting};

/// The addresses and networks of trusted proxies.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses addresses and networks.
    pub(in crate::server) fn new(configured: &[String], mistakes: &mut Mistakes) -> Self {
        let parse = |text: &String| {
            let expected = "an IP address, or a network like \"10.0.0.0/8\"";
            mistakes.take(network(text).ok_or_else(|| ConfigError::invalid(Setting::TrustedProxies, text, expected)))
        };
        Self(configured.iter().filter_map(parse).collect())
    }

    /// Returns whether the address belongs to a trusted proxy.
    pub(super) fn contain(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }
}

/// Parses an address, or a network in CIDR notation.
fn network(text: &str) -> Option<IpNet> {
    const MAPPED: u8 = 96;
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    // An IPv4-mapped network becomes an IPv4 network, like addresses.
    if let (IpNet::V6(mapped), Some(prefix)) = (network, network.prefix_len().checked_sub(MAPPED))
        && let Some(ip) = mapped.addr().to_ipv4_mapped()
    {
        return Ipv4Net::new(ip, prefix).ok().map(IpNet::V4);
    }
    Some(network)
}

#[cfg(test)]
mod tests;
