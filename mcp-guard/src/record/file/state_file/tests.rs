use super::*;
use crate::record::testing::{Folder, key};

#[test]
fn state_is_read_as_it_was_written() {
    let folder = Folder::new();
    let mut state = StateFile::lock(&folder.path("log")).unwrap();
    assert_eq!(state.read(&key(1)).unwrap(), Known::Nothing);
    for seq in [1, u64::MAX, 7] {
        let link = Link { seq, mac: [9; 32] };
        state.write(&link, &key(1)).unwrap();
        assert_eq!(state.read(&key(1)).unwrap(), Known::Durable(link));
        assert_eq!(last_durable(&folder.path("log.chain"), &key(1)).unwrap(), Some(link));
    }
}

#[test]
fn altered_state_is_not_used() {
    let link = Link { seq: 12, mac: [9; 32] };
    let text = contents(&link, &key(1)).into_bytes();
    for at in 0..text.len() {
        for change in [1, 0x20, 0x80] {
            let mut altered = text.clone();
            altered[at] ^= change;
            // A lost line break changes nothing.
            let is_valid = matches!(parse(&altered, &key(1)), Parsed::Is(Known::Durable(_)));
            assert!(!is_valid, "{}", String::from_utf8_lossy(&altered));
        }
        assert!(!matches!(parse(&text[..at], &key(1)), Parsed::Is(Known::Durable(_))) || at + 1 == text.len());
    }
    assert!(matches!(parse(&text, &key(2)), Parsed::OtherKey));
    let newer = String::from_utf8(text).unwrap().replace(r#""v":1"#, r#""v":2"#);
    assert!(matches!(parse(newer.as_bytes(), &key(1)), Parsed::Newer));
}

#[test]
fn rest_of_a_longer_state_is_ignored() {
    let [short, long] = [7, u64::MAX].map(|seq| contents(&Link { seq, mac: [9; 32] }, &key(1)));
    let text = [short.as_bytes(), &long.as_bytes()[short.len()..]].concat();
    assert!(matches!(parse(&text, &key(1)), Parsed::Is(Known::Durable(Link { seq: 7, .. }))));
}
