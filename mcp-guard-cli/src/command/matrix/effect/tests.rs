use super::*;

const SCOPES: [&str; 4] = ["a", "b", "c", "d"];

fn scope(text: &str) -> Scope {
    text.parse().unwrap()
}

fn side(baseline: &str, implications: &[(&str, &str)]) -> Side {
    let implications = implications.iter().map(|(broad, narrow)| (scope(broad), scope(narrow)));
    Side::new(&baseline.parse().unwrap(), &Hierarchy::new(implications).unwrap(), true)
}

/// Parses `public`, `authenticated`, `a and b` or `a or b`.
fn requirement(text: &str) -> Requirement {
    match text {
        "public" => Requirement::Public,
        "authenticated" => Requirement::Authenticated,
        _ if text.contains(" or ") => {
            let mut scopes = text.split(" or ").map(scope);
            Requirement::any(scopes.next().unwrap(), scopes)
        }
        _ => Requirement::all(text.split(" and ").map(scope)),
    }
}

/// Returns the effect by asking the policies about every possible caller.
fn by_all_callers((old, requirement): (&Side, &Requirement), (new, required): (&Side, &Requirement)) -> Effect {
    let mut callers = vec![None];
    for bits in 0..1_u32 << SCOPES.len() {
        let granted = SCOPES.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
        callers.push(Some(granted.map(|(_, text)| scope(text)).collect::<ScopeSet>()));
    }
    let allowed =
        |caller: &Option<ScopeSet>| (old.allows(requirement, caller.as_ref()), new.allows(required, caller.as_ref()));
    let newly_refused = callers.iter().any(|caller| allowed(caller) == (true, false));
    let newly_allowed = callers.iter().any(|caller| allowed(caller) == (false, true));
    match (newly_allowed, newly_refused) {
        (false, false) => Effect::Equivalent,
        (true, false) => Effect::Weaker,
        (false, true) => Effect::Stronger,
        (true, true) => Effect::Different,
    }
}

#[test]
fn effect_is_that_on_every_possible_caller() {
    let sides = [
        side("", &[]),
        side("a", &[]),
        side("a b", &[]),
        side("", &[("a", "b")]),
        side("", &[("a", "b"), ("c", "b"), ("b", "d")]),
        side("d", &[("a", "b"), ("c", "d")]),
        side("b", &[("a", "b"), ("c", "a")]),
    ];
    let requirements =
        ["public", "authenticated", "a", "b", "d", "a and b", "b and c", "a or b", "b or c", "b or c or d"];
    let mut seen = BTreeMap::<_, usize>::new();
    for old in &sides {
        for new in &sides {
            for one in requirements.map(requirement) {
                for other in requirements.map(requirement) {
                    let (old, new) = ((old, &one), (new, &other));
                    let effect = Effect::of(old, new);
                    assert_eq!(
                        effect,
                        by_all_callers(old, new),
                        "{one}, {other}, {:?} {:?}",
                        old.0.policy,
                        new.0.policy
                    );
                    *seen.entry(effect.as_str()).or_default() += 1;
                }
            }
        }
    }
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 100), "{seen:?}");
}

#[test]
fn effect_counts_hierarchy_and_baseline() {
    for (old, one, new, other, expected) in [
        (("", &[][..]), "a", ("", &[][..]), "a", Effect::Equivalent),
        (("", &[]), "a", ("", &[]), "a and b", Effect::Stronger),
        (("", &[]), "a", ("", &[]), "a or b", Effect::Weaker),
        (("", &[]), "a", ("", &[]), "b", Effect::Different),
        (("", &[("a", "b")]), "a", ("", &[("a", "b")]), "b", Effect::Weaker),
        (("", &[("a", "b")]), "a", ("", &[("a", "b")]), "a and b", Effect::Equivalent),
        (("a", &[]), "a", ("a", &[]), "authenticated", Effect::Equivalent),
        (("", &[]), "a", ("b", &[]), "a", Effect::Stronger),
        (("", &[]), "b", ("", &[("a", "b")]), "b", Effect::Weaker),
        (("a", &[]), "public", ("a", &[]), "authenticated", Effect::Stronger),
    ] {
        let (old, new) = (side(old.0, old.1), side(new.0, new.1));
        let effect = Effect::of((&old, &requirement(one)), (&new, &requirement(other)));
        assert_eq!(effect, expected, "{one} -> {other}");
    }
}
