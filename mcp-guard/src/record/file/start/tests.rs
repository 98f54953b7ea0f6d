use super::*;

const fn link(seq: u64) -> Link {
    Link { seq, mac: [seq as u8; 32] }
}

fn torn() -> Torn {
    Torn { bytes: 9, sha256: "ab".to_owned(), is_like_records: true }
}

fn garbage() -> Torn {
    Torn { is_like_records: false, ..torn() }
}

fn records(last: u64, is_closed: bool, torn: Option<Torn>) -> Tail {
    Tail::Records { last: link(last), is_closed, torn }
}

#[test]
fn start_depends_on_tail_and_known_record() {
    use Known::{Damaged, Durable, Nothing, Written};
    use StartKind::{Continued, Gap, Opened, Recovered, Restarted};

    let other = Link { mac: [0; 32], ..link(7) };
    // The kind, the record before, and whether it is reported that no record was known.
    let cases = [
        (Tail::Empty, Nothing, Opened, None, false),
        (Tail::Empty, Damaged, Opened, None, true),
        (Tail::Empty, Durable(link(7)), Continued, Some(7), false),
        (Tail::Empty, Written(link(7)), Continued, Some(7), false),
        (Tail::FirstTorn(torn()), Nothing, Opened, None, false),
        (Tail::FirstTorn(torn()), Durable(link(7)), Continued, Some(7), false),
        (Tail::FirstTorn(torn()), Written(link(7)), Gap, Some(7), false),
        (Tail::Unknown, Durable(link(7)), Gap, Some(7), false),
        (records(7, true, None), Durable(link(7)), Restarted, Some(7), false),
        (records(7, true, None), Nothing, Restarted, Some(7), true),
        (records(7, true, None), Damaged, Restarted, Some(7), true),
        (records(7, true, Some(torn())), Durable(link(7)), Recovered, Some(7), false),
        (records(7, true, Some(garbage())), Durable(link(7)), Gap, Some(7), false),
        (records(7, false, Some(garbage())), Durable(link(7)), Recovered, Some(7), false),
        (records(7, false, None), Durable(link(7)), Recovered, Some(7), false),
        (records(9, false, None), Durable(link(7)), Recovered, Some(9), false),
        (records(9, false, Some(torn())), Durable(link(7)), Recovered, Some(9), false),
        (records(9, false, Some(torn())), Nothing, Recovered, Some(9), true),
        (records(6, false, None), Durable(link(7)), Gap, Some(7), false),
        (records(6, true, Some(torn())), Durable(link(7)), Gap, Some(7), false),
        (records(7, false, None), Durable(other), Gap, Some(7), false),
        (records(7, false, None), Written(link(7)), Restarted, Some(7), false),
        (records(7, false, Some(torn())), Written(link(7)), Gap, Some(7), false),
        (records(6, false, None), Written(link(7)), Gap, Some(7), false),
    ];
    for (tail, known, kind, after, unanchored) in cases {
        let start = Start::decide(&tail, known).unwrap();
        assert_eq!((start.kind, start.after.map(|after| after.seq)), (kind, after), "{tail:?} {known:?}");
        assert_eq!(start.unanchored, unanchored, "{tail:?} {known:?}");
        let is_torn = matches!(&tail, Tail::FirstTorn(_) | Tail::Records { torn: Some(_), .. });
        assert_eq!(start.torn.is_some(), is_torn, "{tail:?} {known:?}");
    }
    for known in [Nothing, Damaged] {
        assert_eq!(Start::decide(&Tail::Unknown, known), Err(Unknown));
    }
}

#[test]
fn start_kinds_have_the_names_of_their_events() {
    for kind in StartKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.event());
        assert_eq!(StartKind::of_event(kind.event()), Some(kind));
    }
    assert_eq!(StartKind::of_event(CLOSED), None);
}
