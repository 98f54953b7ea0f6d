//! Counts refused requests without a valid token.
//!
//! Anyone can cause such refusals, in any number. They take no place in a queue, and the memory for their counts is
//! bounded.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::RefusalCount;
use crate::rule::Rule;

/// The maximum number of counts in one interval. Further networks are counted together, for each rule.
const MAX_COUNTS: usize = 1_024;

/// The network of a client.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Network {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// The address of the client is unknown.
    Unknown,
    /// All networks beyond [`MAX_COUNTS`].
    Other,
}

impl Network {
    /// Returns the network of an address: /24 for IPv4, /64 for IPv6.
    pub(crate) fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(Ipv4Addr::from_bits(ip.to_bits() & !0xff)),
            IpAddr::V6(ip) => Self::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(ip) => write!(f, "{ip}/24"),
            Self::V6(ip) => write!(f, "{ip}/64"),
            Self::Unknown => f.write_str("unknown"),
            Self::Other => f.write_str("other"),
        }
    }
}

/// The counts of the current interval.
#[derive(Debug, Default)]
pub(super) struct RefusalCounts(Mutex<HashMap<(Rule, Network), u64>>);

impl RefusalCounts {
    pub(super) fn add(&self, rule: Rule, network: Network) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = counts.len() < MAX_COUNTS || counts.contains_key(&(rule, network));
        let network = if has_room { network } else { Network::Other };
        *counts.entry((rule, network)).or_default() += 1;
    }

    /// Returns the counts of the interval that ends now, and begins the next one.
    pub(super) fn take(&self, interval: Duration) -> Vec<RefusalCount> {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable();
        let time = SystemTime::now();
        let record = |((rule, network), count): ((Rule, Network), u64)| RefusalCount {
            time,
            rule,
            network: network.to_string(),
            count,
            interval,
        };
        counts.into_iter().map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_prefixes() {
        for (ip, network) in [
            ("203.0.113.7", "203.0.113.0/24"),
            ("::ffff:203.0.113.7", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(Network::of(ip.parse().unwrap()).to_string(), network);
        }
    }

    #[test]
    fn refusals_are_counted_by_rule_and_network() {
        let counts = RefusalCounts::default();
        let network = |last| Network::of(IpAddr::from([203, 0, last, 1]));
        for (rule, last) in [(Rule::TokenMissing, 1), (Rule::TokenMissing, 1), (Rule::TokenExpired, 1)] {
            counts.add(rule, network(last));
        }
        counts.add(Rule::TokenMissing, network(2));
        let taken: Vec<_> =
            counts.take(Duration::from_secs(60)).into_iter().map(|c| (c.rule, c.network, c.count)).collect();
        let expected = [
            (Rule::TokenMissing, "203.0.1.0/24".to_owned(), 2),
            (Rule::TokenMissing, "203.0.2.0/24".to_owned(), 1),
            (Rule::TokenExpired, "203.0.1.0/24".to_owned(), 1),
        ];
        assert_eq!(taken, expected);
        assert!(counts.take(Duration::from_secs(60)).is_empty());
    }

    #[test]
    fn memory_for_counts_is_bounded() {
        let counts = RefusalCounts::default();
        for ip in 0..100_000_u32 {
            counts.add(Rule::TokenMissing, Network::of(Ipv4Addr::from_bits(ip << 8).into()));
        }
        let taken = counts.take(Duration::from_secs(60));
        assert_eq!(taken.len(), MAX_COUNTS + 1);
        assert_eq!(taken.iter().map(|count| count.count).sum::<u64>(), 100_000);
    }
}
