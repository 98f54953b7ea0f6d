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
mod tests {
    use super::*;
    use crate::config::BuildError;

    #[test]
    fn addresses_and_networks_are_trusted() {
        let configured =
            ["192.0.2.1", "10.0.0.1/8", "2001:db8::/32", "::1", "::ffff:198.51.100.0/120"].map(str::to_owned);
        let mut mistakes = Mistakes::default();
        let proxies = TrustedProxies::new(&configured, &mut mistakes);
        assert!(mistakes.is_empty());
        for (ip, trusted) in [
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("::ffff:192.0.2.1", true),
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("::1", true),
            ("198.51.100.7", true),
            ("198.51.101.7", false),
        ] {
            assert_eq!(proxies.contain(ip.parse().unwrap()), trusted, "{ip}");
        }
        assert!(!TrustedProxies::default().contain("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn invalid_proxies_are_rejected() {
        for text in ["", "proxy.example.com", "10.0.0.0/33", "10.0.0.0/", "10.0.0.1:80", "[::1]", "*", "10.0.0.0/8 "] {
            let mut mistakes = Mistakes::default();
            TrustedProxies::new(&[text.to_owned()], &mut mistakes);
            let error = BuildError::from(mistakes).to_string();
            assert!(error.contains("trusted_proxies") && error.contains(&format!("{text:?}")), "{error}");
        }
    }
}
