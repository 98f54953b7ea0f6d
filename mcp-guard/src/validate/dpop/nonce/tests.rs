use super::*;

#[test]
fn nonce_is_valid_for_two_intervals() {
    let nonces = Nonces::new(Duration::from_secs(300));
    let nonce = nonces.current(3_000);
    for (now, freshness) in [
        (2_999, None),
        (3_000, Some(Freshness::Current)),
        (3_299, Some(Freshness::Current)),
        (3_300, Some(Freshness::Previous)),
        (3_599, Some(Freshness::Previous)),
        (3_600, None),
    ] {
        assert_eq!(nonces.freshness(&nonce, now), freshness, "{now}");
    }
    assert_eq!(nonces.freshness(&nonces.current(0), 0), Some(Freshness::Current));
}

#[test]
fn forged_nonces_are_rejected() {
    let nonces = Nonces::new(Duration::from_secs(300));
    let nonce = nonces.current(3_000);
    let elsewhere = Nonces::new(Duration::from_secs(300)).current(3_000);
    let flipped = format!("{}{}", if nonce.starts_with('A') { 'B' } else { 'A' }, &nonce[1..]);
    for forged in ["", "AAAA", &nonce[..21], &format!("{nonce}A"), &format!("{nonce}="), &flipped, &elsewhere] {
        assert_eq!(nonces.freshness(forged, 3_000), None, "{forged}");
    }
}
