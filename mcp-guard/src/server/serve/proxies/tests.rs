use super::*;
use crate::config::BuildError;

#[test]
fn addresses_and_networks_are_trusted() {
    let configured = ["192.0.2.1", "10.0.0.1/8", "2001:db8::/32", "::1", "::ffff:198.51.100.0/120"].map(str::to_owned);
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
