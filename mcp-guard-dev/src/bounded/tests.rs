use super::*;

fn filled(capacity: usize, lifetime: Duration) -> Bounded<u8> {
    let mut map = Bounded::new(capacity, lifetime);
    for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
        map.insert(key.to_owned(), value);
    }
    map
}

#[test]
fn oldest_value_is_evicted() {
    let map = filled(2, Duration::MAX);
    assert_eq!(["a", "b", "c"].map(|key| map.value(key).copied()), [None, Some(2), Some(3)]);
}

#[test]
fn expired_value_is_removed() {
    let mut map = filled(3, Duration::ZERO);
    assert_eq!(map.value("a"), None);
    assert_eq!(map.remove("a"), None);
}

#[test]
fn value_can_be_removed_once() {
    let mut map = filled(3, Duration::MAX);
    assert_eq!(map.remove("b"), Some(2));
    assert_eq!(map.remove("b"), None);
}
