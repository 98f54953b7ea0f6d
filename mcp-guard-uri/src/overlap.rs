//! Checks whether two templates can match the same URI. Runs when the server is built.

use crate::parse::{Part, is_delimiter};

/// A step of a template, as a state of a machine that reads octets.
enum Step {
    Octet(u8),
    /// One or more octets of a set.
    Run(fn(u8) -> bool),
    /// The `?` of a query. A URI may also end before it.
    Query,
}

/// Returns whether a URI could match both `left` and `right`.
///
/// Walks the product of the two machines. It accepts every string of allowed octets as a value. So it may return true
/// for templates that share only rejected URIs, but it never returns false for templates that share a matching URI.
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

/// Returns the states after a machine has read one octet in state `at`.
fn next(step: &Step, at: usize) -> impl Iterator<Item = usize> + use<> {
    let stays = matches!(step, Step::Run(_));
    std::iter::once(at + 1).chain(stays.then_some(at))
}
