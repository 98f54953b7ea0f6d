use super::*;
use crate::config::BuildError;

fn wrong(dpop: &Dpop) -> String {
    let mut mistakes = Mistakes::default();
    dpop.check(&mut mistakes);
    mistakes.into_result().map_or_else(|mistakes| BuildError::from(mistakes).to_string(), |()| String::new())
}

#[test]
fn invalid_dpop_settings_are_rejected() {
    let seconds = Duration::from_secs;
    assert_eq!(wrong(&Dpop::optional()), "");
    assert_eq!(wrong(&Dpop::required().nonces(seconds(1)).max_age(seconds(600))), "");
    for (dpop, setting) in [
        (Dpop::optional().algorithms([]), "`Dpop::algorithms`"),
        (Dpop::optional().max_age(Duration::from_millis(999)), "`Dpop::max_age` \"999ms\""),
        (Dpop::optional().max_age(seconds(601)), "`Dpop::max_age` \"601s\""),
        (Dpop::optional().max_proofs(0), "`Dpop::max_proofs`"),
        (Dpop::optional().nonces(Duration::ZERO), "`Dpop::nonces`"),
    ] {
        let error = wrong(&dpop);
        assert!(error.contains(setting), "{setting}: {error}");
    }
}
