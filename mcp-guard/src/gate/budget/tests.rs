use super::*;
use crate::token::{TokenParts, ValidatedToken};

fn share(budget: &BodyBudget, subject: usize) -> Share {
    let parts = TokenParts { subject: subject.to_string(), ..TokenParts::default() };
    budget.share(Some(ValidatedToken::new(parts).principal()))
}

/// Returns empty shares of subjects in different groups.
fn shares(budget: &BodyBudget, count: usize) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for share in (0..).map(|subject| share(budget, subject)) {
        if shares.len() == count {
            break;
        }
        if shares.iter().all(|other| other.payer != share.payer) {
            shares.push(share);
        }
    }
    shares
}

#[test]
fn share_returns_its_bytes_when_dropped() {
    let budget = BodyBudget::plain(100, 10);
    let mut share = budget.authenticated();
    assert_eq!(share.grow(60), Ok(()));
    assert_eq!(share.grow(40), Ok(()));
    assert_eq!(budget.authenticated().grow(1), Err(Exhausted::Now));
    drop(share);
    assert_eq!(budget.available(), 100);
    assert_eq!(budget.authenticated().grow(100), Ok(()), "the bytes are also returned to its principal");
}

#[test]
fn share_returns_the_bytes_that_it_shrinks_by() {
    let budget = BodyBudget::plain(100, 10);
    let mut share = budget.authenticated();
    share.grow(100).unwrap();
    share.shrink_to(30);
    assert_eq!(budget.available(), 70);
    share.shrink_to(90);
    assert_eq!(budget.available(), 70, "it never grows by shrinking");
    assert_eq!(budget.authenticated().grow(70), Ok(()));
    drop(share);
    assert_eq!(budget.available(), 100);
}

#[test]
fn shrunk_share_leaves_room_for_its_subject() {
    let sizes = BudgetSizes { authenticated: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 };
    let budget = BodyBudget::new(sizes);
    let mut first = budget.authenticated();
    assert_eq!(first.grow(50), Ok(()));
    first.shrink_to(20);
    let mut second = budget.authenticated();
    assert_eq!((second.grow(31), second.grow(30)), (Err(Exhausted::Now), Ok(())));
    drop((first, second));
    assert_eq!(budget.authenticated().grow(50), Ok(()));
}

#[test]
fn rejected_share_does_not_count_for_its_subject() {
    let sizes = BudgetSizes { authenticated: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 };
    let budget = BodyBudget::new(sizes);
    let mut others = shares(&budget, 3);
    let mut rejected = others.remove(0);
    for other in &mut others {
        assert_eq!(other.grow(50), Ok(()));
    }
    assert_eq!(rejected.grow(50), Err(Exhausted::Now), "the others use all of the budget");
    drop(others);
    assert_eq!(rejected.grow(50), Ok(()));
}

#[test]
fn both_kinds_of_callers_have_their_own_budget() {
    let budget = BodyBudget::plain(100, 10);
    let mut unauthenticated = budget.share(None);
    assert_eq!(unauthenticated.grow(10), Ok(()));
    assert_eq!(budget.share(None).grow(1), Err(Exhausted::Now));
    let mut authenticated = budget.authenticated();
    assert_eq!(authenticated.grow(100), Ok(()));
    drop(unauthenticated);
    assert_eq!(budget.share(None).grow(10), Ok(()), "also while the other budget is exhausted");
}

#[test]
fn large_requests_leave_room_for_small_ones() {
    const KIB: usize = 1024;
    let budget = BodyBudget::new(BudgetSizes {
        authenticated: 9000 * KIB,
        largest: 1000 * KIB,
        unauthenticated: 500 * KIB,
        largest_unauthenticated: 100 * KIB,
    });
    let mut large = shares(&budget, 10);
    let mut small = large.remove(0);
    let taken = large.iter_mut().filter_map(|share| share.grow(1000 * KIB).ok()).count();
    assert_eq!(taken, 8, "a ninth one would leave nothing");
    assert_eq!(small.grow(64 * KIB), Ok(()));
    assert_eq!(share(&budget, 0).grow(KIB), Err(Exhausted::Now), "a second one of the same subject");
    assert_eq!(small.grow(64 * KIB), Err(Exhausted::Now), "no longer small");

    let mut unauthenticated: Vec<Share> = (0..10).map(|_| budget.share(None)).collect();
    let taken = unauthenticated.iter_mut().filter_map(|share| share.grow(64 * KIB).ok()).count();
    assert_eq!(taken, 6, "100 KiB are reserved");
    assert_eq!(budget.share(None).grow(4 * KIB), Ok(()));
}

#[test]
fn one_subject_leaves_room_for_the_others() {
    let sizes = BudgetSizes { authenticated: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 };
    let budget = BodyBudget::new(sizes);
    let mut others = shares(&budget, 2);
    let mut first = others.remove(0);
    assert_eq!(first.grow(50), Ok(()));
    let parts = TokenParts { subject: "0".into(), client_id: Some("other".into()), ..TokenParts::default() };
    let other_client = ValidatedToken::new(parts);
    assert_eq!(budget.share(Some(other_client.principal())).grow(1), Err(Exhausted::Now));
    assert_eq!(others[0].grow(50), Ok(()));
    drop(first);
    assert_eq!(share(&budget, 0).grow(50), Ok(()));
}

#[test]
fn request_over_the_limit_is_always_exhausted() {
    let budget = BodyBudget::plain(usize::MAX, usize::MAX);
    assert_eq!(budget.authenticated().grow(usize::MAX), Err(Exhausted::Always));
    assert_eq!(budget.share(None).grow(usize::MAX), Err(Exhausted::Always));
    let sizes = BudgetSizes { authenticated: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 };
    assert_eq!(BodyBudget::new(sizes).authenticated().grow(51), Err(Exhausted::Always));
    assert_eq!(BodyBudget::new(sizes).share(None).grow(11), Err(Exhausted::Always));
    // A quarter of the bytes that remain after the largest body is reserved for small shares.
    let sizes = BudgetSizes { unauthenticated: 100 * 1024, largest_unauthenticated: 20 * 1024, ..sizes };
    let mut share = BodyBudget::new(sizes).share(None);
    assert_eq!((share.grow(80 * 1024), share.grow(1)), (Ok(()), Err(Exhausted::Always)));
    // The same holds where half of the budget is as large as a body with its parsed form.
    let sizes = BudgetSizes { authenticated: 800 * 1024, largest: 400 * 1024, ..sizes };
    let mut share = BodyBudget::new(sizes).authenticated();
    assert_eq!((share.grow(750 * 1024), share.grow(1)), (Ok(()), Err(Exhausted::Always)));
}
