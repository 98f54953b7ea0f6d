use super::*;
use crate::config::Mistakes;

fn proxies() -> TrustedProxies {
    TrustedProxies::new(&["10.0.0.0/8", "2001:db8:ffff::/48"].map(str::to_owned), &mut Mistakes::default())
}

fn read(headers: &[(HeaderName, &[u8])]) -> Result<Option<ClientAddress>, Conflict> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name, http::HeaderValue::from_bytes(value).unwrap());
    }
    client(&map, &proxies())
}

fn ip(text: &str) -> Option<ClientAddress> {
    match text {
        "" => None,
        "unknown" => Some(ClientAddress::Unknown),
        ip => Some(ip.parse::<IpAddr>().unwrap().into()),
    }
}

#[test]
fn x_forwarded_for_names_the_first_untrusted_address() {
    for (value, client) in [
        ("192.0.2.1", "192.0.2.1"),
        ("  192.0.2.1\t", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("\"192.0.2.1:4711\"", "192.0.2.1"),
        ("198.51.100.9, 192.0.2.1", "192.0.2.1"),
        ("192.0.2.1, 10.1.1.1", "192.0.2.1"),
        ("192.0.2.1, 10.1.1.1, 2001:db8:ffff::1,10.0.0.1:80", "192.0.2.1"),
        ("192.0.2.1, ::ffff:10.1.1.1", "192.0.2.1"),
        ("10.1.1.1, 192.0.2.1, 10.1.1.1", "192.0.2.1"),
        ("192.0.2.1,, ,", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("192.0.2.1, unknown", "unknown"),
        ("192.0.2.1, _hidden, 10.1.1.1", "unknown"),
        ("192.0.2.1, todo.example.com", "unknown"),
        ("192.0.2.1:99999", "unknown"),
        ("192.0.2.1:", "unknown"),
        ("[2001:db8::1", "unknown"),
        ("[2001:db8::1]80", "unknown"),
        ("[192.0.2.1]", "unknown"),
        ("192.0.2.256", "unknown"),
        ("192.0.2.1 198.51.100.9", "unknown"),
        ("", ""),
        (" , ,", ""),
        ("10.1.1.1", ""),
        ("10.1.1.1, 10.2.2.2", ""),
    ] {
        assert_eq!(read(&[(X_FORWARDED_FOR, value.as_bytes())]), Ok(ip(client)), "{value}");
    }
}

#[test]
fn forwarded_names_the_first_untrusted_address() {
    for (value, client) in [
        ("for=192.0.2.1", "192.0.2.1"),
        ("For=192.0.2.1;proto=https;by=10.1.1.1", "192.0.2.1"),
        ("proto=https; FOR = \"192.0.2.1:4711\"", "192.0.2.1"),
        ("for=\"192.0.2.1:_port\"", "192.0.2.1"),
        ("for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
        ("for=\"[2001:db8::1]\"", "2001:db8::1"),
        ("for=198.51.100.9, for=192.0.2.1, for=10.1.1.1", "192.0.2.1"),
        ("for=192.0.2.1;host=\"a,for=198.51.100.9\"", "192.0.2.1"),
        ("for=192.0.2.1;host=\"a;for=198.51.100.9\"", "192.0.2.1"),
        ("for=192.0.2.1;host=\"a\\\",for=198.51.100.9\"", "192.0.2.1"),
        ("for=192.0.2.1;host=\"a\\\\\", for=10.1.1.1", "192.0.2.1"),
        ("for=\"198.51.100.9, for=192.0.2.1", "192.0.2.1"),
        ("for=\"198.51.100.9\\, for=192.0.2.1", "192.0.2.1"),
        ("for=198.51.100.9, for=unknown", "unknown"),
        ("for=198.51.100.9, for=\"_hidden\"", "unknown"),
        ("for=198.51.100.9, proto=https", "unknown"),
        ("for=192.0.2.1;for=198.51.100.9", "unknown"),
        ("for=\"192.0.2.1", "unknown"),
        ("192.0.2.1", "unknown"),
        ("for=", "unknown"),
        ("", ""),
        ("for=10.1.1.1", ""),
    ] {
        assert_eq!(read(&[(FORWARDED, value.as_bytes())]), Ok(ip(client)), "{value}");
    }
}

#[test]
fn all_lines_of_a_header_are_read_in_order() {
    let lines: [&[u8]; 3] = [b"198.51.100.9", b"192.0.2.1, 10.1.1.1", b"10.2.2.2"];
    assert_eq!(read(&lines.map(|line| (X_FORWARDED_FOR, line))), Ok(ip("192.0.2.1")));
    let lines: [&[u8]; 2] = [b"for=\"198.51.100.9", b"for=192.0.2.1"];
    assert_eq!(read(&lines.map(|line| (FORWARDED, line))), Ok(ip("192.0.2.1")));
    assert_eq!(read(&[(X_FORWARDED_FOR, b"192.0.2.1, \xff")]), Ok(ip("unknown")));
    assert_eq!(read(&[]), Ok(None));
}

#[test]
fn long_headers_are_read_to_a_limit() {
    let trusted = |count| ["10.1.1.1"].repeat(count).join(",");
    for (value, client) in [
        (format!("192.0.2.1,{}", trusted(MAX_PROXIES)), "unknown"),
        (format!("192.0.2.1,{}", trusted(MAX_PROXIES - 1)), "192.0.2.1"),
        (format!("192.0.2.1{}", ",".repeat(60_000)), "unknown"),
        (format!("{},192.0.2.1", "x".repeat(60_000)), "192.0.2.1"),
    ] {
        assert_eq!(read(&[(X_FORWARDED_FOR, value.as_bytes())]), Ok(ip(client)), "{} bytes", value.len());
    }
}

#[test]
fn headers_that_name_different_clients_are_a_conflict() {
    for (x_forwarded_for, forwarded, client) in [
        ("192.0.2.1", "for=192.0.2.1", Ok("192.0.2.1")),
        ("192.0.2.1:1, 10.1.1.1", "for=\"192.0.2.1:2\"", Ok("192.0.2.1")),
        ("unknown", "for=_hidden", Ok("unknown")),
        ("192.0.2.1", "", Ok("192.0.2.1")),
        ("", "for=192.0.2.1", Ok("192.0.2.1")),
        ("10.1.1.1", "for=192.0.2.1", Ok("192.0.2.1")),
        ("192.0.2.1", "for=192.0.2.2", Err(Conflict)),
        ("192.0.2.1", "for=unknown", Err(Conflict)),
        ("unknown", "for=192.0.2.1", Err(Conflict)),
    ] {
        let read = read(&[(X_FORWARDED_FOR, x_forwarded_for.as_bytes()), (FORWARDED, forwarded.as_bytes())]);
        assert_eq!(read, client.map(ip), "{x_forwarded_for} / {forwarded}");
    }
}
