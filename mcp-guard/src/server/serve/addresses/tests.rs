use std::net::IpAddr;

use super::*;

fn address(text: &str) -> ClientAddress {
    text.parse::<IpAddr>().unwrap().into()
}

#[test]
fn ipv6_addresses_of_one_network_are_one_client() {
    for (one, other, same) in [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
        ("::ffff:192.0.2.1", "192.0.2.1", true),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
        ("192.0.2.1", "192.0.2.2", false),
    ] {
        assert_eq!(address(one) == address(other), same, "{one} {other}");
    }
}

#[test]
fn counts_are_bounded_for_each_address() {
    let addresses = Addresses::new(2);
    let one = addresses.entry(address("192.0.2.1"));
    let other = addresses.entry(address("192.0.2.2"));
    assert!(one.add_connection() && one.add_connection() && !one.add_connection());
    assert!(one.add_request() && one.add_request() && !one.add_request());
    assert!(other.add_connection() && other.add_request());
    let again = addresses.entry(address("192.0.2.1"));
    assert!(!again.add_connection() && !again.add_request());
    one.remove_connection();
    one.remove_request();
    assert!(again.add_connection() && again.add_request());
}

#[test]
fn unused_addresses_are_removed() {
    let addresses = Addresses::new(2);
    let one = addresses.entry(address("192.0.2.1"));
    let again = addresses.entry(address("192.0.2.1"));
    drop(one);
    assert_eq!(addresses.lock().len(), 1);
    drop(again);
    assert_eq!(addresses.lock().len(), 0);
}
