//! Decides whether two templates can match the same URI, when the server is built.

use crate::parse::Part;
use crate::parse::is_delimiter;

/// One step of a template, as a machine that reads octets.
enum Step {
    Octet(u8),
    /// One or more octets of a set.
    Run(fn(u8) -> bool),
    /// The `?` of a query; a URI may also end before it.
    Query,
}

/// Whether some URI could match both `left` and `right`.
///
/// Walks both at once (the product of the two machines). It takes every string of allowed octets for a value, so it may say
/// yes to a pair that shares only URIs that are refused for another reason, never no to a pair that shares one.
pub(super) fn overlaps(left: &[Part], right: &[Part]) -> bool {
    let (left, right) = (steps(left), steps(right));
    let mut seen = vec![false; (left.len() + 1) * (right.len() + 1)];
    let mut open = vec![(0, 0)];
    while let Some((l, r)) = open.pop() {
        if std::mem::replace(&mut seen[l * (right.len() + 1) + r], true) {
            continue;
        }
        if ends(&left, l) && ends(&right, r) {
            return true;
        }
        if let (Some(a), Some(b)) = (left.get(l), right.get(r))
            && (0x21..0x7F).any(|octet| reads(a, octet) && reads(b, octet))
        {
            for next_l in next(a, l) {
                open.extend(next(b, r).map(|next_r| (next_l, next_r)));
            }
        }
    }
    false
}

fn steps(parts: &[Part]) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in parts {
        match part {
            Part::Literal(text) => steps.extend(text.bytes().map(Step::Octet)),
            Part::Name(_) => steps.push(Step::Run(|octet| !is_delimiter(octet.into()))),
            Part::Path(_) => steps.push(Step::Run(|octet| !matches!(octet, b'?' | b'#'))),
            Part::Query(_) => steps.extend([Step::Query, Step::Run(|octet| octet != b'#')]),
        }
    }
    steps
}

fn ends(steps: &[Step], at: usize) -> bool {
    matches!(steps.get(at), None | Some(Step::Query))
}

fn reads(step: &Step, octet: u8) -> bool {
    match step {
        Step::Octet(exact) => *exact == octet,
        Step::Run(allowed) => allowed(octet),
        Step::Query => octet == b'?',
    }
}

/// Where a machine can be after it has read one octet at `at`.
fn next(step: &Step, at: usize) -> impl Iterator<Item = usize> + use<> {
    let stays = matches!(step, Step::Run(_));
    std::iter::once(at + 1).chain(stays.then_some(at))
}
