//! The addresses that this server may connect to.
//!
//! A server that fetches URLs from documents can be misused to reach internal services: cloud metadata, or a database
//! on the same network (server-side request forgery). So only addresses of the public Internet are allowed, unless the
//! application configures otherwise. The ranges are those of the IANA special-purpose address registries (RFC 6890).
//! For IPv6, only global unicast (`2000::/3`) is public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use url::Url;

use crate::urls::is_loopback;

/// The allowed address ranges in addition to the public Internet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NetworkPolicy {
    loopback: bool,
    private: bool,
}

/// A forbidden address.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{address}, {reason}")]
pub(super) struct ForbiddenAddress {
    pub(super) address: IpAddr,
    pub(super) reason: &'static str,
}

/// The range of an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Range {
    Public,
    Loopback,
    Private,
    /// Never allowed: link-local, multicast, reserved, documentation, and cloud services.
    Special,
}

impl NetworkPolicy {
    /// Allows the public Internet. Also allows loopback if `url` is on loopback.
    pub(crate) fn for_url(url: &Url) -> Self {
        Self { loopback: is_loopback(url), private: false }
    }

    /// Allows private networks too if `allowed`.
    pub(crate) const fn allowing_private_network(mut self, allowed: bool) -> Self {
        self.private = allowed;
        self
    }

    pub(super) fn check(self, address: IpAddr) -> Result<(), ForbiddenAddress> {
        let (allowed, reason) = match range(address) {
            Range::Public => (true, ""),
            Range::Loopback => (self.loopback, "a loopback address: allowed only for an issuer on loopback"),
            Range::Private => (
                self.private,
                "an address of a private network: to allow it, call `.allow_private_network()` or set MCP_GUARD_ALLOW_PRIVATE_NETWORK=true",
            ),
            Range::Special => (false, "a link-local, reserved or cloud-internal address: never allowed"),
        };
        if allowed { Ok(()) } else { Err(ForbiddenAddress { address, reason }) }
    }
}

fn range(address: IpAddr) -> Range {
    match address {
        IpAddr::V4(v4) => range_v4(v4),
        IpAddr::V6(v6) => range_v6(v6),
    }
}

fn range_v4(address: Ipv4Addr) -> Range {
    let is_in = |nets: &[Ipv4Net]| nets.iter().any(|net| net.contains(&address));
    if is_in(SPECIAL_V4) {
        Range::Special
    } else if is_in(PRIVATE_V4) {
        Range::Private
    } else if address.is_loopback() {
        Range::Loopback
    } else {
        Range::Public
    }
}

fn range_v6(address: Ipv6Addr) -> Range {
    let is_in = |nets: &[Ipv6Net]| nets.iter().any(|net| net.contains(&address));
    if let Some(v4) = address.to_ipv4_mapped() {
        return range_v4(v4);
    }
    if NAT64.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        // RFC 6052 section 3.1: the prefix is not used for addresses that are not global.
        return match range_v4(Ipv4Addr::new(a, b, c, d)) {
            Range::Public => Range::Public,
            _ => Range::Special,
        };
    }
    if address.is_loopback() {
        Range::Loopback
    } else if is_in(SPECIAL_V6) {
        Range::Special
    } else if UNIQUE_LOCAL.contains(&address) {
        Range::Private
    } else if GLOBAL_UNICAST.contains(&address) {
        Range::Public
    } else {
        Range::Special
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(head: [u16; 3], tail: u16, length: u8) -> Ipv6Net {
    let [a, b, c] = head;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, tail), length)
}

const PRIVATE_V4: &[Ipv4Net] = &[
    v4(10, 0, 0, 0, 8),     // RFC 1918
    v4(100, 64, 0, 0, 10),  // RFC 6598, shared address space
    v4(172, 16, 0, 0, 12),  // RFC 1918
    v4(192, 168, 0, 0, 16), // RFC 1918
    v4(198, 18, 0, 0, 15),  // RFC 2544, benchmarks; also used by some VPNs
];

const SPECIAL_V4: &[Ipv4Net] = &[
    v4(0, 0, 0, 0, 8),          // RFC 791, this network
    v4(100, 100, 100, 200, 32), // the metadata of Alibaba Cloud
    v4(168, 63, 129, 16, 32),   // host services of Azure virtual machines
    v4(169, 254, 0, 0, 16),     // RFC 3927, link-local: the metadata of most clouds
    v4(192, 0, 0, 0, 24),       // RFC 6890, protocol assignments
    v4(192, 0, 2, 0, 24),       // RFC 5737, documentation
    v4(192, 88, 99, 0, 24),     // RFC 7526, relays of 6to4
    v4(198, 51, 100, 0, 24),    // RFC 5737
    v4(203, 0, 113, 0, 24),     // RFC 5737
    v4(224, 0, 0, 0, 4),        // RFC 5771, multicast
    v4(240, 0, 0, 0, 4),        // RFC 1112, reserved, and broadcast
];

/// The well-known prefix of NAT64 (RFC 6052). Networks without IPv4 use it to reach servers that only have IPv4
/// addresses.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0], 0, 96);
const UNIQUE_LOCAL: Ipv6Net = v6([0xfc00, 0, 0], 0, 7);
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0], 0, 3);

const SPECIAL_V6: &[Ipv6Net] = &[
    v6([0x2001, 0, 0], 0, 23),         // RFC 2928, protocol assignments: Teredo, benchmarks, ORCHID
    v6([0x2001, 0xdb8, 0], 0, 32),     // RFC 3849, documentation
    v6([0x2002, 0, 0], 0, 16),         // RFC 3056, 6to4: embeds any IPv4 address, also private ones
    v6([0x3fff, 0, 0], 0, 20),         // RFC 9637, documentation
    v6([0xfd00, 0xec2, 0], 0, 32),     // metadata and other local services of Amazon
    v6([0xfd20, 0xce, 0], 0x254, 128), // metadata of Google Cloud
];

#[cfg(test)]
mod tests;
