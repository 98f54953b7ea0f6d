use super::*;
use crate::config::BuildError;

#[test]
fn invalid_limit_error_names_the_setting() {
    let connections = Connections::new;
    let check = |connections: &Connections| {
        let mut mistakes = Mistakes::default();
        connections.check(&mut mistakes);
        mistakes.into_result().map_err(|mistakes| BuildError::from(mistakes).to_string())
    };
    assert_eq!(check(&connections()), Ok(()));
    for (wrong, setting) in [
        (connections().max_total(0), "max_total"),
        (connections().max_per_address(0), "max_per_address"),
        (connections().idle_timeout(Duration::ZERO), "idle_timeout"),
        (connections().write_timeout(Duration::ZERO), "write_timeout"),
        (connections().idle_timeout(Duration::MAX), "idle_timeout"),
        (connections().max_unread_bytes(0), "max_unread_bytes"),
    ] {
        let error = check(&wrong).unwrap_err();
        assert!(error.contains(setting) && error.contains("expected"), "{error}");
    }
}

#[test]
fn connections_leave_file_descriptors_free() {
    for (limit, connections) in [(1_048_576, 786_432), (1_024, 768), (200, 136), (64, 16), (1, 1)] {
        assert_eq!(usable(limit), connections, "{limit}");
    }
}
