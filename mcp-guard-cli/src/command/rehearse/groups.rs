//! Counts calls by group, with a bounded number of groups.

use std::collections::HashMap;
use std::hash::Hash;

/// The maximum number of groups. Clients choose the names of clients and operations, so the log can contain any number.
pub(super) const MAX_GROUPS: usize = 10_000;

/// The number of calls in each group.
#[derive(Debug)]
pub(super) struct Groups<K> {
    calls: HashMap<K, u64>,
    /// The calls of all further groups.
    other: u64,
}

impl<K> Default for Groups<K> {
    fn default() -> Self {
        Self { calls: HashMap::new(), other: 0 }
    }
}

impl<K: Clone + Eq + Hash + Ord> Groups<K> {
    /// Counts a call.
    pub(super) fn count(&mut self, key: K) {
        if let Some(calls) = self.calls.get_mut(&key) {
            *calls += 1;
        } else if self.calls.len() < MAX_GROUPS {
            self.calls.insert(key, 1);
        } else {
            self.other += 1;
        }
    }

    /// Returns the number of calls that belong to no listed group.
    pub(super) const fn other(&self) -> u64 {
        self.other
    }

    /// Returns the number of all calls.
    pub(super) fn total(&self) -> u64 {
        self.calls.values().sum::<u64>() + self.other
    }

    /// Returns all groups, the largest first.
    pub(super) fn sorted(&self) -> Vec<(&K, u64)> {
        let mut groups: Vec<(&K, u64)> = self.calls.iter().map(|(key, calls)| (key, *calls)).collect();
        groups.sort_by(|(one, calls), (other, others)| others.cmp(calls).then_with(|| one.cmp(other)));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_groups_are_counted_together() {
        let mut groups = Groups::default();
        for key in 0..MAX_GROUPS + 5 {
            groups.count(key);
        }
        groups.count(7);
        groups.count(MAX_GROUPS + 1);
        assert_eq!((groups.other(), groups.total()), (6, MAX_GROUPS as u64 + 7));
        assert_eq!(groups.sorted()[..2], [(&7, 2), (&0, 1)]);
    }
}
