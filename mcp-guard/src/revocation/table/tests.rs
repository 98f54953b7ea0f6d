use super::*;

const LIFETIME: u64 = 100;
const KIND: Kind = Kind::Subject;

const fn at(wall: u64, steady: u64) -> Now {
    Now { wall, steady }
}

fn digests(count: u32) -> impl Iterator<Item = Digest> {
    let digester = Digester::default();
    (0..count).map(move |number| digester.digest(KIND, "https://auth.example.com", &number.to_string()))
}

#[test]
fn entry_expires_when_both_clocks_have_passed_its_end() {
    let digest = digests(1).next().unwrap();
    let mut table = Table::new(Some(LIFETIME), 10);
    table.insert(KIND, digest, at(1_000, 0)).unwrap();
    for (case, now, is_found) in [
        ("at once", at(1_000, 0), true),
        ("before the end", at(1_099, 99), true),
        ("at the end", at(1_100, 100), true),
        ("the wall clock jumped forward", at(9_000, 99), true),
        ("the machine was suspended", at(9_000, 0), true),
        ("the wall clock jumped back", at(10, 500), true),
        ("after the end", at(1_101, 100), false),
    ] {
        assert_eq!(table.time_of(digest, now).is_some(), is_found, "{case}");
    }
    let mut forever = Table::new(None, 10);
    forever.insert(KIND, digest, at(1_000, 0)).unwrap();
    assert_eq!(forever.time_of(digest, at(u64::MAX, u64::MAX)), Some(1_000));
}

#[test]
fn revocation_time_never_goes_back() {
    let [first, second] = digests(2).collect::<Vec<_>>().try_into().unwrap();
    let mut table = Table::new(Some(LIFETIME), 10);
    table.insert(KIND, first, at(1_000, 0)).unwrap();
    table.insert(KIND, second, at(10, 5)).unwrap();
    assert_eq!(table.time_of(second, at(10, 5)), Some(1_000), "that of the revocation before");
    table.insert(KIND, first, at(10, 6)).unwrap();
    assert_eq!(table.time_of(first, at(10, 6)), Some(1_000));
}

#[test]
fn second_revocation_moves_time_and_end_forward() {
    let digest = digests(1).next().unwrap();
    let mut table = Table::new(Some(LIFETIME), 1);
    table.insert(KIND, digest, at(1_000, 0)).unwrap();
    table.insert(KIND, digest, at(1_050, 50)).unwrap();
    assert_eq!(table.time_of(digest, at(1_101, 101)), Some(1_050), "the first end has passed");
    assert_eq!(table.time_of(digest, at(1_151, 150)), None);
    assert_eq!(table.len(), 1);
}

#[test]
fn full_table_removes_only_expired_entries() {
    let digests: Vec<_> = digests(4).collect();
    let mut table = Table::new(Some(LIFETIME), 2);
    table.insert(KIND, digests[0], at(1_000, 0)).unwrap();
    table.insert(KIND, digests[1], at(1_050, 50)).unwrap();
    assert_eq!(table.insert(KIND, digests[2], at(1_060, 60)), Err(Full));
    assert_eq!(table.len(), 2, "nothing is dropped");
    table.insert(KIND, digests[1], at(1_060, 60)).unwrap();
    table.insert(KIND, digests[2], at(1_101, 101)).unwrap();
    assert_eq!([0, 1, 2].map(|index| table.time_of(digests[index], at(1_101, 101)).is_some()), [false, true, true]);
    assert_eq!(table.insert(KIND, digests[3], at(1_101, 101)), Err(Full));
    table.set_max(3);
    table.insert(KIND, digests[3], at(1_101, 101)).unwrap();
}

#[test]
fn expired_entries_are_removed_before_the_table_is_full() {
    let mut table = Table::new(Some(LIFETIME), usize::MAX);
    for (number, digest) in (0..).zip(digests(100_000)) {
        table.insert(KIND, digest, at(1_000 + number, number)).unwrap();
    }
    assert!(table.len() <= 2 * FEW, "{}", table.len());
    table.remove_expired(at(1_000_000, 1_000_000));
    assert!(table.len() == 0 && !table.may_have(KIND));
}

#[test]
fn kinds_issuers_and_values_have_different_digests() {
    let digester = Digester::default();
    let mut seen = std::collections::HashSet::new();
    for kind in Kind::ALL {
        for (issuer, value) in [("a", "b"), ("b", "a"), ("ab", ""), ("", "ab"), ("a", ""), ("", "")] {
            assert!(seen.insert(digester.digest(kind, issuer, value)), "{kind:?} {issuer} {value}");
            assert_eq!(digester.digest(kind, issuer, value), digester.digest(kind, issuer, value));
        }
    }
    assert_ne!(Digester::default().digest(KIND, "a", "b"), digester.digest(KIND, "a", "b"), "the keys are random");
}

#[test]
fn million_entries_take_70_megabytes() {
    let mut table = Table::new(Some(LIFETIME), 1_000_000);
    for digest in digests(1_000_000) {
        table.insert(KIND, digest, at(1_000, 0)).unwrap();
    }
    let one_more = Digester::default().digest(KIND, "", "");
    assert_eq!((table.len(), table.insert(KIND, one_more, at(1_000, 0))), (1_000_000, Err(Full)));
    assert!(table.memory() <= 70_000_000, "{}", table.memory());
}

#[test]
fn time_is_at_least_that_of_the_steady_clock() {
    let mut table = Table::new(Some(LIFETIME), 10).created_at(10_000);
    let digest = digests(1).next().unwrap();
    // The system clock was set back by an hour after the table was created.
    table.insert(KIND, digest, at(6_400, 50)).unwrap();
    assert_eq!(table.time_of(digest, at(6_400, 50)), Some(10_050));
}
